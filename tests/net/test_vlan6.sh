#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_vlan over IPv6: the text is that of test_vlan.sh.
set -- 6
# shellcheck source=tests/net/test_vlan.sh
. "$(dirname "$0")/test_vlan.sh"
