#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Experiments through a wire that loses, doubles, reorders and damages: what happens on the
# way is not a habit of the peer. A verdict is right, or it is that there is none.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables /usr/bin/python3
WIRE=$TC_BUILD/peers/wire
SEED=${TC_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
ROUNDS=4
[ -z "${TC_LONG-}" ] || ROUNDS=20

wired_pair mid
in_ns srv "$WIRE" --no-offload s0 || skip_all "no checksums in software here"
"$WIRE" --no-offload c0
start wire mid "$WIRE" w0 w1 --seed "$SEED" --loss 4 --dup 2 --reorder 2 --corrupt 1 \
	--delay 1000
says $WORK/wire.out '^ready' 10
protd_start srv "$SERVER_IP" -p 9999
start habits srv /usr/bin/python3 "$TC_ROOT/tests/peers/habits.py" "$SERVER_IP" 5003 echo
says $WORK/habits.out '^listening' 10

# rounds NAME EXPERIMENT PORT [OPTION...]
rounds() {
	local name="$1" experiment="$2" port="$3" i=0
	shift 3
	while [ $((i += 1)) -le $ROUNDS ]; do
		"$TCPCRAFT" probe "$experiment" "$SERVER_IP" "$port" --json --rate 500 "$@" \
			>"$WORK/w.$name.$i" 2>&1
	done
}

# only NAME RIGHT: each told verdict (with its value, if it has one) is RIGHT
only() {
	cat "$WORK/w.$1".* >"$WORK/all"
	same "seed $SEED: $1: nothing false is told" "$(grep '"told":true' "$WORK/all" |
		sed 's/.*"verdict":"\([^"]*\)",\("value":\([0-9]*\)[,.]\)\{0,1\}.*/\1 \3/' |
		grep -vx "$2")" ''
	same "seed $SEED: $1: every run ends with a verdict" "$(grep -c '"verdict"' "$WORK/all")" \
		$ROUNDS
	cat "$WORK/all" >>"$WORK/told"
}

rounds read-size read-size 9999 &
one=$!
rounds options options 5003 --echo &
two=$!
rounds isn isn 5003 &
three=$!
rounds blind blind-attack 5003 &
wait $one $two $three $!
only read-size 'fixed-size 9'
MSS=1460
[ "$FAMILY" = 4 ] || MSS=1440
only options "negotiates $MSS"
only isn '\(rfc6528\|unguessable\) [23].*'
only blind 'rfc5961 7'
check "seed $SEED: more than half of all are told" test \
	"$(grep -c '"told":true' "$WORK/told")" -gt $((ROUNDS * 2))
nothing_left 5
