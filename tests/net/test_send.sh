#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Crafted packets on the wire, against the kernel: what is answered and what is not, what
# the observer sees of them, what the paths refuse to carry, and what a run leaves behind.
export FLOODS=yes
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need nc dumpcap tshark iptables

# value KEY: of the result line in $OUT (run with --json).
value() {
	sed -n "/^{\"type\":\"result\"/s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$OUT"
}

# kind N: kinds of the answers to packet N, in order.
kind() {
	sed -n "s/^{\"type\":\"reply\",\"number\":$1,.*\"kind\":\"\([a-z-]*\)\".*/\1/p" "$OUT" |
	xargs
}

send() {
	run 60 "$TCPCRAFT" send "$@" --json
}

# ---- what the kernel answers, through a router -----------------------------------

net_router
start web srv nc -lk "$SERVER_IP" 80
check "nc listens" wait_for 5 sh -c 'nsenter --net=/run/netns/srv ss -Hlnt | grep -q :80'

observe all srv s0 "tcp or icmp"
send "$SERVER_IP" 80
same "a good SYN gets a SYN/ACK" "$RC $(value verdict) $(kind 1)" "0 reply syn-ack"
same "the kernel's reset was blocked, none leaked" \
	"$(value mode) $(value resets_blocked) $(value resets_leaked)" "rst 1 0"
send "$SERVER_IP" 81
same "a closed port gets a reset" "$RC $(kind 1)" "0 rst"
send "$SERVER_IP" 80 tcp.checksum=bad --timeout 0.5
same "a bad checksum gets silence" "$RC $(value verdict) $(value answered)" "1 no-answer 0"
send "$SERVER_IP" 80 ip.checksum=bad --timeout 0.5
same "a bad IP checksum gets silence" "$RC $(value verdict)" "1 no-answer"
send "$SERVER_IP" 80 --flags A
same "an ACK out of the blue gets a reset, and needs no guard" \
	"$RC $(kind 1) $(value mode)" "0 rst off"
send "$SERVER_IP" 80 --flags SA,F,none,R --timeout 0.5
same "SYN/ACK, FIN, nothing, RST: a reset, silence, silence, silence" \
	"$RC $(kind 1),$(kind 2),$(kind 3),$(kind 4)" "0 rst,,,"
observed all
same "the observer sees the same answers" \
	"$(packets all "ip.src == $SERVER_IP && !tcp.analysis.retransmission" tcp.flags.str |
	sed 's/[^A-Z]//g' | xargs)" \
	"AS AR R R"
same "and the packets as they were made" \
	"$(packets all "ip.dst == $SERVER_IP && tcp.flags == 0x2" tcp.checksum.status \
	ip.checksum.status tcp.dstport | xargs)" "1 1 80 1 1 81 0 1 80"
same "a bad IP checksum ends at the router" \
	"$(packets all "ip.checksum.status == 0" ip.src)" ""

# ---- hop by hop ------------------------------------------------------------------

observe hop here c0 "tcp or icmp"
send "$SERVER_IP" 80 --ttl 1-3
same "TTL 1 through a router: ICMP, then the server" \
	"$RC $(kind 1) $(kind 2) $(kind 3)" "0 icmp syn-ack syn-ack"
matches "time exceeded comes from the router" "$OUT" \
	'"number":1,.*"from":"10.77.1.254","icmp_type":11,"icmp_code":0'
observed hop
same "the time is that of the capture" \
	"$(packets hop "icmp.type == 11" frame.time_epoch | cut -c1-17)" \
	"$(sed -n 's/.*"number":1,"nth":1,.*"epoch_ns":\([0-9]*\).*/\1/p' "$OUT" |
	sed 's/\(.*\)\(.\{9\}\)$/\1.\2/' | cut -c1-17)"
run 30 "$TCPCRAFT" send "$SERVER_IP" 80 --ttl 1-3
matches "a traceroute shows who answered: the router" "$OUT" \
	'^ *1  10\.77\.1\.254  ICMP time to live exceeded .* ms$'
matches "and the server" "$OUT" "^ *2  $SERVER_IP  S\\. .* ms\$"
in_ns rtr ip route add unreachable 198.18.9.0/24
send 198.18.9.9 80
same "no route behind the router: ICMP unreachable" "$RC $(kind 1)" "0 icmp"

# ---- many, at a pace -------------------------------------------------------------

send "$SERVER_IP" 80-99 --rate 1000
same "20 ports: each answered, by its own packet" \
	"$(value packets_sent) $(value answered) $(kind 1) $(kind 20)" "20 20 syn-ack rst"
send "$SERVER_IP" 81 -c 15
check "off-host, 100 a second unless told otherwise" [ "$(value duration_us)" -ge 135000 ]
send "$SERVER_IP" 81 -c 3 --interval 0.1
check "--interval is kept" [ "$(value duration_us)" -ge 195000 ]
# Where a processor is busy, the wire between the two hosts loses frames, and says so: asked again.
lost() { cut -d ' ' -f 2 /proc/net/softnet_stat; }
for _ in 1 2 3 4 5; do
	before=$(lost)
	send "$SERVER_IP" 1-2000 --rate 20000 --seed 4
	[ "$before" != "$(lost)" ] || break
done
same "2000 ports at 20,000 a second" "$(value answered) $(value capture_dropped)" "2000 0"

# ---- expectations ----------------------------------------------------------------

send "$SERVER_IP" 80,81 --expect syn-ack
same "one of two as expected: exit 4" "$RC $(value unmet)" "4 1"
matches "and says which not" "$OUT" '"number":2.*"unmet":"the answer is rst, expected'
send "$SERVER_IP" 80,81 --expect any --expect ip.ttl=63
same "all as expected: exit 0" "$RC $(value unmet)" "0 0"
send "$SERVER_IP" 80 tcp.checksum=bad --expect none --timeout 0.3
same "silence as expected: exit 0" "$RC" 0
start fresh srv nc -lk "$SERVER_IP" 79		# whose queue is empty: no SYN cookies
check "nc listens on 79" wait_for 5 sh -c 'nsenter --net=/run/netns/srv ss -Hlnt | grep -q :79'
run 30 "$TCPCRAFT" send "$SERVER_IP" 79 tcp.options='mss 1000,sackOK' --expect tcp.flags=SA \
	--expect tcp.options='mss 1460,nop,nop,sackOK' -q
same "quiet: the exit code alone" "$RC $(wc -c <"$OUT")" "0 0"

run 30 "$TCPCRAFT" send "$SERVER_IP" 80 --options 'mss 1000,nop,wscale 2|mss 1001|' \
	--expect 'tcp.options=mss 1460,nop,wscale 10|mss 1460,nop,wscale 7|mss 1460'
same "sets of options: a packet each, and told apart" "$RC $(sed -n \
	's/^ .*:80 S <\(.*\)>  <-  S.*/\1/p' "$OUT" | tr '\n' ';')" \
	"0 mss 1000,nop,wscale 2;mss 1001;;"
run 30 "$TCPCRAFT" send "$SERVER_IP" 80 tcp.srcport=rand
matches "from any port there is no guard, which would be everybody's" "$ERR" '^no guard: '

# ---- the same bytes, printed and sent --------------------------------------------

observe bytes srv s0 "tcp dst portrange 80-89"
spec="$SERVER_IP 80-89 --seed 77 -g 4000 --data-length 33 ip.dsfield=0x28 tcp.urgptr=7"
# shellcheck disable=SC2086 # words
send $spec
observed bytes
# shellcheck disable=SC2086
"$TCPCRAFT" send $spec --dry-run -q --source "$CLIENT_IP" >$WORK/dry
# The router has taken one hop and made the checksum right again.
# shellcheck disable=SC2086
"$TCPCRAFT" send $spec --dry-run -q --source "$CLIENT_IP" --ttl 63 >$WORK/hop
sed -n 's/.*"type":"packet".*"frame_hex":"[0-9a-f]\{28\}\([0-9a-f]*\)".*/\1/p' "$OUT" \
	>$WORK/sent
none "the same seed, source and port: printed and sent are the same bytes" \
	"$(diff $WORK/dry $WORK/sent)"
tshark -n -r $WORK/bytes.pcap -Y "tcp.flags.syn == 1" -T json -x 2>/dev/null |
	sed -n '/"frame_raw"/{n;s/.*"\([0-9a-f]\{28\}\)\([0-9a-f]*\)".*/\2/p;}' >$WORK/seen
none "and these are what arrived, but for the hop" "$(diff $WORK/hop $WORK/seen)"
"$TCPCRAFT" send "$SERVER_IP" --raw - --timeout 2 --json <$WORK/dry >"$OUT" 2>"$ERR"
same "as whole frames from standard input they are answered, too" \
	"$? $(value answered)" "0 10"

# ---- odd packets -----------------------------------------------------------------

observe odd srv s0 ip
send "$SERVER_IP" 80 --fragment 8 --data-string 'in six small pieces'
same "a SYN in fragments is put together and answered" "$RC $(value frames_sent) $(kind 1)" \
	"0 5 syn-ack"
send "$SERVER_IP" 80 --timeout 0.2 tcp.hdr_len=15
same "a data offset beyond the segment gets silence" "$(value answered)" 0
send "$SERVER_IP" 80 --timeout 0.2 tcp.options=hex:0800
same "an option of length 0 does not hide the SYN" "$(kind 1)" syn-ack
send "$SERVER_IP" 80 ip.options=hex:94040000
same "IP options are passed" "$(kind 1)" syn-ack
send "$SERVER_IP" 80 tcp.flags.res=7
same "reserved bits are ignored" "$(kind 1)" syn-ack
observed odd
same "the observer sees five fragments" \
	"$(packets odd "ip.flags.mf == 1 || ip.frag_offset > 0" ip.id | wc -l)" 5
same "and the odd data offset, option and reserved bits" \
	"$(packets odd "ip.dst == $SERVER_IP && tcp.flags.syn == 1 && ip.frag_offset == 0 &&
	ip.flags.mf == 0" tcp.hdr_len tcp.flags tcp.options | xargs)" \
	"60 0x0002 <MISSING> 24 0x0002 08000000 20 0x0002 20 0x0e02"

# ---- frames with their own Ethernet header ---------------------------------------

ip link del c0
ip netns del srv
ip netns del rtr
net_pair
observe eth srv s0 "ip or arp or ether proto 0x8100"
send "$SERVER_IP" 80 eth.src=02:00:00:00:00:77
same "eth.* is sent as given" "$RC $(kind 1)" "0 rst"
send "$SERVER_IP" 80 vlan.id=7 vlan.priority=5 --timeout 0.3
same "a VLAN tag is sent" "$RC $(value packets_sent)" "1 1"
none "our own frames are seen on the wire, tagged or not" \
	"$(grep 'not seen on the wire' "$OUT")"
send "$SERVER_IP" arp.opcode=request arp.src.proto_ipv4="$CLIENT_IP" eth.dst=ff:ff:ff:ff:ff:ff \
	arp.dst.proto_ipv4="$SERVER_IP"
same "ARP is sent" "$RC $(value verdict)" "0 sent"
send "$SERVER_IP" icmp.type=echo-request icmp.unused=7 --timeout 0.3
same "ICMP is sent" "$RC $(value verdict)" "0 sent"
observed eth
same "the observer sees the MAC" "$(packets eth "eth.src == 02:00:00:00:00:77" tcp.dstport)" 80
same "and the tag" "$(packets eth vlan vlan.id vlan.priority tcp.dstport | xargs)" "7 5 80"
same "and the question, answered" "$(packets eth arp arp.opcode arp.src.proto_ipv4 |
	grep -c "^[12].*10.77.0.[12]")" "$(packets eth arp arp.opcode | wc -l)"
same "and the ping, answered" "$(packets eth "icmp.ident == 7" icmp.type | xargs)" "8 0"

# ---- what the raw path cannot carry ----------------------------------------------

# refused ERE ARGUMENT...
refused() {
	says="$1"
	shift
	run 20 "$TCPCRAFT" send "$@"
	same "exit 2, nothing sent: send $*" "$RC $(wc -c <"$OUT")" "2 0"
	matches "says: $says" "$ERR" "$says"
}

observe raw here lo
refused 'ip.len=100 cannot be sent on the raw path' 127.0.0.1 80 ip.len=100
refused 'ip.checksum=0x.* is wrong and cannot be sent' 127.0.0.1 80 ip.checksum=bad
refused 'ip.id=0 cannot be sent' 127.0.0.1 80 ip.id=0-3 --df 0
refused 'ip.id=0 cannot be sent' 127.0.0.1 80 ip.id=3,2,1,0 --df 0
refused 'ip.src=0.0.0.0 cannot be sent' 127.0.0.1 80 ip.src=0
refused 'eth.dst cannot be sent: lo has no Ethernet' 127.0.0.1 80 eth.dst=02:00:00:00:00:01
refused 'leave out --inject raw' "$SERVER_IP" 80 eth.dst=02:00:00:00:00:01 --inject raw
refused 'longer than the 1500 that c0 carries.*--fragment' "$SERVER_IP" 80 --data-length 1500
refused 'add --authorized' "$SERVER_IP" 80 ip.dst=8.8.8.8
refused 'add --authorized' "$SERVER_IP" 80 ip.dst=10.0.0.0-192.168.0.0
observed raw
same "nothing was sent" "$(packets raw tcp frame.number | wc -l)" 0
send 127.0.0.1 9 ip.id=0 --seed 3
same "what it can carry arrives" "$RC $(kind 1)" "0 rst"
send 127.0.0.1 1-65535 --seed 5
same "all ports of this host" "$RC $(value packets_sent) $(value capture_dropped)" "0 65535 0"
check "all but one (our own) answered" [ "$(value answered)" -ge 65534 ]

# ---- unhelpful machines, interrupted users, what is left -------------------------

iptables -w -A OUTPUT -p tcp --dport 88 -j DROP
run 20 "$TCPCRAFT" send "$SERVER_IP" 88 --inject raw --timeout 0.3
same "a firewall of our own: exit 3" "$RC" 3
matches "and is named" "$ERR" 'firewall of this host dropped'
iptables -w -D OUTPUT -p tcp --dport 88 -j DROP
run 20 "$TCPCRAFT" send "$SERVER_IP" 81 -w $WORK/run.pcap --timeout 1
same "a capture of the run" "$(tshark -n -r $WORK/run.pcap -T fields -e tcp.flags 2>/dev/null |
	xargs)" "0x0002 0x0014"
for sig in INT:130 TERM:143; do
	start slow here "$TCPCRAFT" send "$SERVER_IP" 81 -c 100000
	check "answers come" says $WORK/slow.out '^  3 ' 10
	stop "$PID" "${sig%:*}"
	same "SIG${sig%:*}: exit code, and a partial result" \
		"$RC $(grep -c ' packets sent, .* answered' $WORK/slow.out)" "${sig#*:} 1"
done
start flood here "$TCPCRAFT" send "$SERVER_IP" 81 --flood --json
# shellcheck disable=SC2016 # for the other shell
check "a flood is under way" wait_for 10 sh -c \
	'[ "$(cat /sys/class/net/c0/statistics/tx_packets)" -gt 20000 ]'
stop "$PID" INT
cp $WORK/flood.out "$OUT"
check "a flood ends with its count" [ "$(value packets_sent)" -gt 10000 ]
same "and its code" "$RC $(value verdict)" "130 interrupted"
send "$SERVER_IP" 81 --flood -c 5 tcp.srcport=20000-29999
same "a flood with an end" "$RC $(value packets_sent)" "0 50000"
start killed here "$TCPCRAFT" send "$SERVER_IP" 81 -c 100000
check "answers come before kill -9" says $WORK/killed.out '^  3 ' 10
stop "$PID" KILL
nothing_left
