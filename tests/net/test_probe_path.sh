#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# probe path: the routers on the way, and what they rewrite, against a router that is told
# to rewrite this and that.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need jq dumpcap tshark nft
net_router
TABLE=ip ROUTER=10.77.1.254 SILENT="icmp type time-exceeded"
CLASS="ip.dsfield 0x28 -> 0x00"
if [ "$FAMILY" = 6 ]; then
	TABLE=ip6 ROUTER=fd77:1::fe SILENT="icmpv6 type time-exceeded"
	CLASS="ipv6.tclass.dscp 10 -> 0"
fi
protd_start srv "$SERVER_IP" -p 9999

path() {
	run 60 "$TCPCRAFT" probe path "$SERVER_IP" "$1" --json
	jq -r 'select(.type == "result") |
		[.verdict, .value, (.numbers | .hop_1, .hop_2, .changed)] | map(. // "-") |
		join(" ")' <"$OUT"
}

# rewrites STATEMENT: before the router looks at the TTL
rewrites() {
	in_ns rtr nft "add table $TABLE odd; add chain $TABLE odd pre {
		type filter hook prerouting priority -150; }
		add rule $TABLE odd pre $TABLE daddr $SERVER_IP $1"
}

observe path srv s0 "tcp port 9999 or icmp or icmp6"
same "a router that only forwards: two hops, nothing changed" "$(path 9999)" \
	"unchanged 2 $ROUTER $SERVER_IP -"
same "a closed port answers too" "$(path 6)" "unchanged 2 $ROUTER $SERVER_IP -"
rewrites "$TABLE dscp set 0"
same "a router that clears the class of service" "$(path 9999)" \
	"rewritten 2 $ROUTER $SERVER_IP $CLASS before hop 1"
in_ns rtr nft delete table "$TABLE" odd
rewrites "tcp option maxseg size set 1000"
same "a router that writes another MSS" "$(path 9999)" \
	"rewritten 2 $ROUTER $SERVER_IP tcp.checksum $(jq -r 'select(.type == "result") |
		.numbers.changed' <"$OUT" | sed 's/^tcp.checksum //')"
matches "… which shows in options and checksum" "$OUT" \
	'tcp.checksum 0x[0-9a-f]{4} -> 0x[0-9a-f]{4} before hop 1; tcp.options as sent -> others'
in_ns rtr nft delete table "$TABLE" odd
in_ns rtr nft "add table $TABLE odd; add chain $TABLE odd out {
	type filter hook output priority 0; }
	add rule $TABLE odd out $SILENT drop"
same "a router that says nothing" "$(path 9999)" "no-quotes 2 - $SERVER_IP -"
in_ns srv nft "add table $TABLE odd; add chain $TABLE odd in {
	type filter hook input priority 0; }
	add rule $TABLE odd in tcp dport 9999 drop"
same "and a target that is silent too" "$(path 9999)" "no-answer - - - -"
run 60 "$TCPCRAFT" probe path "$SERVER_IP" 9999 --timeout 0.1
same "… which is exit 1" "$RC" 1
observed path
check_wire path "ip.src == $CLIENT_IP && tcp"
nothing_left
