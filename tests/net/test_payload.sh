#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Several messages on one connection, and protocols above TCP that a text describes: their
# peers judge the frames with code of their own, tshark what was on the wire.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need dumpcap tshark iptables python3

SPECS=$TC_ROOT/scripts/payload-specs

# frames KIND [PORT]: such a peer; sets $PEER_PORT and $SAID, what it says.
frames() {
	start "$1" srv /usr/bin/python3 "$TC_ROOT/tests/peers/frames.py" "$1" "$SERVER_IP" \
		"${2:-0}"
	SAID=$WORK/$1.out
	says "$SAID" '^listening on ' 10 || not_ok "the peer listens" "$(cat "$WORK/$1.err")"
	PEER_PORT=$(sed -n 's/^listening on .*:\([0-9]*\)$/\1/p' "$SAID")
}

net_pair
protd_start srv "$SERVER_IP" -p 0
observe wire srv s0 "host $CLIENT_IP"

# ---- several messages ------------------------------------------------------------------

run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" one --data-string two --data 746872 -g 31000
same "TEXT and --data are two ways for one payload" "$RC" 2
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" --data-string one --data-string two \
	--data-length 100 -g 31001 --json
same "three messages: exit" "$RC" 0
matches "each has its ACK" "$OUT" '"verdict":"reply".*"reply_text":"ACKACKACK"'
matches "the server took three frames" "$PROTD_LOG" ':31001 verdict=ok frames=3'
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" --data-string one --data-string two \
	--set prot.version=2 --timeout 2
same "no ACK to the first: exit" "$RC" 1
none "and the second is not sent" "$(grep -o 'payload="two"' "$OUT")"

frames slow
run 20 "$TCPCRAFT" connect "$SERVER_IP" "$PEER_PORT" --data-string hello --data 6279 -g 31002
same "connect, two messages: exit" "$RC" 0
same "the reply to both" "$(cat "$OUT")" "first second
first second"
same "the peer got one after the other" "$(sed 1d "$SAID" | head -n 2 | xargs)" \
	"slow hello slow by"
run 20 "$TCPCRAFT" send "$SERVER_IP" 9 --data 41 --data 42 --dry-run
matches "a packet has one payload" "$ERR" '--data and --data both give the payload'

# ---- described in a text ---------------------------------------------------------------

run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello --payload-spec "$SPECS/prot.spec" -g 31010
same "PROT by its shipped text: exit" "$RC" 0
matches "the server agrees" "$PROTD_LOG" ':31010 verdict=ok frames=1'
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello -g 31011
run 20 "$TCPCRAFT" connect "$SERVER_IP" "$PROTD_PORT" --data-string a --data-string b \
	--payload-spec "$SPECS/prot.spec" --timeout 10 -g 31012
same "connect: a reply that is not such a frame ends with a pause" "$(cat "$OUT")" ACKACK
matches "the ladder names the fields" "$ERR" 'PROT magic=0x50524f54 version=1 length=1'
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello --payload-spec "$SPECS/prot.spec" \
	--mutate 'data[1]: prot.checksum^=0x100' --json -g 31013
same "a mutated field of it: exit" "$RC" 1
matches "JSON says what was changed" "$OUT" \
	'"mutations":\[\{"field":"prot.checksum","from":"0x0062","to":"0x0162"\}\]'
matches "the server saw a bad checksum" "$PROTD_LOG" ':31013 verdict=bad-checksum'

frames modbus 502
run 20 "$TCPCRAFT" connect "$SERVER_IP" 502 --payload-spec "$SPECS/modbus.spec" \
	--set modbus.unit=17 --data 006b0003 --data 00010001 -g 31020
same "Modbus: exit" "$RC" 0
same "the server read what was meant" "$(sed 1d "$SAID" | xargs)" \
	"modbus 1 0 17 3 006b0003 modbus 1 0 17 3 00010001"
matches "the ladder names values" "$ERR" \
	'MODBUS transaction=1 protocol=0 length=6 unit=17 \(usually 255\) function=3 \(read-holding\)'
run 20 "$TCPCRAFT" connect "$SERVER_IP" 502 --payload-spec "$SPECS/modbus.spec" \
	--set modbus.function=write-coil --set modbus.data=hex:0001 --set modbus.length=4 \
	--mutate 'data[1]: modbus.unit=9' -g 31021
same "fields alone make a frame; symbols are values" "$(sed -n '$p' "$SAID")" \
	"modbus 1 0 9 5 0001"

# A packet alone carries such a frame, too; tshark knows the protocol by its port.
"$TCPCRAFT" send 10.0.0.2 502 tcp.flags=PA --payload-spec "$SPECS/modbus.spec" modbus.unit=17 \
	modbus.function=write-coil ip.ttl=3,4 --data 0001ff00 --dry-run --format pcap \
	>$WORK/frames.pcap 2>$ERR
same "send: each packet has the frame, its fields and what is counted" \
	"$? $(tshark -n -r $WORK/frames.pcap -T fields -e ip.ttl -e mbtcp.unit_id \
		-e modbus.func_code -e mbtcp.len -e tcp.len 2>/dev/null | tr '\t\n' ' /')" \
	"0 3 17 5 6 12/4 17 5 6 12/"
run 20 "$TCPCRAFT" send 10.0.0.2 502 --payload-spec "$SPECS/modbus.spec" modbus.units=1 --dry-run
same "send: a field that it has not: exit 2, and which was meant" \
	"$RC $(grep -c 'did you mean modbus.unit' $ERR)" "2 1"
run 20 "$TCPCRAFT" send 10.0.0.2 502 modbus.unit=1 --dry-run
same "send: nor are there such fields without the description" "$RC $(wc -l <$ERR)" "2 1"

# A script's word for such a frame is the header's name.
cat >$WORK/ask.pkt <<'END'
0 < S 0:0(0) win 65535 <mss 1460>
+0~+1 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1
+0 < P. 1:13(12) ack 1 modbus{modbus.unit=3,modbus.function=write-coil} hex:00010002
any
+.5 < R. 13:13(0) ack 1
END
run 20 "$TCPCRAFT" run $WORK/ask.pkt "$SERVER_IP" 502 --payload-spec "$SPECS/modbus.spec" -g 31022
same "run: exit" "$RC" 0
same "a script's frame has its length and what it names" "$(grep -c '^modbus 1 0 3 5 00010002$' "$SAID")" 1
matches "and stands in the ladder as one" "$OUT" 'MODBUS transaction=1 .*function=5 \(write-coil\)'

# As the server: the kernel's TCP is the client.
start server srv "$TCPCRAFT" listen "$SERVER_IP" 8502 --payload-spec "$SPECS/modbus.spec" \
	--data 0200070007 --set modbus.unit=17 --mutate 'data[1]: modbus.function=0x83'
says $WORK/server.err 'listening on port 8502' 10
run 20 /usr/bin/python3 -c '
import socket, sys
s = socket.create_connection((sys.argv[1], 8502))
s.sendall(bytes.fromhex("00010000000611030000000a"))
s.shutdown(socket.SHUT_WR)
got = b""
while True:
    more = s.recv(999)
    if not more:
        break
    got += more
print(got.hex())' "$SERVER_IP"
same "listen: the client got the frame, changed" "$(cat "$OUT")" 0001000000071183"0200070007"
wait_for 10 gone "$PID"
matches "and the ladder has its request" "$WORK/server.err" \
	'MODBUS transaction=1 protocol=0 length=6 unit=17 .* function=3 \(read-holding\) data='

frames crc32
run 20 "$TCPCRAFT" connect "$SERVER_IP" "$PEER_PORT" --payload-spec "$SPECS/crc32.spec" \
	--set crc32.counter=0x0102 --data-string x --data-length 1000 -g 31030
same "length and CRC-32: exit" "$RC" 0
same "both frames are good" "$(grep -c 'crc32 good' "$SAID")" 2
matches "little-endian is" "$SAID" 'crc32 good 0107020178'
run 20 "$TCPCRAFT" connect "$SERVER_IP" "$PEER_PORT" --payload-spec "$SPECS/crc32.spec" \
	--data-string x --mutate 'data[1]: crc32.type=9' -g 31031
same "the CRC follows a changed field" "$(grep -c 'crc32 good 0907' "$SAID")" 1
run 20 "$TCPCRAFT" connect "$SERVER_IP" "$PEER_PORT" --payload-spec "$SPECS/crc32.spec" \
	--data-string x --set crc32.check=bad -g 31032
same "bad is bad" "$(grep -c 'crc32 BAD' "$SAID")" 1
run 20 "$TCPCRAFT" connect "$SERVER_IP" "$PEER_PORT" --payload-spec "$SPECS/crc32.spec" \
	--data-string x --mutate 'data[1]: crc32.check=bad' -g 31033
same "also by a rule" "$(grep -c 'crc32 BAD' "$SAID")" 2

# Fields of any length, several in one frame: what counts them and what stands between follow.
frames memcache
run 20 "$TCPCRAFT" connect "$SERVER_IP" "$PEER_PORT" --payload-spec "$SPECS/memcache.spec" \
	--set memcache.opcode=set --set memcache.extras=hex:8*00 --set memcache.key=hex:100*6b \
	--data-string value --mutate 'data[1]: memcache.opaque=0x01020304' -g 31034
same "three fields of any length: exit" "$RC" 0
same "the server read each of them" "$(sed -n '$p' "$SAID")" "memcache 1 0000000000000000 100 5"
run 20 "$TCPCRAFT" connect "$SERVER_IP" "$PEER_PORT" --payload-spec "$SPECS/memcache.spec" \
	--data-string v --mutate 'data[1]: memcache.key=abc' -g 31035
same "a rule changes one of them, and the counts follow" "$(sed -n '$p' "$SAID")" "memcache 0 - 3 1"
run 20 "$TCPCRAFT" connect "$SERVER_IP" "$PEER_PORT" --payload-spec "$SPECS/memcache.spec" \
	--data-string v --mutate 'data[1]: memcache.keylen=5' --timeout 2 -g 31036
same "a count that lies is not mended" "$(sed -n '$p' "$SAID" | cut -c 1-25)" "memcache BAD 800000050000"

observed wire

# first PORT: the payload of the first data segment from there.
first() {
	packets wire "tcp.srcport == $1 && tcp.len > 0" tcp.payload | head -n 1
}

same "the same bytes by the text as by the built-in table" "$(first 31010)" "$(first 31011)"
same "the second message waited for the reply to the first" \
	"$(packets wire 'tcp.port == 31001 && tcp.len > 0' tcp.srcport | head -n 6 | xargs)" \
	"31001 $PROTD_PORT 31001 $PROTD_PORT 31001 $PROTD_PORT"
same "and memcached's, each field of its own" "$(tshark -n -r $WORK/wire.pcap \
	-d "tcp.port==$PEER_PORT,memcache" -Y 'memcache && tcp.srcport == 31034' -T fields \
	-e memcache.opcode -e memcache.key.length -e memcache.extras.length \
	-e memcache.total_body_length -e memcache.opaque -e memcache.value 2>/dev/null | xargs)" \
	"1 100 8 113 16909060 value"
same "tshark reads the Modbus requests" "$(tshark -n -r $WORK/wire.pcap -d tcp.port==502,mbtcp \
	-Y 'mbtcp && tcp.srcport == 31020' -T fields -e mbtcp.trans_id -e mbtcp.len \
	-e mbtcp.unit_id -e modbus.func_code -e modbus.reference_num -e modbus.word_cnt \
	2>/dev/null | xargs)" "1 6 17 3 107 3 1 6 17 3 1 1"
gap=$(packets wire 'tcp.srcport == 31020 && tcp.len > 0' frame.time_relative | xargs)
check "a frame in two parts, 0.4 s apart, is one answer ($gap)" \
	awk "BEGIN { split(\"$gap\", t, \" \"); exit !(t[2] - t[1] >= 0.39) }"
check_wire wire "ip.src == $CLIENT_IP && tcp.dstport != 8502"

run 20 "$TCPCRAFT" explain $WORK/wire.pcap --payload-spec "$SPECS/crc32.spec" --json
matches "explain judges by the text" "$OUT" '"name":"crc32.check".*BAD|crc32.check.*"check":"BAD"'

run 20 "$TCPCRAFT" show $WORK/wire.pcap --payload-spec "$SPECS/modbus.spec" --filter 'port 31020'
matches "show reads a capture by the text" "$OUT" 'MODBUS transaction=1 protocol=0 length=6 unit=17'
run 20 "$TCPCRAFT" show $WORK/wire.pcap --payload-spec "$SPECS/modbus.spec" --filter 'port 31020' \
	--html $WORK/page.html
matches "and so does its page" "$WORK/page.html" 'MODBUS transaction=1 .*modbus.function'

# ---- fuzzed ------------------------------------------------------------------------------

frames lax
cd $WORK || exit 1
run 60 "$TCPCRAFT" fuzz "$SERVER_IP" "$PEER_PORT" --payload-spec "$SPECS/crc32.spec" \
	--data-string hello --cases 32 --fields crc32.check --segments data --strategy flip \
	--seed 3 --parallel 1 --minimize --timeout 2
same "a server that looks at half of the CRC is found out: exit" "$RC" 4
matches "with the field, and the command that shows it" "$OUT" \
	"connect .* --payload-spec '.*crc32.spec' --mutate 'data\[1\]: crc32.check\^=0x[0-9]+' --data ''"
matches "the 16 bits that it does not look at" "$OUT" 'crc32.check +data flip +reply 16, closed 16'
# A set of memcached's, whose fields have other values than the spec's defaults.
set_of() {	# FILE HEX: it, and what is behind its first 12 bytes
	"$TCPCRAFT" send 127.0.0.1 7777 --flags PA --seed 1 --dry-run -q -w "$1" \
		"data=hex:800100030800000000000011$2" >base.out
}
set_of base.pcap 0000000700000000000000000000000100000002666f6f6261727a6162
set_of short.pcap 00000007
KEYS="exec /usr/bin/python3 $TC_ROOT/tests/peers/frames.py memcache 127.0.0.1 7777"
run 100 "$TCPCRAFT" fuzz 127.0.0.1 7777 --payload-spec "$SPECS/memcache.spec" --spawn "$KEYS" \
	--base base.pcap --cases 20 --strategy frames --seed 26 --parallel 1 --minimize --json \
	--timeout 2 --journal keys.jsonl
same "a server that dies of one length of one field of several: exit" "$RC" 4
matches "the case is made small: nothing but that field's length" "$OUT" \
	'"kind":"died".*"payload":"memcache.key=hex:250\*[0-9a-f]{2}"'
case=$(sed -n 's/.*"type":"finding","kind":"died","case":\([0-9]*\).*/\1/p' "$OUT" | head -n 1)
run 60 "$TCPCRAFT" fuzz 127.0.0.1 7777 --replay keys.jsonl --case "$case" --spawn "$KEYS" \
	--timeout 2
same "the journal has its spec, and shows it again: exit" "$RC" 4
matches "with a command of that frame's fields, and of the one that matters" "$OUT" "connect .*\
--payload-spec '.*memcache.spec' --set 'memcache.opcode=1' --set 'memcache.opaque=7' \
--set 'memcache.extras=hex:0000000100000002' --set 'memcache.key=hex:666f6f' \
--set 'memcache.opcode=1' --set 'memcache.key=hex:250\*41' --data '6261727a6162'"
printf 'header h\nlen 8 length-of p -2\np *\n' >least.spec
run 60 "$TCPCRAFT" fuzz "$SERVER_IP" "$PEER_PORT" --payload-spec least.spec --data-string hello \
	--cases 2 --strategy payload --seed 11 --timeout 2 --json
matches "a payload that no count can say is a case that was not sent" "$OUT" \
	'"field":"h.p".*"not-carried":1'
run 60 "$TCPCRAFT" fuzz 127.0.0.1 7777 --payload-spec "$SPECS/memcache.spec" --base short.pcap \
	--dry-run
same "a base that is no frame of the spec: exit" "$RC" 2
matches "and the cure" "$ERR" 'short.pcap: .* not one whole frame of memcache: leave --payload-spec out'
run 60 "$TCPCRAFT" fuzz "$SERVER_IP" "$PEER_PORT" --payload-spec "$SPECS/crc32.spec" \
	--fields 'prot.*' --dry-run
same "fields of another protocol: exit" "$RC" 2

# ---- what is wrong ----------------------------------------------------------------------

printf 'header h\nlen 16 length-of body\nbody *\nsum 8 crc32 body\n' >$WORK/bad.spec
run 20 "$TCPCRAFT" connect "$SERVER_IP" 502 --payload-spec $WORK/bad.spec
same "a malformed text: exit" "$RC" 2
matches "with its line and column" "$ERR" 'bad.spec:4:1: that sum has 32 bits, the field has 8'
run 20 "$TCPCRAFT" fields --payload-spec $WORK/none.spec
same "no such file: exit" "$RC" 2
run 20 "$TCPCRAFT" connect "$SERVER_IP" 502 --set modbus.unit=1
same "--set without a text: exit" "$RC" 2
matches "and the cure" "$ERR" 'payload-spec FILE'
run 20 "$TCPCRAFT" listen "$CLIENT_IP" 31040 --keep --data 41 --data 42
same "--keep and two messages: exit" "$RC" 2
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello --mutate 'data[1]: eth.type=1' \
	--inject raw -q
same "what the path cannot carry: exit" "$RC" 2
same "one line says so, and no other" "$(wc -l <"$ERR")" 1
nothing_left 5
