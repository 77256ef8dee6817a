#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_interop over IPv6: the text is that of test_interop.sh.
set -- 6
# shellcheck source=tests/net/test_interop.sh
. "$(dirname "$0")/test_interop.sh"
