#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# connect and listen: bytes both ways between our stack and netcat over the kernel's,
# the half-close, many clients, and what is said when it goes wrong.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need nc dumpcap tshark

listens() {
	in_ns "$1" ss -Hlnt | grep -q ":$2 "
}

# A file of N seeded bytes; two seeds, two files.
make_file() {
	/usr/bin/python3 -c '
import random, sys
open(sys.argv[1], "wb").write(random.Random(int(sys.argv[2])).randbytes(int(sys.argv[3])))
' "$1" "$2" "$3"
}

# A kernel server for one client: sends FILE and receives into GOT at the same time, to
# both ends. (Netcat stops sending when it has heard the end.)
duplex() {
	start duplex srv /usr/bin/python3 -c '
import socket, sys, threading
l = socket.create_server((sys.argv[1], int(sys.argv[2])), family=(2, 10)[":" in sys.argv[1]])
print("listening", flush=True)
c = l.accept()[0]
def send():
    c.sendall(open(sys.argv[3], "rb").read())
    c.shutdown(socket.SHUT_WR)
t = threading.Thread(target=send)
t.start()
with open(sys.argv[4], "wb") as f:
    while data := c.recv(65536):
        f.write(data)
t.join()' "$SERVER_IP" "$1" "$2" "$3"
	check "the server listens" says $WORK/duplex.out '^listening' 10
}

equal() {
	check "$1" cmp "$2" "$3"
}

net_pair
make_file $WORK/up 1 1000000
make_file $WORK/down 2 1500000

# ---- connect ---------------------------------------------------------------------

duplex 45000 $WORK/down $WORK/up.got
SERVER=$PID
observe upload srv s0 "tcp port 45000"
run 60 "$TCPCRAFT" connect "$SERVER_IP" 45000 -q -w $WORK/upload.ours <$WORK/up
same "connect: 1 MB up and 1.5 MB down at once, exit 0" "$RC" 0
check "the server ended" wait_for 10 gone "$SERVER"
equal "connect: what came down is what was sent" "$OUT" $WORK/down
equal "connect: what went up is what arrived" $WORK/up.got $WORK/up
observed upload
check_wire upload "ip.src == $CLIENT_IP"
no_reset "connect: no reset of anybody" upload
none "connect -w: each segment is sent for itself" \
	"$(packets upload "ip.src == $CLIENT_IP && frame.len > 1514" frame.len | head -n 3)"

# Much data and nobody who looks at each segment: the kernel is given what it cuts.
sink() {
	start "sink$1" srv /usr/bin/python3 -c '
import hashlib, socket, sys
l = socket.create_server((sys.argv[1], int(sys.argv[2])), family=(2, 10)[":" in sys.argv[1]])
print("listening", flush=True)
c = l.accept()[0]
h = hashlib.sha256()
while data := c.recv(1 << 20):
    h.update(data)
c.close()
print(h.hexdigest())' "$SERVER_IP" "$1"
	SINK=$PID
	check "the sink $1 listens" says "$WORK/sink$1.out" '^listening' 10
}

# bulk PORT FILE [ARGUMENT...]
bulk() {
	local port="$1" file="$2"
	shift 2
	sink "$port"
	observe "bulk$port" srv s0 "tcp port $port"
	run 120 "$TCPCRAFT" connect "$SERVER_IP" "$port" "$@" <"$file"
	same "bulk $port: exit 0" "$RC" 0
	check "bulk $port: the sink ended" wait_for 10 gone "$SINK"
	same "bulk $port: its sum is that of what was sent" "$(tail -n 1 "$WORK/sink$port.out")" \
		"$(sha256sum <"$file" | cut -d' ' -f1)"
	observed "bulk$port"
	none "bulk $port: nothing lost, sent twice or out of order" "$(packets "bulk$port" \
		"tcp.analysis.retransmission || tcp.analysis.out_of_order ||
		tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment ||
		tcp.analysis.duplicate_ack" frame.number | head -n 3)"
}

long_frames() {
	packets "bulk$1" "ip.src == $CLIENT_IP && frame.len > 1514" frame.len
}

make_file $WORK/bulk 3 64000000
SNAP=128
bulk 45010 $WORK/bulk -q
check "connect -q: frames that stand for several" test "$(long_frames 45010 | wc -l)" -gt 100
SNAP=''
make_file $WORK/bulk 4 4000000
check "c0 cuts nothing" card c0 0
bulk 45011 $WORK/bulk -q
check_wire bulk45011 "ip.src == $CLIENT_IP"
none "… which the kernel cuts for a card that cannot" "$(long_frames 45011 | head -n 3)"
[ "$FAMILY" = 6 ] ||
	none "… no two with one identification" \
		"$(packets bulk45011 "ip.src == $CLIENT_IP" ip.id | sort | uniq -d | head -n 3)"
check "c0 cuts again" card c0 1
for exact in "-w $WORK/exact" "--record $WORK/exact.tcp" "--html $WORK/exact.html" "--tcp iw=4" \
	--mutate=rst:drop; do
	port=$((${port:-45011} + 1))
	# shellcheck disable=SC2086 # words
	bulk $port $WORK/up -q $exact
	none "connect -q $exact: each segment for itself" "$(long_frames $port | head -n 3)"
done
rm $WORK/bulk

start server srv sh -c "exec nc -l $SERVER_IP 45001 >$WORK/half.got"
SERVER=$PID
check "nc listens again" wait_for 5 listens srv 45001
run 20 "$TCPCRAFT" connect "$SERVER_IP" 45001 --data-string "one line" --json
check "the end of --data closes our half: nc is done" wait_for 10 gone "$SERVER"
same "half-close: the bytes arrived" "$(cat $WORK/half.got)" "one line"
matches "half-close: our FIN first" "$OUT" '"verdict":"closed".*"closed_by":"us"'

protd_start srv "$SERVER_IP" -p 0
run 20 "$TCPCRAFT" connect "$SERVER_IP" "$PROTD_PORT" \
	--data-string '{"command": "status", "id": 123}'
same "the server's silent close is exit 1" "$RC" 1
matches "and is told in bytes" "$ERR" \
	'^reset: the peer.s TCP acknowledged all 32 bytes, then reset without a word'
check "the server read nine" grep -q 'bad-magic read=9' "$PROTD_LOG"
stop "$PROTD_PID"

# ---- listen ----------------------------------------------------------------------

start listener here "$TCPCRAFT" listen "$CLIENT_IP" 46000 -v --data-file $WORK/down
LISTENER=$PID
check "listen says that it does" says $WORK/listener.err '^listening on port 46000' 10
run 60 nsenter --net=/run/netns/srv nc -N "$CLIENT_IP" 46000 <$WORK/up
equal "listen: nc got our bytes" "$OUT" $WORK/down
check "listen ends after its client" wait_for 20 gone "$LISTENER"
equal "listen: we got nc's bytes" $WORK/listener.out $WORK/up
none "listen: the kernel reset nobody" "$(grep 'KERNEL\|leaked' $WORK/listener.err |
	grep -v '0 leaked')"

start prot-server here "$TCPCRAFT" listen "$CLIENT_IP" 46001 --prot --keep -v
LISTENER=$PID
check "listen --prot is up" says $WORK/prot-server.err '^listening on port 46001' 10
for n in 1 2 3 4 5; do
	printf 'PROT\001\000\000\000\001a\141\000PROT\001\000\000\000\001b\142\000' |
		run 20 nsenter --net=/run/netns/srv nc -N -w 5 "$CLIENT_IP" 46001
	same "client $n of listen --prot: two frames, two answers" "$(cat "$OUT")" ACKACK
done
printf '{"command": "status", "id": 123}' |
	run 20 nsenter --net=/run/netns/srv nc -N -w 5 "$CLIENT_IP" 46001
same "another protocol gets no word" "$(cat "$OUT")" ""
check "listen --prot logs verdicts like the real server" \
	says $WORK/prot-server.err 'verdict=bad-magic frames=0' 5

# Nine wrong bytes and no more: we close first, with a FIN, and are in TIME-WAIT; the client,
# who is not, comes back from the same port at once.
again() {
	in_ns srv /usr/bin/python3 -c '
import errno, socket, sys, time
until = time.monotonic() + 3
def dial(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((sys.argv[1], int(sys.argv[3])))
    s.settimeout(1)
    while (e := s.connect_ex((sys.argv[2], 46001))) == errno.EADDRNOTAVAIL:
        assert time.monotonic() < until     # LAST-ACK: the old one is not yet gone
    assert e == 0
for _ in range(3):
    s = socket.socket((2, 10)[":" in sys.argv[2]])
    dial(s)
    s.sendall(b"NotPROT!!")
    assert s.recv(1) == b""
    s.close()
print("three times")' "$SERVER_IP" "$CLIENT_IP" "$1"
}

# The other way round the kernel's TIME-WAIT takes our SYN, whichever run of ours sends it,
# since the numbers go by a clock and not by chance (RFC 9293 3.4.1).
many_times() {
	local n=0 replies=0
	mkfifo $WORK/open
	exec 7<>$WORK/open	# connect's input has no end: the server closes first
	while [ $n -lt 20 ]; do
		run 20 "$TCPCRAFT" connect "$SERVER_IP" 45002 --source-port 40003 <&7
		[ "$RC $(cat "$OUT")" != "0 x" ] || replies=$((replies + 1))
		n=$((n + 1))
	done
	exec 7>&-
	rm $WORK/open
	echo $replies
}

start closer srv /usr/bin/python3 -c '
import socket, sys
l = socket.create_server((sys.argv[1], 45002), family=(2, 10)[":" in sys.argv[1]])
print("listening", flush=True)
while True:
    c = l.accept()[0]
    c.sendall(b"x")
    c.close()' "$SERVER_IP"
CLOSER=$PID
check "a server that closes first listens" says $WORK/closer.out '^listening' 10
for timestamps in 1 0; do
	echo $timestamps | in_ns srv tee /proc/sys/net/ipv4/tcp_timestamps >/dev/null
	observe closer$timestamps srv s0 "tcp port 45002"
	same "20 runs from one port to a server in TIME-WAIT (timestamps: $timestamps)" \
		"$(many_times)" 20
	observed closer$timestamps
	same "… each SYN once, answered by SYN and ACK ($timestamps)" \
		"$(packets closer$timestamps 'tcp.flags.syn == 1' tcp.flags | sort | uniq -c |
		tr -s ' ')" "$(printf ' 20 0x0002\n 20 0x0012')"
	no_reset "… and nobody reset ($timestamps)" closer$timestamps
	same "… which was in TIME-WAIT ($timestamps)" \
		"$(in_ns srv ss -Hnt state time-wait "sport = :45002" | wc -l)" 1
done
echo 1 | in_ns srv tee /proc/sys/net/ipv4/tcp_timestamps >/dev/null
stop "$CLOSER" TERM

observe reuse srv s0 "tcp port 46001"
same "TIME-WAIT gives way to a SYN with a later timestamp (RFC 6191)" "$(again 40001)" \
	"three times"
echo 0 | in_ns srv tee /proc/sys/net/ipv4/tcp_timestamps >/dev/null
same "… and to one with a higher number (RFC 9293 3.10.7.4)" "$(again 40002)" "three times"
observed reuse
same "each SYN once, answered by SYN and ACK" \
	"$(packets reuse 'tcp.flags.syn == 1' tcp.flags | sort | uniq -c | tr -s ' ')" \
	"$(printf ' 6 0x0002\n 6 0x0012')"
no_reset "and nobody reset" reuse
stop "$LISTENER" INT
same "Ctrl-C ends the server with 130" "$RC" 130
matches "and its sums are printed" $WORK/prot-server.err '^12 clients, '
nothing_left
