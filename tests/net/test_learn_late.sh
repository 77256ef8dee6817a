#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Learning over a wire that is held up again and again, so that answers come when their words are
# over: nothing stays open at the peer all the same.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need jq ss
wired_pair mid
start wire mid "$TC_BUILD/peers/wire" w0 w1
WIRE=$PID
check "a wire carries" says $WORK/wire.out ready 10
start sink srv "$TC_BUILD/peers/sink" "$SERVER_IP" 7
check "a server reads" says $WORK/sink.out '^listening' 10
in_ns srv sysctl -qw net.ipv4.tcp_invalid_ratelimit=0

hold_up() {
	while kill -STOP $WIRE; do
		sleep 0.04
		kill -CONT $WIRE
		sleep 0.02
	done
}
hold_up 2>$WORK/hold.err &
HOLD=$!
run 60 "$TCPCRAFT" probe learn "$SERVER_IP" 7 --json --seconds 3 --timeout 0.003 --rate 100000
check "the wire carries to the end" kill -0 $WIRE
kill $HOLD
wait $HOLD
kill -CONT $WIRE
same "it is answered" "$(jq -r 'select(.type == "result") | .segments_received > 0' "$OUT")" true
all_gone() {
	left=$(in_ns srv ss -Htan | grep -v LISTEN)
	[ -z "$left" ]
}
wait_for 20 all_gone
none "nothing stays open at the peer" "$left"
