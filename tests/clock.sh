# shellcheck shell=sh disable=SC3043,SC2034
# SPDX-License-Identifier: BSD-2-Clause
# A clock that goes as fast as the machine lets one process go, for limits that say how
# much work there may be before something hangs. For tests/run and live tests to source.
#
#	begin		sets the clock to 0
#	within SECONDS	whether no more has been given since: all of the time where a
#			processor is free for each who would run, else only one's share.
#			Ask often: each time looks at the load of that moment
#	patience SECONDS	sets $PATIENCE: how long that may take at a quarter of the speed
#			on a quiet machine (of what a sanitizer leaves of it), and longer the
#			more would run now
#	may_take SECONDS CMD...	ends it with status 124 when that is over
#
# TC_SAN: the sanitizers that what is tested was built with. They make it slower, some tests two times
# and with threads four, so the clock goes slower by that: $CLOCK_SLOWER. What is promised of the
# program's own speed is looked at no closer then.
#
# No fork: they are asked thousands of times.

CLOCK_CPUS=$(nproc)
case ${TC_SAN-} in
*thread*) CLOCK_SLOWER=4 ;;
?*) CLOCK_SLOWER=2 ;;
*) CLOCK_SLOWER=1 ;;
esac

# $CLOCK_RUNS: how many would run now, or did in the last minute, whichever is more; at least one
# for each processor.
runnable() {
	local minute rest now
	read -r minute rest rest now rest </proc/loadavg
	minute=${minute%.*} now=${now%/*}
	CLOCK_RUNS=$CLOCK_CPUS
	[ "$minute" -le "$CLOCK_RUNS" ] || CLOCK_RUNS=$minute
	[ "$now" -le "$CLOCK_RUNS" ] || CLOCK_RUNS=$now
}

# $CLOCK_NOW is in hundredths of a second, $CLOCK_GIVEN in thousandths of these: who asks often gets
# little at a time, and on a busy machine a part of that, which must not be rounded to nothing.
now() {
	local up rest
	read -r up rest </proc/uptime
	# (The 1 keeps 08 from being octal.)
	CLOCK_NOW=$((${up%.*} * 100 + 1${up#*.} - 100))
}

begin() {
	now
	CLOCK_LAST=$CLOCK_NOW CLOCK_GIVEN=0
}

within() {
	now
	runnable
	CLOCK_GIVEN=$((CLOCK_GIVEN +
		(CLOCK_NOW - CLOCK_LAST) * 1000 * CLOCK_CPUS / CLOCK_RUNS / CLOCK_SLOWER))
	CLOCK_LAST=$CLOCK_NOW
	[ "$CLOCK_GIVEN" -le $(($1 * 100000)) ]
}

patience() {
	runnable
	PATIENCE=$(($1 * 2 * CLOCK_SLOWER * (CLOCK_RUNS + CLOCK_CPUS) / CLOCK_CPUS))
}

may_take() {
	patience "$1"
	shift
	timeout -k 5 "$PATIENCE" "$@"
}
