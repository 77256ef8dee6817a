#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_stream over IPv6: the text is that of test_stream.sh.
set -- 6
# shellcheck source=tests/net/test_stream.sh
. "$(dirname "$0")/test_stream.sh"
