#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Receivers that lie to Linux, which is asked what it noticed: its counters and the wire.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need tshark nstat python3
net_pair
BYTES=200000

# Sends that many bytes to each client.
server() {
	start server srv python3 -c '
import socket, sys, threading
s = socket.create_server((sys.argv[2], 7000), backlog=16,
	family=socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET)
print("ready", flush=True)
def serve(c):
	try:
		c.sendall(b"x" * int(sys.argv[1]))
		c.shutdown(socket.SHUT_WR)
		while c.recv(1000):
			pass
	except OSError:
		pass
	c.close()
while True:
	threading.Thread(target=serve, args=(s.accept()[0],)).start()' $BYTES "$SERVER_IP"
	says $WORK/server.out ready 10
}

# counter NAME: of the server's kernel
counter() {
	in_ns srv nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'
}

# lie NAME COUNTER: the transfer under this preset, and how far the counter went
lie() {
	local before after
	before=$(counter "$2")
	run 30 "$TCPCRAFT" connect "$SERVER_IP" 7000 -q -g "$3" --mutate "$1" --timeout 60
	after=$(counter "$2")
	same "$1: all bytes come in the end" "$(wc -c <"$OUT")" $BYTES
	COUNTED=$((after - before))
}

server
observe wire srv s0 "host $CLIENT_IP"
lie sack-of-nothing TcpExtTCPSACKDiscard 21001
check "sack-of-nothing: Linux throws the blocks away ($COUNTED)" [ "$COUNTED" -gt 0 ]
lie reneging TcpExtTCPSACKReneging 21002
check "reneging: Linux notices it ($COUNTED)" [ "$COUNTED" -gt 0 ]
lie dupack-spoofing TcpExtTCPFastRetrans 21003
same "dupack-spoofing: Linux sends nothing again for that" "$COUNTED" 0
sent=$(counter TcpExtTCPOrigDataSent) again=$(counter TcpRetransSegs)
lie divided-acks TcpExtTCPDelivered 21004
observed wire
sent=$(($(counter TcpExtTCPOrigDataSent) - sent)) again=$(($(counter TcpRetransSegs) - again))
# (Where the machine was late it sends something again, which arrives, too.)
check "divided-acks: Linux counts each segment as delivered once (nstat: $COUNTED of $sent, $again again)" \
	test $((COUNTED >= sent && COUNTED <= sent + again)) = 1

check "divided-acks: there are more ACKs, each another number, than segments of data" [ "$(
	packets wire "tcp.srcport == 21004 && tcp.len == 0 && tcp.flags.fin == 0" tcp.ack |
	sort -u | grep -c '^[0-9]*$')" -gt "$(packets wire "tcp.dstport == 21004 && tcp.len > 0" \
	tcp.seq | sort -u | wc -l)" ]
check "sack-of-nothing: tshark sees blocks beyond all that was sent" [ "$(
	packets wire "tcp.srcport == 21001 && tcp.options.sack.count" frame.number | grep -c '^[0-9]*$')" -gt 0 ]
check "dupack-spoofing: tshark sees each ACK four times" [ "$(packets wire \
	"tcp.srcport == 21003 && tcp.len == 0 && tcp.flags == 0x10" tcp.ack | sort | uniq -c |
	sort -rn | awk 'NR == 1 { print $1 }')" -ge 4 ]

# The others never end, or not soon: they go on until the server's kernel says what it makes of
# them.

# socket PORT ERE: ss says that of the server's end
socket() {
	in_ns srv ss -tinoH "dport = :$1" | tr '\n' ' ' | grep -qE "$2"
}

# counts NAME SINCE: further than that
counts() {
	[ "$(counter "$1")" -gt "$2" ]
}

# endless NAME PORT WHAT COMMAND...: in the end the command says so of the server's kernel
endless() {
	local name="$1" port="$2" what="$3"
	shift 3
	start "$name" here "$TCPCRAFT" connect "$SERVER_IP" 7000 -q -g "$port" --mutate "$name" \
		--timeout 60
	check "$name: $what" wait_for 20 "$@"
	stop "$PID"
}

observe others srv s0 "host $CLIENT_IP"
endless optimistic-acks 21011 "Linux counts a challenge (nstat)" \
	counts TcpExtTCPChallengeACK "$(counter TcpExtTCPChallengeACK)"
endless silly-windows 21013 "Linux waits for the window, and asks by a timer (ss)" \
	socket 21013 'timer:\(persist.*rwnd_limited:'
endless never-acks 21014 "Linux waits longer each time before it sends again (ss)" \
	socket 21014 'timer:\(on.*backoff:[2-9]'
# Its last word may be one that opens the window: then it is not asked for, and that once more.
shuts() {
	lie shrinking-window TcpExtTCPWinProbe 21012
	[ "$COUNTED" -gt 0 ]
}
check "shrinking-window: Linux asks whether it opens again (nstat)" wait_for 20 shuts
observed others

# from PORT FIELD...: of the client's bare ACKs, but for the first, which opens the connection
from() {
	_port=$1
	shift
	packets others "tcp.srcport == $_port && tcp.len == 0 && tcp.flags == 0x10" "$@" | tail -n +2
}

# acknowledged numbers count from the server's SYN,ACK
isn=$(packets others "tcp.dstport == 21011 && tcp.flags.syn == 1" tcp.seq | head -n 1)
check "optimistic-acks: tshark sees more acknowledged than was sent by then" [ "$(
	packets others "tcp.port == 21011 && tcp.flags.reset == 0" tcp.srcport tcp.seq tcp.len tcp.ack |
	awk -v isn="$isn" 'function far(n) { n -= isn; return n < 0 ? n + 4294967296 : n }
		$1 == 7000 && far($2) + $3 > sent { sent = far($2) + $3 }
		$1 == 21011 && far($4) < 2147483648 && far($4) > sent + 1 { n++ }
		END { print n + 0 }')" -gt 0 ]
check "shrinking-window: a window that was open is shut behind what it offered" [ "$(
	from 21012 tcp.ack tcp.window_size_value |
	awk '$2 > 0 { open = 1 } $2 == 0 && open { n++ } END { print n + 0 }')" -gt 0 ]
same "silly-windows: no ACK offers more" "$(from 21013 tcp.window_size_value | sort -u | xargs)" 1
check "silly-windows: Linux waits for its timer instead of sending what fits each time" [ "$(
	packets others "tcp.dstport == 21013 && tcp.len > 0 && tcp.len <= 8" frame.number |
	grep -c '^[0-9]*$')" -lt 20 ]
same "never-acks: there is none" "$(from 21014 frame.number | wc -l)" 0
check "never-acks: Linux sends again" [ "$(packets others \
	"tcp.dstport == 21014 && tcp.analysis.retransmission" frame.number |
	grep -c '^[0-9]*$')" -gt 0 ]

for name in optimistic-acks divided-acks dupack-spoofing sack-of-nothing reneging \
	shrinking-window silly-windows never-acks; do
	"$TCPCRAFT" connect --help-all | grep -q "^      $name  *[a-zA-Z]" ||
		not_ok "--help-all tells of $name"
	[ -e "$TC_ROOT/scripts/experiments/lie-$name.pkt" ] || not_ok "$name has an experiment"
done
refuses 2 "none of syn, ack, acks" connect "$SERVER_IP" 7000 --mutate optimistic
refuses 2 "divide K, in 2 to 100 ACKs" connect "$SERVER_IP" 7000 --mutate 'acks: divide 1'
nothing_left
