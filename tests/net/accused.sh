#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Our own TCP with one defect of tests/mutants, or with none ("honest"), asked the whole suite of
# conform, from outside and with a hand on its sockets; for tests/accused.
#
#	tests/net/accused.sh NAME	writes build/mutants/NAME: a line "CASE VERDICT" a case; none,
#					and status 1, where not all that it has to say was heard
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"
need jq patch pkg-config
export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts" TCPCRAFT_CONFORMANCE="$TC_ROOT/scripts/conformance"
# shellcheck source=tests/net/mutant.sh
. "$TC_ROOT/tests/net/mutant.sh"
TC_FAMILY=4 NAME=$1 PROGRAM=$TCPCRAFT
cd $WORK || exit 1

failed() {
	not_ok "$@"
	exit 1
}

# ask PROGRAM ARGUMENT...: a mutant may hang what asks it, and some have much to be asked again
ask() {
	may_take 400 "$@" --json 2>>why | jq -r 'select(.type == "case" and .verdict != "not-testable")
		| "\(.case) \(.verdict)"'
}

net_pair
if [ "$NAME" != honest ]; then
	mutant_build "$NAME" >build.log 2>&1 || failed "$NAME: it can be built" "$(cat build.log)"
	PROGRAM=$WORK/mutant
fi
# The address that asks is nobody's: no guard is needed, which costs more than the cases.
from_outside() {
	ask "$TCPCRAFT" conform "$SERVER_IP" 1007 "$@" --echo --at closes=1079 --at nobody=1 \
		--source "${CLIENT_IP%.*}.77" --jobs 48 --rate 1000 >>asked
}

serve() {
	mutant_serve "$PROGRAM" || failed "$NAME listens" "$(cat echo.err closes.err)"
}

if mutant_ends "$NAME"; then
	for case in $(accuser "$NAME"); do
		serve
		from_outside "$case"
		mutant_end
	done
else
	serve
	from_outside
	# (What was asked behind its death says nothing of its defect.)
	! mutant_died || failed "$NAME died: its patch has to say that it ends the program" \
		"$(tail -n 5 echo.err closes.err)"
	mutant_end
	ask "$PROGRAM" conform --dut own --jobs 16 >>asked
fi
[ -s asked ] || failed "$NAME was asked" "$(tail -n 5 why)"
ok "$NAME was asked"
mkdir -p "$TC_BUILD/mutants"
LC_ALL=C sort asked >"$TC_BUILD/mutants/$NAME"
