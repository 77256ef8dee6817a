#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# --data-each: a connection for each payload, under one guard; rows, CSV and lines of JSON in
# agreement with what tshark saw.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need jq dumpcap tshark iptables
net_pair
# habit NAME PORT HABIT [OPTION...]
habit() {
	local name="$1"
	shift
	start "habit.$name" srv /usr/bin/python3 "$TC_ROOT/tests/peers/habits.py" "$SERVER_IP" "$@"
	says "$WORK/habit.$name.out" '^listening' 10 ||
		not_ok "habits.py $* listens" "$(cat "$WORK/habit.$name.err")"
}

habit nine 5001 exact n=9
habit line 5002 line
protd_start srv "$SERVER_IP" -p 5003
observe wire srv s0 "tcp"

# A server that reads nine bytes: shorter ones wait, longer ones are left unread.
round="1,7,silent,7,0 2,8,silent,8,0 3,9,closed,9,0 4,10,reset,10,0 5,11,reset,11,0"
run 30 "$TCPCRAFT" connect "$SERVER_HOST:5001" --data-each 7..11 --repeat 2 --parallel 10 \
	--timeout 2 --rate 1000 --csv
same "exit 1: not each had a reply" "$RC" 1
same "rows in order, round after round" "$(cut -d , -f 1-5 "$OUT" | xargs)" \
	"payload,length,verdict,acked,received $round $round"
run 30 "$TCPCRAFT" connect "$SERVER_IP" 5001 --data-each 7..11 --parallel 5 --timeout 1 \
	--rate 1000 --seed 7 -q
matches "in short, by length" "$OUT" \
	'^5 payloads, 5 connections; length 7-8 silent, 9 closed, 10-11 reset; (the guard hid [0-9]+ segments from the kernel; )?kernel resets'

printf 'hello\\r\\n\nno end\n\\x41\\n\n' >$WORK/list
run 30 "$TCPCRAFT" connect "$SERVER_IP" 5002 --data-each $WORK/list --parallel 3 --timeout 1 \
	--rate 1000
matches "a line that ends has its reply" "$OUT" '^ +1 +7  reply +7 +3 +[0-9.]+  "ok\\n"$'
matches "and one that does not, none" "$OUT" '^ +2 +6  silent +6 +0 '
matches "in short, by payload" "$OUT" '; payload 1 reply, 2 silent, 3 reply; '

run 30 "$TCPCRAFT" prot "$SERVER_IP" 5003 --data-each $WORK/list --repeat 2 --rate 1000 --json
same "prot: each in a frame, exit 0" "$RC $(jq -r 'select(.type == "connection") |
	"\(.payload):\(.payload_length):\(.verdict)"' "$OUT" | xargs)" \
	"0 1:18:reply 2:17:reply 3:13:reply 1:18:reply 2:17:reply 3:13:reply"
same "one result, with all of them, and one guard" "$(jq -c 'select(.type == "result") |
	[.command, .connections, .bytes_received, .guard.resets_leaked]' "$OUT")" '["prot",6,18,0]'
observed wire

same "each length had a connection in each run" "$(packets wire \
	"tcp.dstport == 5001 && tcp.len > 0 && !tcp.analysis.retransmission" tcp.len | sort -n |
	uniq -c | awk '{ print $1 "x" $2 }' | xargs)" "3x7 3x8 3x9 3x10 3x11"
same "the server's resets are for more than nine bytes, and only there" "$(packets wire \
	"tcp.srcport == 5001 && tcp.flags.reset == 1" tcp.dstport | sort -u | while read -r port; do
		packets wire "tcp.srcport == $port && tcp.dstport == 5001 && tcp.len > 0" tcp.len |
			head -n 1
	done | sort -n | uniq -c | awk '{ print $1 "x" $2 }' | xargs)" "3x10 3x11"
same "escapes went out as bytes" "$(packets wire "tcp.dstport == 5002 && tcp.len > 0" \
	tcp.payload | sort -u | xargs)" "410a 68656c6c6f0d0a 6e6f20656e64"
nothing_left
