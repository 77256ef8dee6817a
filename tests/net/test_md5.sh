#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# TCP-MD5 (RFC 2385) between our TCP and Linux, which has it as TCP_MD5SIG: in both roles, with
# the key, with another, without. tcpdump, given the key, says what was on the wire.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need tcpdump tshark python3
run 5 "$TCPCRAFT" explain --md5 key 00
case $(cat "$ERR") in
*'built without MD5'*) skip_all "built without nettle (apt-get install nettle-dev)" ;;
esac
net_pair
BYTES=50000
[ "$FAMILY" = 6 ] || ANY=0.0.0.0
ANY=${ANY:-::}

# The kernel's ends: 7000 has a key and echoes, 7001 has none; and a client.
cat >$WORK/kernel.py <<'END'
import socket, struct, sys, threading
FAMILY = socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET
def key(s, peer, text):
	if FAMILY == socket.AF_INET:
		a = struct.pack("=H2x4s", FAMILY, socket.inet_aton(peer))
	else:
		a = struct.pack("=H6x16s", FAMILY, socket.inet_pton(FAMILY, peer))
	s.setsockopt(socket.IPPROTO_TCP, 14, a.ljust(128, b"\0") +
		struct.pack("=BBHi80s", 0, 0, len(text), 0, text.encode()))
def serve(port, text):
	s = socket.socket(FAMILY)
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	if text:
		key(s, sys.argv[2], text)
	s.bind(("", port))
	s.listen(16)
	while True:
		c = s.accept()[0]
		threading.Thread(target=echo, args=(c,)).start()
def echo(c):
	while True:
		b = c.recv(100000)
		if not b:
			break
		c.sendall(b)
	c.close()
if sys.argv[1] == "serve":
	threading.Thread(target=serve, args=(7001, None)).start()
	threading.Thread(target=serve, args=(7000, "kernel")).start()
	print("ready", flush=True)
else:
	c = socket.socket(FAMILY)
	c.settimeout(float(sys.argv[5]))
	if sys.argv[4]:
		key(c, sys.argv[2], sys.argv[4])
	try:
		c.connect((sys.argv[2], int(sys.argv[3])))
		c.sendall(b"hello")
		print(c.recv(100).decode(), flush=True)
	except OSError as e:
		print(e, flush=True)
END
start server srv python3 $WORK/kernel.py serve "$CLIENT_IP"
says $WORK/server.out ready 10
head -c $BYTES /dev/urandom >$WORK/bytes

observe wire here c0 "host $CLIENT_IP"
# ask PORT OURS ARGUMENT...
ask() {
	local port="$1" ours="$2"
	shift 2
	# shellcheck disable=SC2016
	run 30 sh -c '"$@" <"$0"' $WORK/bytes "$TCPCRAFT" connect "$SERVER_IP" "$port" -q \
		-g "$ours" "$@"
}
ask 7000 22001 --timeout 10 --md5 kernel
check "with the kernel's key all that we send comes back" cmp -s "$OUT" $WORK/bytes
ask 7000 22002 --timeout 10 --md5 kernel --tcp ts=off
check "without timestamps too" cmp -s "$OUT" $WORK/bytes
ask 7000 22003 --timeout 0.7 --md5 another
same "the kernel is silent to another key" "$RC $(cat "$OUT")" "1 "
matches "and we say what may be the cause" "$ERR" 'or it has not the key of --md5'
ask 7000 22004 --timeout 0.7
same "and to who has none" "$RC $(cat "$OUT")" "1 "
ask 7001 22005 --timeout 0.7 --md5 kernel
same "a kernel without a key is silent to a digest" "$RC $(cat "$OUT")" "1 "
run 20 "$TCPCRAFT" connect "$SERVER_IP" 7000 -q -g 22006 --timeout 10 --md5 kernel \
	--data-string hello --mutate \
	'data[1]: tcp.options=nop,nop,md5 00112233445566778899aabbccddeeff'
same "of two digests the wrong one is as it was set, and what it signs is sent again" \
	"$(cat "$OUT")" hello

run 20 "$TCPCRAFT" connect "$SERVER_IP" 7000 -q -g 22007 --timeout 10 --md5 kernel \
	--data-string hello --mutate 'data[1]: tcp.md5=bad'
same "a digest may be set wrong as a field" "$(cat "$OUT")" hello
run 20 "$TCPCRAFT" connect "$SERVER_IP" 7000 -q -g 22008 --timeout 10 --md5 kernel \
	--data-string hello --mutate 'data[1]: tcp.md5=000102030405060708090a0b0c0d0e0f'
same "or be a value" "$(cat "$OUT")" hello
run 20 "$TCPCRAFT" connect "$SERVER_IP" 7001 -q -g 22009 --timeout 10 \
	--data-string hello --mutate 'data[1]: tcp.md5=bad'
same "without a key the option is put in" "$(cat "$OUT")" hello

# ---- single packets ------------------------------------------------------------------------

# sent WANT ARGUMENT...: what comes back to a SYN of this make
sent() {
	local want="$1"
	shift
	run 20 "$TCPCRAFT" send "$SERVER_IP" 7000 -g 22020 --flags S --expect "$want" "$@"
}
sent syn-ack --md5 kernel
same "send --md5: the kernel answers a SYN that is signed with its key" "$RC" 0
sent none --timeout 0.7 --md5 another
same "none that is signed with another" "$RC" 0
sent none --timeout 0.7 --md5 kernel tcp.md5=bad
same "tcp.md5=bad: nor one whose digest was set wrong" "$RC" 0
run 20 "$TCPCRAFT" send 192.0.2.1 7000 --md5 kernel tcp.seq=1-3 ip.ttl=7,9 --data-string abc \
	--dry-run --format pcap
cp "$OUT" $WORK/made.pcap
same "of six packets each has a digest of its own, and a right one (tcpdump)" "$(dump -nv \
	-M kernel -r $WORK/made.pcap 2>/dev/null | grep -c 'md5 valid')" 6

# ---- our TCP listens -----------------------------------------------------------------------

start listen here "$TCPCRAFT" listen --keep --echo --md5 ours 7002
says $WORK/listen.err '^listening' 10
listener=$PID
client() {
	in_ns srv python3 $WORK/kernel.py client "$CLIENT_IP" 7002 "$1" "$2" 2>&1
}
same "a kernel with our key is answered" "$(client ours 5)" hello
same "one with another is not" "$(client theirs 0.5)" "timed out"
same "nor one without" "$(client '' 0.5)" "timed out"
stop "$listener"

# ---- a router's BGP, which knows nothing of us -----------------------------------------------

# An OPEN of BGP-4 (RFC 4271 4.2): AS 64512, 90 s, our number, no parameters.
printf '%0.s\377' $(seq 16) >$WORK/open
printf '\000\035\001\004\374\000\000\132\012\115\000\001\000' >>$WORK/open
# session PORT ARGUMENT...: one that stays open, until its OPEN is answered by another and by a
# KEEPALIVE
session() {
	local port="$1" rc
	shift
	mkfifo "$WORK/fifo.$port"
	exec 8<>"$WORK/fifo.$port"
	cat $WORK/open >&8
	# shellcheck disable=SC2016
	start "bgp.$port" here sh -c 'exec "$@" <"$0"' "$WORK/fifo.$port" \
		"$TCPCRAFT" connect "$SERVER_IP" 179 -q -g "$port" "$@"
	wait_for 10 is_session "$port"
	rc=$?
	exec 8>&-
	stop "$PID"
	return $rc
}
is_session() {
	od -An -v -tx1 -w1000 "$WORK/bgp.$1.out" | tr -d ' ' |
		grep -qE '^(ff){16}[0-9a-f]{4}01.*(ff){16}001304'
}
as_bird() {
	peer bird
	cat >$WORK/bird.conf <<-END
		router id 10.77.0.2;
		protocol device { }
		protocol bgp ours {
			local $SERVER_IP as 64513;
			neighbor $CLIENT_IP as 64512;
			passive yes;
			password "of the router";
			ipv4 { import none; export none; };
		}
	END
	start bird srv "$PEER" -f -c $WORK/bird.conf -s $WORK/bird.ctl -P $WORK/bird.pid
	check "bird listens" wait_for 10 listens_at 179
	bird=$PID
	check "bird: who has its password is answered: OPEN, KEEPALIVE" \
		session 22010 --timeout 10 --md5 'of the router'
	ask 179 22011 --timeout 0.7 --md5 another
	same "bird: another key hears nothing" "$RC $(cat "$OUT")" "1 "
	ask 179 22012 --timeout 0.7
	same "bird: no key either" "$RC $(cat "$OUT")" "1 "
	stop "$bird"
}
listens_at() {
	in_ns srv ss -Htln "sport = :$1" | grep -q LISTEN
}
(as_bird)
observed wire

# ---- the wire ------------------------------------------------------------------------------

# verdicts KEY FILTER: what tcpdump, with that key, says of digests
verdicts() {
	dump -nv -M "$1" -r $WORK/wire.pcap "$2" 2>/dev/null |
		grep -oE "md5 +[a-z'()]+" | tr -s ' ' | sort -u
}
if [ -e $WORK/bird.conf ]; then
	same "22010: all digests are right, bird's too (tcpdump)" \
		"$(verdicts 'of the router' "port 22010")" "md5 valid"
	none "22010: each of its segments has one (tshark)" "$(packets wire \
		"tcp.srcport == 179 && !tcp.options.md5" frame.number)"
fi
for port in 22001 22002; do
	same "$port: all digests are right (tcpdump)" "$(verdicts kernel "port $port")" "md5 valid"
	none "$port: each segment has one" "$(packets wire \
		"tcp.port == $port && !tcp.options.md5" frame.number)"
done
same "22003: ours are of the key that we gave" "$(verdicts another "port 22003")" "md5 valid"
same "22006: one of ours is wrong" "$(verdicts kernel "src port 22006")" \
	"md5 (invalid)
md5 valid"
for port in 22007 22008; do
	same "$port: one of ours is wrong, and is not acknowledged" "$(verdicts kernel "src port $port")" \
		"md5 (invalid)
md5 valid"
done
same "22008: it is the value (tshark)" "$(packets wire "tcp.srcport == 22008 && tcp.len == 5" \
	tcp.options.md5.digest | sed -n 1p)" 000102030405060708090a0b0c0d0e0f
same "22009: the first has an option, what is sent again has none (tshark)" \
	"$(packets wire "tcp.srcport == 22009 && tcp.len == 5" tcp.options.md5.digest | sed 's/..*/md5/' |
	xargs)" md5
same "the listener's are right" "$(verdicts ours "src port 7002")" "md5 valid"
check_wire wire "ip.src == $CLIENT_IP && tcp.port != 22006 && tcp.port != 22009"

# ---- captures, judged by us ----------------------------------------------------------------

run 20 "$TCPCRAFT" show $WORK/wire.pcap --md5 kernel --json --filter "port 22001"
check "show: the key's segments have no tag" [ "$(grep -c md5_ "$OUT")" = 0 ]
run 20 "$TCPCRAFT" show $WORK/wire.pcap --md5 theirs --json --filter "src port 22001"
same "show: with another key each is tagged" "$(grep -c '"md5_bad"' "$OUT")" \
	"$(grep -c '"type":"segment"' "$OUT")"
run 20 "$TCPCRAFT" show $WORK/wire.pcap --md5 kernel --json --filter "src port 22004"
same "show: where there is none, too" "$(grep -c '"md5_missing"' "$OUT")" \
	"$(grep -c '"type":"segment"' "$OUT")"
run 20 "$TCPCRAFT" show $WORK/wire.pcap --md5 kernel --json --filter "src port 22007"
same "show: the one that was set wrong is tagged" "$(grep -c '"md5_bad"' "$OUT")" 1
first=$(packets wire "tcp.srcport == 22007 && tcp.len == 5" frame.number | sed -n 1p)
run 20 "$TCPCRAFT" explain $WORK/wire.pcap "$first" --md5 kernel
matches "explain: it is wrong" "$OUT" "the digest is another key's, or of other bytes"
first=$(packets wire "tcp.port == 22001 && tcp.flags.syn == 1" frame.number | sed -n 1p)
run 20 "$TCPCRAFT" explain $WORK/wire.pcap "$first" --md5 kernel
matches "explain: right" "$OUT" "^    ok: the digest is the key's"
run 20 "$TCPCRAFT" explain $WORK/wire.pcap "$first" --md5 theirs --json
matches "explain: wrong, and what would be right" "$OUT" '"check":"BAD","expected_digest":"[0-9a-f]{32}"'
refuses 2 'a key has a byte at least' explain 00 --md5 ''
refuses 2 'the key is 81 bytes, 80 at most' connect "$SERVER_IP" 7000 \
	--md5 "$(head -c 81 /dev/zero | tr '\0' k)"
refuses 2 '--raw frames are sent as they are, and --md5 would change them' send 192.0.2.1 \
	--raw "$WORK/made.pcap" --md5 key --dry-run
refuses 2 'no place for md5' connect "$SERVER_IP" 7000 --md5 key --like windows
refuses 2 'no place for what the key signs with: add nop,nop,md5 0' send 192.0.2.1 9 --md5 key \
	tcp.options=nop --dry-run
refuses 2 'tcp.md5 takes bad, or 16 bytes as hex digits, not 2' send 192.0.2.1 9 tcp.md5=0102 \
	--dry-run
refuses 2 'tcp.md5 takes bad, or 16 bytes as hex digits, not 2' connect "$SERVER_IP" 7000 --md5 key \
	--mutate 'data: tcp.md5=0102'
refuses 2 'tcp.options and tcp.md5 are both given' send 192.0.2.1 9 tcp.options=nop tcp.md5=bad \
	--dry-run
refuses 2 'only = is for a field of variable length' connect "$SERVER_IP" 7000 --md5 key \
	--mutate 'data: tcp.md5+=1'
nothing_left
