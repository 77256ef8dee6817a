# shellcheck shell=sh disable=SC3043,SC2034
# SPDX-License-Identifier: BSD-2-Clause
# A clock that goes as fast as the machine lets one process go, for limits that say how
# much work there may be before something hangs. For tests/run and live tests to source.
#
#	begin		sets the clock to 0
#	within SECONDS	whether no more has been given since: all of the time where a
#			processor is free for each who would run, else only one's share.
#			Ask often: each time looks at the load of that moment
#	patience SECONDS	sets $LIMIT: how long that may take at a quarter of the speed
#			on a quiet machine, and longer the more would run now
#
# No fork: both are asked thousands of times.

CPUS=$(nproc)

# $RUNS: how many would run now, or did in the last minute, whichever is more; at least one
# for each processor.
runnable() {
	local minute rest now
	read -r minute rest rest now rest </proc/loadavg
	minute=${minute%.*} now=${now%/*}
	RUNS=$CPUS
	[ "$minute" -le "$RUNS" ] || RUNS=$minute
	[ "$now" -le "$RUNS" ] || RUNS=$now
}

# $NOW and $GIVEN are hundredths of a second.
now() {
	local up rest
	read -r up rest </proc/uptime
	# (The 1 keeps 08 from being octal.)
	NOW=$((${up%.*} * 100 + 1${up#*.} - 100))
}

begin() {
	now
	TICKED=$NOW GIVEN=0
}

within() {
	now
	runnable
	GIVEN=$((GIVEN + (NOW - TICKED) * CPUS / RUNS))
	TICKED=$NOW
	[ "$GIVEN" -le $(($1 * 100)) ]
}

patience() {
	runnable
	LIMIT=$(($1 * 2 * (RUNS + CPUS) / CPUS))
}
