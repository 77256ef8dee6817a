#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ECN between our TCP and Linux, in both roles: agreed, marked by the network, echoed, answered.
# ss and the kernel's counters say what the kernel saw, tshark what was on the wire.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need tshark ss nft python3
net_pair
card c0 0	# the observer sees what goes on a cable
IP=ip
[ "$FAMILY" = 4 ] || IP=ip6
in_ns srv sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_ecn'
BYTES=60000

# marks on|off: whether what comes to that host, and can be marked, is
marks() {
	in_ns srv nft flush ruleset
	[ "$1" = off ] || in_ns srv nft -f - <<-END
		table $IP marks {
			chain in {
				type filter hook prerouting priority -300;
				tcp dport 7000 $IP ecn ect0 $IP ecn set ce
			}
			chain out {
				type filter hook postrouting priority 300;
				tcp sport 7001 $IP ecn ect0 $IP ecn set ce
			}
		}
	END
}

# The kernel's ends: 7000 takes bytes, 7001 sends them.
start server srv python3 -c '
import socket, sys, threading
def serve(port, work):
	s = socket.create_server((sys.argv[2], port), backlog=16,
		family=socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET)
	while True:
		c = s.accept()[0]
		threading.Thread(target=work, args=(c,)).start()
def take(c):
	n = 0
	while True:
		b = c.recv(100000)
		if not b:
			break
		n += len(b)
	c.sendall(b"%d" % n)
	c.close()
def give(c):
	c.sendall(b"x" * int(sys.argv[1]))
	c.shutdown(socket.SHUT_WR)
	c.recv(100)
	c.close()
threading.Thread(target=serve, args=(7000, take)).start()
threading.Thread(target=serve, args=(7001, give)).start()
print("ready", flush=True)' $BYTES "$SERVER_IP"
says $WORK/server.out ready 10
head -c $BYTES /dev/zero >$WORK/zeros

# ask NAME PORT OURS ARGUMENT...: connect, standard input and all
ask() {
	local port="$2" ours="$3"
	shift 3
	# shellcheck disable=SC2016
	run 30 sh -c '"$@" <"$0"' $WORK/zeros "$TCPCRAFT" connect "$SERVER_IP" "$port" -q \
		-g "$ours" --timeout 60 "$@"
}

# flags NAME FILTER: how many segments
count() {
	packets "$1" "$2" frame.number | grep -c '^[0-9]*$'
}

observe wire here c0 "host $CLIENT_IP"
marks off
ask plain 7000 22001 --tcp ecn=on
same "plain: the kernel has all our bytes" "$(cat "$OUT")" $BYTES
marks on
ask taker 7000 22002 --tcp ecn=on
same "marked on the way out: the kernel has all our bytes" "$(cat "$OUT")" $BYTES
start giver here sh -c "exec '$TCPCRAFT' connect $SERVER_IP 7001 -q -g 22003 --timeout 60 --tcp ecn=on \
	--data-string hello >$WORK/given"
wait_for 20 gone "$PID" || stop "$PID"
same "marked on the way in: we have all of the kernel's" "$(wc -c <$WORK/given)" $BYTES
marks off
ask off 7000 22004
same "off: as before" "$(cat "$OUT")" $BYTES

# ---- our TCP listens -----------------------------------------------------------------------

start listen here "$TCPCRAFT" listen --keep --echo --tcp ecn=asked 7002
says $WORK/listen.err '^listening' 10
listener=$PID
start client srv python3 -c '
import socket, sys
c = socket.create_connection((sys.argv[1], 7002))
c.sendall(b"hello")
print(c.recv(100).decode(), flush=True)
sys.stdin.read()
c.recv(1)' "$CLIENT_IP"
says $WORK/client.out hello 10
client=$PID
in_ns srv ss -tnoi "dport = :7002" >$WORK/ss
matches "the kernel as our client says ecn, and that it was used (ss)" $WORK/ss ' ecn ecnseen '
stop "$client"
stop "$listener"
observed wire

# ---- the wire ------------------------------------------------------------------------------

for port in 22001 22002 22003; do
	same "$port: the SYN asks, the answer agrees" "$(packets wire \
		"tcp.port == $port && tcp.flags.syn == 1" tcp.flags.str | tr -d '·')" "CES
EAS"
done
none "22004: nothing of ECN when it is off" "$(packets wire "tcp.port == 22004 &&
	(tcp.flags.ece == 1 || tcp.flags.cwr == 1 || ip.dsfield.ecn != 0)" frame.number)"
none "what we mark as capable is new text, by ECT(0)" "$(packets wire "ip.src == $CLIENT_IP &&
	(ip.dsfield.ecn == 1 || (ip.dsfield.ecn == 2 && (tcp.len == 0 || tcp.analysis.retransmission)))" \
	frame.number)"
check "22001: all our text is capable" [ "$(count wire "tcp.srcport == 22001 && tcp.len > 0 &&
	ip.dsfield.ecn != 2 && !tcp.analysis.retransmission")" = 0 ]
none "22001: nobody marks, nobody tells" "$(packets wire "tcp.port == 22001 && tcp.flags.syn == 0 &&
	(tcp.flags.ece == 1 || tcp.flags.cwr == 1)" frame.number)"
check "22002: the kernel echoes the marks" [ "$(count wire "tcp.dstport == 22002 &&
	tcp.flags.syn == 0 && tcp.flags.ece == 1")" -gt 0 ]
check "22002: and we answer with CWR, in new text" [ "$(count wire "tcp.srcport == 22002 &&
	tcp.flags.syn == 0 && tcp.flags.cwr == 1 && tcp.len > 0 && ip.dsfield.ecn == 2")" -gt 0 ]
check "22003: the kernel's text comes marked" [ "$(count wire "tcp.dstport == 22003 &&
	ip.dsfield.ecn == 3")" -gt 0 ]
check "22003: we echo it" [ "$(count wire "tcp.srcport == 22003 && tcp.flags.syn == 0 &&
	tcp.flags.ece == 1")" -gt 0 ]
check "22003: and the kernel answers with CWR" [ "$(count wire "tcp.dstport == 22003 &&
	tcp.flags.syn == 0 && tcp.flags.cwr == 1")" -gt 0 ]
check_wire wire "ip.src == $CLIENT_IP"
nothing_left
