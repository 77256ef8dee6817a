#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The guard alone over IPv6, and what is for both families: the text is test_guard.sh.
GUARD_FAMILY=6
# shellcheck source=tests/net/test_guard.sh
. "$(dirname "$0")/test_guard.sh"
