# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034 # the tests use what is set here
# What the tests of the guard share: counts, chance, and whether a dead run is gone.
GUARD=$TC_ROOT/scripts/rst-guard
export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"
SEED=${TC_SEED:-$(date +%s)}
MOMENTS=4 PARALLEL=5
[ -z "${TC_LONG-}" ] || MOMENTS=100 PARALLEL=50

# next_of WORD...: sets $NEXT to the one whose turn it is: a few deaths for each back end are all
# kinds of them in the end
TURN=0
next_of() {
	shift $((TURN % $#))
	NEXT=$1 TURN=$((TURN + 1))
}

next_random() {
	SEED=$(((SEED * 1103515245 + 12345) % 2147483648))
	RANDOM_N=$((SEED / 65536 % $1))
}

# A second that the machine gives to one process (tests/clock.sh).
within_a_second() {
	begin
	until "$@"; do
		within 1 || return 1
		sleep 0.02
	done
}

# child_of PID: its children
child_of() {
	for _dir in /proc/[0-9]*; do
		read -r _stat 2>/dev/null <"$_dir/stat" || continue
		_rest=${_stat##*) }
		# shellcheck disable=SC2086
		set -- "$1" $_rest
		[ "$3" != "$1" ] || echo "${_dir#/proc/}"
	done
}

# nobody_in SESSION: no process of it is left
nobody_in() {
	for _dir in /proc/[0-9]*; do
		read -r _stat 2>/dev/null <"$_dir/stat" || continue
		# shellcheck disable=SC2086
		set -- "$1" ${_stat##*) }
		if [ "$2" != Z ] && [ "$5" = "$1" ]; then return 1; fi
	done
}

rules_of() { "$GUARD" list | grep -c " owner=$1 "; }
no_rule_of() { [ "$(rules_of "$1")" = 0 ]; }
# clean PID SESSION: nothing is left of an owner and its guard's script (0: it had none)
clean() { { [ "$2" = 0 ] || nobody_in "$2"; } && no_rule_of "$1"; }

# dies WHAT PID: kills it, its guard's script, or both with all that belongs to them; or
# sends a signal. Sets $CHILD to the script, 0 when there is none yet.
dies() {
	CHILD=$(child_of "$2")
	CHILD=${CHILD%%[!0-9]*}
	case $1 in
	owner) kill -KILL "$2" ;;
	child) [ -z "$CHILD" ] || kill -KILL "$CHILD" ;;
	session) kill -KILL "$2" ${CHILD:+"$CHILD" "-$CHILD"} 2>/dev/null ;;
	*) kill "-$1" "$2" ;;
	esac
	CHILD=${CHILD:-0}
}

# buried PID: it is gone and waited for; sets $RC
buried() {
	wait_for 10 gone "$1" || not_ok "process $1 ends" \
		"it waits in $(cat "/proc/$1/task"/*/wchan /proc/"$1"/task/*/stack)" "$(ps -efH)"
	wait "$1" 2>/dev/null
	RC=$?
	sed -i "/^$1\$/d" "$WORK/pids"
}
