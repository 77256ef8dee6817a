#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The guard of real runs over IPv6: the text is test_guard_runs.sh.
RUNS_FAMILY=6
# shellcheck source=tests/net/test_guard_runs.sh
. "$(dirname "$0")/test_guard_runs.sh"
