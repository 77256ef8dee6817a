#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Is the suite of conform any good? Each of tests/mutants is our own TCP with one defect: the
# case that it names must accuse it, and must not accuse the honest machine. (That no other
# case does is for test_conform.sh; all cases against all of them: tests/accused.) TC_LONG: all
# of them; else two.
#
#	tests/net/test_mutants.sh NAME...	these
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

[ -z "${TC_SAN-}" ] || skip_all "mutants are built without sanitizers"
need iptables jq patch pkg-config
export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts" TCPCRAFT_CONFORMANCE="$TC_ROOT/scripts/conformance"
# shellcheck source=tests/net/mutant.sh
. "$TC_ROOT/tests/net/mutant.sh"
WANTED="rst-anywhere fin-no-number"
[ -z "${TC_LONG-}" ] || WANTED=$(cd "$MUTANTS" && echo *.patch | sed 's/\.patch//g')
TC_FAMILY=4
[ $# = 0 ] || WANTED=$*
cd $WORK || exit 1

# told CONFORM...: "CASE VERDICT" of each
told() {
	may_take 200 "$@" --json 2>"$ERR" | jq -r 'select(.type == "case") | "\(.case) \(.verdict)"'
}

# verdicts PROGRAM CASE...: the same; cases for a hand on the sockets ask the program's own
verdicts() {
	local program="$1" case outside='' inside=''
	shift
	for case; do
		if grep -q '^//: needs.* dut' "$TC_ROOT/scripts/conformance/$case.pkt"; then
			inside="$inside $case"
		else
			outside="$outside $case"
		fi
	done
	# shellcheck disable=SC2086 # words
	[ -z "$outside" ] || told "$TCPCRAFT" conform "$SERVER_IP" 1007 $outside --echo \
		--at closes=1079 --jobs 8 --rate 1000
	# shellcheck disable=SC2086 # words
	[ -z "$inside" ] || told "$program" conform --dut own $inside --jobs 8
}

net_pair
CASES=
for name in $WANTED; do
	CASES="$CASES $(accuser "$name")"
done
mutant_serve "$TCPCRAFT" || not_ok "our own TCP listens" "$(cat echo.err closes.err)"
# shellcheck disable=SC2086 # words
none "the honest machine is accused by none of the cases that accuse the others" \
	"$(verdicts "$TCPCRAFT" $CASES | grep -v ' pass$')"
mutant_end
for name in $WANTED; do
	if ! mutant_build "$name" >build.log 2>&1; then
		not_ok "$name: it can be built" "$(cat build.log)"
		continue
	fi
	for case in $(accuser "$name"); do
		mutant_serve "$WORK/mutant"
		same "$name is accused by $case" "$(verdicts "$WORK/mutant" "$case")" "$case fail"
		mutant_end
	done
done
nothing_left 5
