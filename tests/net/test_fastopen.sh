#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Fast Open (RFC 7413) between our TCP and Linux, in both roles: a cookie asked for, kept,
# brought by hand, refused; SYNs that are lost. The kernel's counters say what it took, tshark
# what was on the wire.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need tshark python3 nstat nft
net_pair
for host in here srv; do
	# 3: both roles; 0x400: also servers that do not ask for it
	in_ns $host sh -c 'echo 0x403 >/proc/sys/net/ipv4/tcp_fastopen'
done

# The kernel's ends: an echo; and a client that says each of its words with MSG_FASTOPEN.
cat >$WORK/kernel.py <<'END'
import socket, sys
FAMILY = socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET
if sys.argv[1] == "serve":
	s = socket.socket(FAMILY)
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.bind(("", 7000))
	s.listen(16)
	print("ready", flush=True)
	while True:
		c = s.accept()[0]
		while True:
			b = c.recv(100000)
			if not b:
				break
			c.sendall(b)
		c.close()
for word in sys.argv[3:]:
	c = socket.socket(FAMILY)
	c.sendto(word.encode(), socket.MSG_FASTOPEN, (sys.argv[2], 7002))
	c.settimeout(10)
	print(c.recv(100).decode(), flush=True)
	c.close()
END
start server srv python3 $WORK/kernel.py serve "$CLIENT_IP"
says $WORK/server.out ready 10
protd_start srv "$SERVER_IP"

# counted COUNTER: what srv's kernel has counted since the last time
counted() {
	in_ns srv env NSTAT_HISTORY=$WORK/nstat nstat -sz "$1" | awk -v n="$1" '$1 == n { print $2 - 0 }'
}
more() {
	local was="$2" now
	now=$(counted "$1")
	echo $((now - was))
}

observe wire here c0 "host $CLIENT_IP"
observe first here c0 "port 22011"
was=$(counted TcpExtTCPFastOpenPassive)
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" --data-string hello --count 3 -g 22001 --fastopen --json
same "three requests are answered" "$RC $(grep -c '"type":"connection".*"verdict":"reply"' "$OUT")" "0 3"
same "the kernel took the data of two SYNs (nstat)" "$(more TcpExtTCPFastOpenPassive "$was")" 2

# say NAME PORT OURS COOKIE...: one word to the echo
say() {
	local port="$1" ours="$2"
	shift 2
	run 20 "$TCPCRAFT" connect "$SERVER_IP" "$port" -g "$ours" --timeout 10 --data-string hello "$@"
}
say 7000 22011 --fastopen
same "who has no cookie sends its data as ever" "$RC $(cat "$OUT")" "0 hello"
observed first
cookie=$(packets first "tcp.dstport == 22011 && tcp.flags.syn == 1" tcp.options.tfo.cookie)
check "a cookie of eight bytes is on the wire" [ ${#cookie} = 16 ]
was=$(counted TcpExtTCPFastOpenPassive)
say 7000 22012 --tcp "fastopen=$cookie"
same "a cookie by hand: the SYN's data is answered" "$RC $(cat "$OUT")" "0 hello"
matches "and told to be taken" "$ERR" 'Fast Open: the data in the SYN is taken'
same "the kernel took it (nstat)" "$(more TcpExtTCPFastOpenPassive "$was")" 1
was=$(counted TcpExtTCPFastOpenPassiveFail)
say 7000 22013 --tcp fastopen=0123456789abcdef
same "a wrong cookie: the data again" "$RC $(cat "$OUT")" "0 hello"
matches "and another cookie" "$ERR" 'our cookie was not right, here is another'
same "the kernel refused it (nstat)" "$(more TcpExtTCPFastOpenPassiveFail "$was")" 1
in_ns srv sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_fastopen'
say 7000 22014 --tcp "fastopen=$cookie"
same "a server that knows nothing of it: the data again" "$RC $(cat "$OUT")" "0 hello"
matches "and no more of it" "$ERR" 'the data in the SYN is not taken'
in_ns srv sh -c 'echo 0x403 >/proc/sys/net/ipv4/tcp_fastopen'
in_ns srv nft -f - <<-'END'
	table inet narrow {
		chain in {
			type filter hook input priority 0;
			tcp dport 7000 tcp flags & syn == syn tcp doff > 10 drop
		}
	}
END
say 7000 22015 --tcp "fastopen=$cookie"
same "a path that drops such SYNs: the next is without" "$RC $(cat "$OUT")" "0 hello"
matches "and told" "$ERR" 'no answer: the SYN again, as it always was'
in_ns srv nft flush ruleset

# ---- our TCP listens -----------------------------------------------------------------------

start listen here "$TCPCRAFT" listen --keep --echo --fastopen "$CLIENT_IP" 7002
says $WORK/listen.err '^listening' 10
listener=$PID
was=$(counted TcpExtTCPFastOpenActive)
same "a kernel's three calls are answered" \
	"$(in_ns srv python3 $WORK/kernel.py call "$CLIENT_IP" one two three 2>&1 | tr '\n' ' ')" \
	"one two three "
same "of two of them the SYN's data was acknowledged (nstat)" \
	"$(more TcpExtTCPFastOpenActive "$was")" 2
stop "$listener"
start again here "$TCPCRAFT" listen --keep --echo --fastopen "$CLIENT_IP" 7002
says $WORK/again.err '^listening' 10
listener=$PID
was=$(counted TcpExtTCPFastOpenActiveFail)
same "a cookie of an earlier run is refused, and the call answered" \
	"$(in_ns srv python3 $WORK/kernel.py call "$CLIENT_IP" old new 2>&1 | tr '\n' ' ')" "old new "
stop "$listener"
same "by the kernel's word too (nstat)" "$(more TcpExtTCPFastOpenActiveFail "$was")" 1
observed wire

# ---- the wire ------------------------------------------------------------------------------

# syns PORT: of each SYN and SYN,ACK: bytes, numbers that it acknowledges
syns() {
	packets wire "tcp.port == $1 && tcp.flags.syn == 1" tcp.len tcp.seq tcp.ack |
		awk '!isn { isn = $2 } { printf "%d %d,", $1, $3 ? $3 - isn : 0 }'
}
same "22001: the first SYN of a run asks, with no data" "$(syns 22001)" "0 0,0 1,"
same "22003: a later one brings 16 bytes, all acknowledged" "$(syns 22003)" "16 0,0 17,"
same "22012: five bytes in the SYN, six numbers acknowledged" "$(syns 22012)" "5 0,0 6,"
same "22013: five bytes, and the SYN alone acknowledged" "$(syns 22013)" "5 0,0 1,"
same "22013: the data is in the next segment, which is the handshake's ACK" "$(packets wire \
	"tcp.srcport == 22013 && tcp.flags.syn == 0" tcp.len | sed -n 1p)" 5
same "22015: with data once, then without" "$(syns 22015)" "5 0,0 0,0 1,"
none "22015: and without the option" "$(packets wire \
	"tcp.srcport == 22015 && tcp.len == 0 && tcp.options.tfo" frame.number)"
same "the listener gives one cookie to an address in a run" "$(packets wire \
	"tcp.srcport == 7002 && tcp.options.tfo" tcp.options.tfo.cookie | sort -u | wc -l)" 2
check_wire wire "ip.src == $CLIENT_IP && tcp.port != 22013 && tcp.port != 22014"

refuses 2 "'xyz' is not on|off|COOKIE" connect "$SERVER_IP" 7000 --tcp fastopen=xyz
refuses 2 'a cookie has from 4 to 16' connect "$SERVER_IP" 7000 --tcp fastopen=01
refuses 2 'leave one out' connect "$SERVER_IP" 7000 --fastopen --md5 key
refuses 2 'no place for fastopen' connect "$SERVER_IP" 7000 --fastopen --like windows
refuses 2 'a listener makes its own' listen 7003 --tcp "fastopen=$cookie"
nothing_left
