# shellcheck shell=sh disable=SC3043
# SPDX-License-Identifier: BSD-2-Clause
# What the runner counts, for the test scripts to source. (`local` is in every sh of
# Debian.)
#
#	ok NAME | not_ok NAME [LINE...] | skip NAME REASON | skip_all REASON
#				(a skipped NAME has no colon; REASON says how to get what is missing)
#	check NAME CMD...	ok when CMD succeeds
#	same NAME GOT WANT	ok when the texts are equal
#	none NAME TEXT		ok when there is none; else its lines are shown
#	matches NAME FILE ERE	ok when a line of FILE matches
#	booleans		the fields of tshark, with 1 and 0 for what its 4.4 writes as True and
#				False (as its 4.0 does)
#	need PROGRAM...		skips the test when one is missing

# How wide the terminal of who runs the tests is concerns none of them, nor who called sudo.
unset COLUMNS NO_COLOR SUDO_UID SUDO_GID

ok() {
	echo "ok - $*"
}

not_ok() {
	local line
	echo "not ok - $1"
	shift
	for line; do
		printf '%s\n' "$line" | sed 's/^/#   /'
	done
}

skip() {
	echo "skip - $1: $2"
}

skip_all() {
	skip "$(basename "$0" .sh)" "$1"
	exit 0
}

check() {
	local name="$1"
	shift
	if "$@"; then ok "$name"; else not_ok "$name" "failed: $*"; fi
}

same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "got:  $2" "want: $3"
	fi
}

none() {
	if [ -z "$2" ]; then ok "$1"; else not_ok "$1" "$2"; fi
}

# Prints how a command ended.
status_of() {
	"$@"
	echo $?
}

booleans() {
	sed -E 's/(^|[\t,])True\>/\11/g; s/(^|[\t,])False\>/\10/g'
}

matches() {
	if grep -qE -- "$3" "$2"; then
		ok "$1"
	else
		not_ok "$1" "no line matches: $3" "$(tail -n 20 "$2")"
	fi
}

need() {
	local program
	for program; do
		command -v "$program" >/dev/null || skip_all "$program is not installed (as root: scripts/setup test)"
	done
}
