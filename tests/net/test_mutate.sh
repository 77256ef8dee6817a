#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Surgery on a live connection, as the wire shows it: tshark on the server's side sees each
# change, and nothing else changed. The server's own log says what became of it.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119,SC3043 # local is in every sh of Debian
. "$(dirname "$0")/lib.sh"

need dumpcap tshark iptables

result() {
	sed -n "/^{\"type\":\"result\"/s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$OUT"
}

# One capture for all rules: each connection has its own source port.
PORT=30000
# in_family TEXT: what rules and filters say of IPv4's header, of the family's; a sum it has not.
in_family() {
	if [ "$FAMILY" = 4 ]; then
		printf '%s' "$1"
	else
		named "$1" | sed 's/; ip\.checksum=bad//; s/ && ip\.checksum\.status == [01]//
			s/ip\.id=/ipv6.flow=/; s/ip\.id ==/ipv6.flow ==/; s/ip\.flags\.mf/ipv6.fraghdr.more/'
	fi
}
# surgery NAME EXIT OPTION...: an exchange of its own under these rules. EXIT "wire" is judged
# later, by $WORK/rc.NAME; "0 again": the server may read before all is there, which it answers by
# closing.
surgery() {
	local left=5
	exchange "$@"
	while [ "$2" = "0 again" ] && [ "$RC" = 1 ] && [ $left -gt 0 ]; do
		left=$((left - 1))
		exchange "$@"
	done
	[ "$2" = wire ] || same "$1: exit" "$RC" "${2%% *}"
	echo "$1|$PORT" >>$WORK/cases
	echo "$RC" >"$WORK/rc.$1"
}
exchange() {
	local exit="$2" patience=10
	shift 2
	case $exit in 0*) ;; *) patience=0.5 ;; esac	# no answer is what is awaited
	PORT=$((PORT + 10))
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" --data-string HELLO -g $PORT --iss 1000 --json \
		--timeout $patience "$@"
}

net_pair
TO="ip.dst == $SERVER_IP" PORTS=34
[ "$FAMILY" = 4 ] || PORTS=54
protd_start srv "$SERVER_IP" -p 0
observe wire srv s0 "host $CLIENT_IP or ether proto 0x88b6"

surgery checksum 0 --mutate 'data[1]: tcp.checksum=bad'
matches "JSON says what was changed" "$OUT" \
	'"mutations":\[\{"field":"tcp.checksum","from":"0x[0-9a-f]+","to":"0x[0-9a-f]+"\}\]'
surgery hdr_len 0 --mutate 'data[1]: tcp.hdr_len=4'
matches "a frame that is not a valid packet is recognised as ours" "$OUT" \
	'"origin":"tcpcraft".*"field":"tcp.hdr_len","from":"8","to":"4"'
none "and none of them is unseen" "$(grep -o '"unseen"' "$OUT")"
surgery ip 0 --mutate "$(in_family 'data[1]: ip.ttl=7; ip.checksum=bad')"
surgery version 0 --mutate "$(in_family 'data[1]: ip.version=5')"
none "another IP version is captured all the same" "$(grep -o '"unseen"' "$OUT")"
surgery eth 0 --mutate 'data[1]: eth.type=0x88b6'
none "another ethertype too" "$(grep -o '"unseen"' "$OUT")"
surgery split "0 again" --mutate 'data[1]: split 5'
surgery dup 0 --mutate 'syn: dup 2'
surgery drop 0 --mutate 'data[1]: drop'
matches "what is dropped is told" "$OUT" '"tags":\["not-sent"\].*"surgery":"dropped"|"surgery":"dropped".*"not-sent"'
surgery delay 0 --mutate 'data[1]: delay 60'
surgery swap 0 --mutate 'ack: swap'
surgery fragment 0 --mutate 'data[1]: fragment 24'
surgery flags 1 --mutate 'data[1]: tcp.flags=R.'
surgery prot 1 --mutate 'data[1]: prot.version=2'
surgery before 1 --mutate 'data[1]: before 4142'
surgery retx 1 --mutate 'data+retx: tcp.checksum=bad'
surgery source 0 --mutate 'data[1]: tcp.srcport+=1'
matches "the answer to another port is shown" "$OUT" 'answers what was changed'
same "no reset of the kernel leaks" "$(result resets_leaked)" 0
surgery combined 0 --mutate "$(in_family 'any every 2: ip.dsfield=0x20')" --mutate "$(in_family 'any: ip.ttl=33')"
surgery seg 0 --mutate "$(in_family 'seg[2]: ip.ttl^=0x21; ip.id=0x1234')"
surgery where 0 --mutate "$(in_family 'any where ESTABLISHED: ip.ttl=9')"
surgery old "0 again" --mutate 'data[1]: overlap 8 old'
surgery new "0 again" --mutate 'data[1]: overlap 3 new'
surgery truncate 0 --mutate 'data[1]: truncate 12'
surgery pad 1 --mutate 'data[1]: pad 5'
# The server may answer before the second frame, whose bytes we do not count, or after it, and
# then acknowledges what we have not sent: which it was is read from the wire below.
surgery after wire --mutate 'data[1]: after 5152'
surgery add 0 --mutate 'syn: tcp.window_size_value=0; tcp.options=mss 600' --mutate 'data: tcp.ack+=-1' \
	--mutate 'data[1]: tcp.flags=0x0'
# The sequence state follows the wire: the numbers go on behind what was sent.
surgery fsyn 0 --follow-wire --mutate 'syn: tcp.seq=70000'
surgery fseq 1 --follow-wire --mutate 'data[1]: tcp.seq+=100'
surgery fcut 1 --follow-wire --mutate 'data[1]: truncate 9'
surgery fafter 0 --follow-wire --data-string again \
	--mutate 'data[1]: after 50524f5401000000034142434000'
matches "the third frame has its reply" "$OUT" '"reply_text":"ACKACKACK"'
surgery ffrag 1 --follow-wire --mutate 'data[1]: truncate 9; dup; fragment 24'
surgery fdrop 0 --follow-wire --mutate 'data[1]: drop'
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" HELLO --follow-wire
same "--follow-wire without a rule: exit" "$RC" 2
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" HELLO --mutate 'fin: dup' --mutate 'rst: drop'
matches "a rule that met nothing is named" "$ERR" "'rst: drop' met no segment"
if [ "$FAMILY" = 4 ]; then
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" HELLO --inject raw --mutate 'syn: ip.checksum=bad'
	same "a field that the path cannot carry is refused" "$RC" 2
	matches "and named" "$ERR" 'ip\.checksum=0x[0-9a-f]+ is wrong and cannot be sent on the raw path'
fi
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" HELLO --mutate 'syn: ip.dst=8.8.8.8'
same "a public destination needs --authorized" "$RC" 2
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" HELLO --mutate 'data[0]: drop'
same "a wrong rule: exit 2" "$RC" 2
observed wire

# seen NAME FILTER COUNT: frames of a case, as tshark counts them.
seen() {
	local port
	port=$(sed -n "s/^$1|//p" $WORK/cases)
	same "$1: on the wire, $2" \
		"$(packets wire "($(in_family "$2")) && $TO && (tcp.port == $port || ip.src == $CLIENT_IP) &&
		frame[$PORTS:2] == $(printf '%02x:%02x' $((port / 256)) $((port % 256)))" frame.number | wc -l)" "$3"
}

# An answer that acknowledges no more than what we count is the reply, another is not.
AFTER=$(packets wire "tcp.dstport == $(sed -n 's/^after|//p' $WORK/cases) && tcp.len > 0 &&
	tcp.ack <= 1017" frame.number | wc -l)
same "after: exit, by what the server's answer acknowledges" "$(cat $WORK/rc.after)" \
	"$(status_of test "$AFTER" -gt 0)"

seen checksum 'tcp.checksum.status == 0' 1
seen checksum 'tcp.checksum.status != 0 && tcp.len > 0' 1
seen hdr_len 'tcp.hdr_len == 16' 1
seen ip 'ip.ttl == 7 && ip.checksum.status == 0 && tcp.checksum.status == 1' 1
seen split 'tcp.len == 5 && tcp.seq == 1001' 1
seen split 'tcp.len == 11 && tcp.seq == 1006' 1
seen dup 'tcp.flags == 2' 3
seen drop 'tcp.len > 0' 1
seen flags 'tcp.flags.reset == 1 && tcp.len == 16' 1
seen prot 'tcp.payload[4:1] == 02' 1
seen before 'tcp.seq == 1001 && tcp.payload == 41:42' 1
seen retx 'tcp.len > 0 && tcp.checksum.status == 0' "$(packets wire \
	"tcp.srcport == $(sed -n 's/^retx|//p' $WORK/cases) && tcp.len > 0" tcp.seq | wc -l)"
seen seg 'ip.id == 0x1234 && ip.ttl == 97 && tcp.flags == 0x10' 1
seen where 'ip.ttl == 9 && ip.checksum.status == 1' 2
seen where 'tcp.flags.syn == 1 && ip.ttl == 64' 1
seen old 'tcp.seq == 1001 && tcp.len == 8' 1
seen old 'tcp.seq == 1001 && tcp.len == 16' 1
seen new 'tcp.seq == 1001 && tcp.len == 8 && tcp.payload == 50:52:4f:54:01:00:00:00' 1
seen new 'tcp.seq == 1006 && tcp.len == 11 && tcp.payload[0:4] == ff:ff:ff:05' 1
seen truncate 'tcp.len == 12 && tcp.seq == 1001' 1
seen truncate 'tcp.len > 0 && tcp.seq >= 1001' 2
seen pad 'tcp.len == 21 && tcp.payload[16:5] == 00:00:00:00:00' 1
seen after 'tcp.seq == 1017 && tcp.payload == 51:52' 1
seen add 'tcp.flags == 2 && tcp.window_size_value == 0 && tcp.options.mss_val == 600 && !tcp.options.wscale' 1
seen add 'tcp.flags == 0 && tcp.len == 16' 1
seen fsyn 'tcp.flags == 2 && tcp.seq == 70000' 1
seen fsyn 'tcp.len == 16 && tcp.seq == 70001 && tcp.checksum.status == 1' 1
seen fsyn 'tcp.flags.fin == 1 && tcp.seq == 70017' 1
seen fseq 'tcp.len == 16 && tcp.seq == 1101' "$(packets wire \
	"tcp.srcport == $(sed -n 's/^fseq|//p' $WORK/cases) && tcp.len > 0" tcp.seq | wc -l)"
seen fcut 'tcp.len == 9 && tcp.seq == 1001' 1
seen fcut 'tcp.flags.reset == 1 && tcp.seq == 1010' 1
seen fafter 'tcp.len == 14 && tcp.seq == 1017' 1
seen fafter 'tcp.len == 16 && tcp.seq == 1031' 1
seen ffrag 'tcp.flags.reset == 1 && tcp.seq == 1010' 1
seen fdrop 'tcp.len == 16 && tcp.seq == 1001' 1
seen combined 'ip.ttl == 33 && ip.checksum.status == 1 && tcp.checksum.status == 1' 5
seen combined 'ip.dsfield == 0x20' 2
same "fragment: the first of two pieces each time, with a right checksum" "$(packets wire \
	"$TO && $(in_family 'ip.flags.mf == 1 && ip.checksum.status == 1')" frame.number | wc -l)" 3
same "another ethertype is on the wire, once" "$(packets wire 'eth.type == 0x88b6' frame.number | wc -l)" 1
same "source: the segment came from the next port" \
	"$(packets wire "tcp.srcport == $(($(sed -n 's/^source|//p' $WORK/cases) + 1))" tcp.len)" 16
delayed=$(packets wire "tcp.srcport == $(sed -n 's/^delay|//p' $WORK/cases) && tcp.len > 0" \
	tcp.time_delta)
check "delay: 60 ms after the handshake ($delayed)" awk "BEGIN { exit !($delayed >= 0.059) }"
same "the server got what was whole, and nothing else" \
	"$(grep -c 'verdict=ok frames=1' "$PROTD_LOG")" 22
stop "$PROTD_PID"
nothing_left 5
