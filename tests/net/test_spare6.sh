#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_spare over IPv6: the text is that of test_spare.sh.
set -- 6
# shellcheck source=tests/net/test_spare.sh
. "$(dirname "$0")/test_spare.sh"
