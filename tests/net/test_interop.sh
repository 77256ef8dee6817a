#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# With the kernel's TCP as server and as client, with netcat both ways, and with a server
# that only listens: what arrives is what was sent, and an observer finds nothing on the
# wire that RFC 9293 forbids. TC_LONG=1 carries 64 MB instead of 1.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need nc dumpcap tshark
SIZE=$((1 << 20))
LIMIT=60
[ -z "${TC_LONG-}" ] || SIZE=$((64 << 20)) LIMIT=600

listens() { in_ns "$1" ss -Hlnt "sport = :$2" | grep -q LISTEN; }

# A file of N bytes from a seed.
make_file() {
	/usr/bin/python3 -c '
import random, sys
open(sys.argv[1], "wb").write(random.Random(int(sys.argv[2])).randbytes(int(sys.argv[3])))
' "$1" "$2" "$3"
}

# watched NAME: the observer's verdict on what was ours.
watched() {
	observed "$1"
	check_wire "$1" "ip.src == $CLIENT_IP"
	lawful "$1" "$CLIENT_IP"
	no_reset "$1: no reset of anybody" "$1"
}

net_pair
card c0 0	# the observer sees what goes on a cable
make_file $WORK/up 11 "$SIZE"
make_file $WORK/down 12 "$SIZE"
make_file $WORK/few 13 20000

# ---- the kernel serves, the kernel calls -----------------------------------------

# python: the kernel's TCP with both directions at once and large writes, so that frames
# of up to 64 KiB with partial checksums come to us.
cat >$WORK/duplex.py <<'END'
import socket, sys, threading
how, host, port, send, got = sys.argv[1:]
if how == "serve":
    l = socket.create_server((host, int(port)), family=(2, 10)[":" in host])
    print("listening", flush=True)
    c = l.accept()[0]
else:
    c = socket.create_connection((host, int(port)))
def sender():
    c.sendall(open(send, "rb").read())
    c.shutdown(socket.SHUT_WR)
t = threading.Thread(target=sender)
t.start()
with open(got, "wb") as f:
    while data := c.recv(1 << 18):
        f.write(data)
t.join()
END

start server srv /usr/bin/python3 $WORK/duplex.py serve "$SERVER_IP" 47000 $WORK/down $WORK/got
SERVER=$PID
check "a kernel server listens" says $WORK/server.out '^listening' 10
observe kernel-server here c0 "tcp port 47000"
run "$LIMIT" "$TCPCRAFT" connect "$SERVER_IP" 47000 -q <$WORK/up
same "connect to the kernel, $SIZE bytes both ways at once: exit 0" "$RC" 0
check "the kernel server ended" wait_for 10 gone "$SERVER"
check "connect: what came down is what was sent" cmp "$OUT" $WORK/down
check "connect: what went up is what arrived" cmp $WORK/got $WORK/up
watched kernel-server
# The judge itself: without what the kernel sent, our ACKs are of nothing.
told kernel-server "ip.src == $CLIENT_IP || tcp.flags.syn == 1" |
	/usr/bin/python3 "$TC_ROOT/tests/net/judge.py" "$CLIENT_IP" >$WORK/lied
matches "the judge finds an ACK of what nobody sent" $WORK/lied 'bytes that nobody sent'
check "the kernel's frames came larger than the MTU" test "$(packets kernel-server \
	"ip.src == $SERVER_IP && tcp.len > 1460" tcp.len | wc -l)" -gt 0
check "and with partial checksums" test "$(packets kernel-server \
	"ip.src == $SERVER_IP && $WRONG_SUM" tcp.len | wc -l)" -gt 0

observe kernel-client here c0 "tcp port 47001"
start listener here "$TCPCRAFT" listen "$CLIENT_IP" 47001 -v --data-file $WORK/down
LISTENER=$PID
check "listen is up" says $WORK/listener.err '^listening on port 47001' 10
run "$LIMIT" nsenter --net=/run/netns/srv /usr/bin/python3 $WORK/duplex.py call "$CLIENT_IP" \
	47001 $WORK/up $WORK/got
same "the kernel calls us, $SIZE bytes both ways at once" "$RC" 0
check "listen ends after its client" wait_for 20 gone "$LISTENER"
check "listen: the kernel got our bytes" cmp $WORK/got $WORK/down
check "listen: we got the kernel's bytes" cmp $WORK/listener.out $WORK/up
watched kernel-client

# ---- OpenBSD netcat --------------------------------------------------------------

observe netcat here c0 "tcp portrange 47002-47003"
start nc-server srv sh -c "exec nc -N -l $SERVER_IP 47002 <$WORK/down"
SERVER=$PID
check "nc listens" wait_for 10 listens srv 47002
mkfifo $WORK/quiet
exec 8<>$WORK/quiet
run "$LIMIT" "$TCPCRAFT" connect "$SERVER_IP" 47002 -q --timeout 1 <$WORK/quiet
exec 8>&-
same "connect to nc -l: exit 0" "$RC" 0
check "connect: nc's bytes arrived" cmp "$OUT" $WORK/down
check "nc ended" wait_for 10 gone "$SERVER"

start listener here "$TCPCRAFT" listen "$CLIENT_IP" 47003 -v --data-file $WORK/up
LISTENER=$PID
check "listen is up for nc" says $WORK/listener.err '^listening on port 47003' 10
run "$LIMIT" nsenter --net=/run/netns/srv nc -N "$CLIENT_IP" 47003 <$WORK/down
check "listen: nc got our bytes" cmp "$OUT" $WORK/up
check "listen ends after nc" wait_for 20 gone "$LISTENER"
check "listen: we got nc's bytes" cmp $WORK/listener.out $WORK/down
watched netcat

# ---- several at once -------------------------------------------------------------

# Many clients at once are kept apart.
observe several here c0 "tcp port 47005"
start listener here "$TCPCRAFT" listen "$CLIENT_IP" 47005 --keep -v --data-file $WORK/few
LISTENER=$PID
check "listen --keep is up" says $WORK/listener.err '^listening on port 47005' 10
run "$LIMIT" nsenter --net=/run/netns/srv /usr/bin/python3 -c '
import socket, sys
few = open(sys.argv[3], "rb").read()
all = [socket.create_connection((sys.argv[1], int(sys.argv[2]))) for _ in range(50)]
for n, c in enumerate(all):
    c.sendall(b"%04d" % n * 1000)
    c.shutdown(socket.SHUT_WR)
print(sum(b"".join(iter(lambda: c.recv(65536), b"")) == few for c in all))
' "$CLIENT_IP" 47005 $WORK/few
same "50 clients at once: each got all of it" "$(cat "$OUT")" 50
stop "$LISTENER" INT
same "and each was heard" "$(wc -c <$WORK/listener.out)" 200000
matches "the sums count them" $WORK/listener.err '^50 clients, 200000 bytes'
watched several

# ---- a server that only listens --------------------------------------------------

# A backlog of 5 holds 6: the kernel compares with "more than".
if [ "$FAMILY" = 6 ]; then
	:	# it is for IPv4
elif [ ! -x "$TC_BUILD/peers/listen_only" ]; then
	skip "a server that only listens" "it is in x86-64 assembly, and needs nasm (as root: scripts/setup test)"
else
	start only srv "$TC_BUILD/peers/listen_only"
	ONLY=$PID
	check "the server in assembly listens" says $WORK/only.out '^listening on port 4444' 5
	run 5 nsenter --net=/run/netns/srv "$TC_BUILD/peers/listen_only"
	same "a second one cannot, and says so with an exit code of its own" \
		"$RC $(cat "$ERR")" "2 listen_only: bind to 0.0.0.0:4444 failed: is the port in use?"
	observe backlog here c0 "tcp port 4444"
	mkfifo $WORK/open
	exec 7<>$WORK/open
	for n in 1 2 3 4 5 6; do
		start "held$n" here sh -c "exec $TCPCRAFT connect $SERVER_IP 4444 <$WORK/open"
		check "connection $n of 6 is established, nobody accepts it" \
			says "$WORK/held$n.err" ESTABLISHED 10
		echo "$PID" >>$WORK/held
	done
	run 20 "$TCPCRAFT" connect "$SERVER_IP" 4444 --timeout 2 --json </dev/null
	same "the seventh is exit 1" "$RC" 1
	matches "its verdict: no answer" "$OUT" '"verdict":"no-answer"'
	check "it tried more than once" test "$(grep -c '"flags":"S"' "$OUT")" -ge 2
	while read -r n; do
		stop "$n" INT
	done <$WORK/held
	exec 7>&-
	observed backlog
	same "on the wire: six SYN/ACKs" "$(packets backlog \
		'tcp.flags.syn == 1 && tcp.flags.ack == 1' tcp.dstport | sort -u | wc -l)" 6
	check_wire backlog "ip.src == $CLIENT_IP"
	# Ctrl-C aborts a connection, and ABORT is a reset (RFC 9293 3.10.5).
	lawful backlog "$CLIENT_IP" 6
	stop "$ONLY"
fi
nothing_left
