#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Packets of IPv6 that are sent: tshark sees them as they were made, and what answers is found.
set -- 6
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"
need dumpcap tshark

send() { run 30 "$TCPCRAFT" send "$@"; }
kinds() { sed -n 's/.*"type":"reply".*"kind":"\([a-z-]*\)".*/\1/p' "$OUT" | xargs; }

net_router 1400
protd_start srv "$SERVER_IP" -p 0
observe wire srv s0 "ip6"
send "$SERVER_IP" "$PROTD_PORT" --json
same "a SYN is answered" "$RC $(kinds)" "0 syn-ack"
send "$SERVER_IP" 9 --json
same "a closed port resets" "$RC $(kinds)" "0 rst"
send "[$SERVER_IP]:$PROTD_PORT" --ttl 5 --tos 0x28 tcp.seq=77 ipv6.flow=0x12345 --json
same "[ADDR]:PORT, and fields" "$RC $(kinds)" "0 syn-ack"
send "$SERVER_IP" "$PROTD_PORT" ipv6.hlim=1-2 --rate 50
same "a traceroute: the router, then the server" \
	"$(awk '$2 ~ /:/ { print $1, $2, $3 }' "$OUT")" \
	"$(printf '1 fd77:1::fe ICMP\n2 %s S.' "$SERVER_IP")"
matches "what the router says" "$OUT" 'ICMP hop limit exceeded \(type 3 code 0\)'
send "$SERVER_IP" icmpv6.type=128 -q
same "an echo request is sent" "$RC" 0
send "$SERVER_IP" "$PROTD_PORT" tcp.checksum=bad --timeout 0.3 --json
same "a bad checksum gets silence" "$RC $(kinds)" "1 "
send "$SERVER_IP" 1-100 --json
same "a hundred ports at once" "$(kinds | tr ' ' '\n' | sort | uniq -c | xargs)" "100 rst"
# (Linux takes none of less than 1280 bytes but the last.)
send "$SERVER_IP" "$PROTD_PORT" --fragment 1232 --data-string "$(printf %1300s '')" --json
same "a SYN in fragments is put together and answered" "$RC $(kinds)" "0 syn-ack"
run 30 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" x --mutate 'data[1]: fragment 24' \
	--mutate 'any: ipv6.hlim=33' --json
same "surgery cuts a segment of a live connection, and changes its hop limit" "$RC" 0
# A source route, which Linux does not take, as a field and as a whole frame (next hop the server,
# then 2001:db8:9::9): without a word for who is beyond, none of them is sent.
ROUTE="ipv6.routing.type=0 ipv6.routing.segleft=1 ipv6.routing.src.addr=2001:db8:9::9"
# shellcheck disable=SC2086 # fields
"$TCPCRAFT" send "$SERVER_IP" 7001 $ROUTE --source "$CLIENT_IP" -g 7000 --dry-run --format hex \
	>$WORK/routed.hex
for each in "7001 $ROUTE" "--raw $WORK/routed.hex"; do
	# shellcheck disable=SC2086
	send "$SERVER_IP" $each --timeout 0.2
	same "a source route needs --authorized: ${each%% *}" "$RC $(wc -c <"$OUT") $(cat "$ERR")" \
		"2 0 tcpcraft: ipv6.routing.src.addr sends packets on to other hosts: add --authorized if you may test them"
	observe "${each%% *}" srv s0 ip6
	# shellcheck disable=SC2086
	send "$SERVER_IP" $each --timeout 0.2 --authorized
	observed "${each%% *}"
	same "with it one is sent: ${each%% *}" "$(packets "${each%% *}" 'tcp.dstport == 7001 && !icmpv6' \
		ipv6.routing.src.addr)" 2001:db8:9::9
done
observed wire
same "and none without" "$(packets wire "tcp.dstport == 7001 && !icmpv6" frame.number | wc -l)" 2
same "tshark sees the fields as they were given" \
	"$(packets wire 'tcp.seq == 77 && tcp.flags == 2' ipv6.flow ipv6.tclass ipv6.hlim tcp.checksum.status)" \
	"0x012345	0x00000028	4	1"
check_wire wire "ipv6.src == $CLIENT_IP && tcp.checksum.status != 0"
same "and the echo request, answered" "$(packets wire 'icmpv6.type == 129' icmpv6.code | wc -l)" 1
same "each half-open connection was reset, by us, once, and the other one not" \
	"$(packets wire "tcp.flags == 4 && ipv6.src == $CLIENT_IP" tcp.seq | wc -l)" \
	$(($(packets wire "tcp.flags == 0x12" tcp.seq | wc -l) - 1))
same "the fragments, and the hop limit" "$(packets wire 'ipv6.fraghdr.offset' ipv6.fraghdr.offset \
	ipv6.fraghdr.more | sort | uniq -c | xargs)" "2 0 1 1 154 0 1 3 0"
check "and the hop limit, one router on" test "$(packets wire "ipv6.hlim == 32" \
	frame.number | wc -l)" -ge 5
# (Linux before 5.13 puts such pieces together.)
send "$SERVER_IP" "$PROTD_PORT" --fragment 16 --timeout 4
matches "a first piece without the whole TCP header: what the server says of it is found" "$OUT" \
	'ICMP .*\(type 4 code 3\)|<-  S\.| S\. '
nothing_left
