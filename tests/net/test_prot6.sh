#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_prot over IPv6: the text is that of test_prot.sh.
set -- 6
# shellcheck source=tests/net/test_prot.sh
. "$(dirname "$0")/test_prot.sh"
