#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A hand on the sockets of a machine under test: this kernel's, in a host of its own, by datagrams
# that get lost, a connection, a serial line and a program; judged by ss there and by tshark. Then
# machines that hang, die, lie, speak nonsense or lack something. TC_LONG: all cases, also of lwIP.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables jq tshark ss /usr/bin/python3
export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"
TABLE=$TC_ROOT/tests/conformance.txt
cd $WORK || exit 1
net_pair
# Frames are what a wire carries: no segments of several.
in_ns srv ip link set s0 gso_max_segs 1
HERE_DUT="exec:nsenter --net=/run/netns/srv $TCPCRAFT dut --stdio"

# Each request's first copy is lost, each reply comes twice, and resets once more: late, ahead of
# the requests on a socket. Behind it a serial line, too.
cat >ways.py <<'END'
import os, pty, socket, subprocess, sys, tty
if sys.argv[1] == "lossy":
    family = socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET
    near = socket.socket(family, socket.SOCK_DGRAM)
    near.bind((sys.argv[3], 4100))
    far = socket.socket(family, socket.SOCK_DGRAM)
    far.connect((sys.argv[2], 4000))
    print("listening", flush=True)
    seen, resets = set(), []
    while True:
        line, who = near.recvfrom(4096)
        if line in seen:
            if b" reset" in line:
                resets.append(line)
            elif b" open" not in line:
                for late in resets[-2:]:
                    far.send(late)
            far.send(line)
            reply = far.recv(4096)
            near.sendto(reply, who)
            near.sendto(reply, who)
        seen.add(line)
else:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    os.symlink(os.ttyname(theirs), "serial")
    os.write(ours, b"boot: 1 board found\r\n\0\r\n")
    subprocess.run(sys.argv[2:], stdin=ours, stdout=ours)
END
ANY='{sa_family=AF_INET, sin_port=htons(7777), sin_addr=inet_addr("0.0.0.0")}'
[ "$FAMILY" = 4 ] || ANY='{sa_family=AF_INET6, sin6_port=htons(7777), sin6_addr=inet_pton("::")}'
sed "s/ANY/$ANY/" >active.pkt <<'END'
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ANY, ...) = 0
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS
* > S 0:0(0) <...>
+.02 < S. 0:0(0) ack 1 win 65535 <mss 1000>
* > . 1:1(0) ack 1
+.02 status(3) = TCP_ESTABLISHED
+0 write(3, "hello", 5) = 5
* > P. 1:6(5) ack 1 "hello"
+.02 < P. 1:4(3) ack 6 win 65535 "you"
* > . 6:6(0) ack 4
+.02 read(3, "you", 10) = 3
+0 silence T
+0 abort(3) = 0
* > R. 6:6(0) ack 4
END
cat >passive.pkt <<'END'
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+.1 < S 0:0(0) win 65535 <mss 1000>
* > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 65535
+.05 accept(3, ..., ...) = 4
+0...0.1 read(4, "hi", 10) = 2
+.1 < P. 1:3(2) ack 1 win 65535 "hi"
* > . 1:1(0) ack 3
+.02 write(4, ..., 3000) = 3000
* > P. 1:3001(3000) ack 3
+.02 < F. 3:3(0) ack 3001 win 65535
* > . 3001:3001(0) ack 4
+.02 read(4, ..., 10) = 0
+0 close(4) = 0
* > F. 3001:3001(0) ack 4
+0 < . 4:4(0) ack 3002 win 65535
END

# ---- each way --------------------------------------------------------------------------

start udp srv "$TCPCRAFT" dut --udp "$SERVER_HOST:4000"
DUTS=$PID
says udp.err requests 10 || not_ok "tcpcraft dut --udp listens"
UDP=$PID
held() { find "/proc/$UDP/fd" -lname 'socket:*' | wc -l; }
HELD=$(held)
NOBODY="setpriv --reuid=65534 --regid=65534 --clear-groups"
! one_user || NOBODY=
# shellcheck disable=SC2086 # words
start tcp srv $NOBODY "$TCPCRAFT" dut --tcp "$SERVER_HOST:4000"
DUTS="$DUTS $PID"
says tcp.err requests 10 || not_ok "tcpcraft dut --tcp listens, as nobody" "$(cat tcp.err)"
start lossy here /usr/bin/python3 ways.py lossy "$SERVER_IP" "$LOOPBACK"
DUTS="$DUTS $PID"
says lossy.out listening 10 || not_ok "the lossy way is there"
start serial here /usr/bin/python3 ways.py serial nsenter --net=/run/netns/srv "$TCPCRAFT" dut --stdio
DUTS="$DUTS $PID"
wait_for 10 test -e serial || not_ok "the serial line is there" "$(cat serial.err)"

for way in "tcp:$SERVER_HOST:4000" "tty:$WORK/serial,9600" "$HERE_DUT" "udp:$LOOPBACK_HOST:4100"; do
	observe wire here c0 'tcp port 7777 or tcp port 8080'
	run 60 "$TCPCRAFT" run --dut "$way" -D T=0.1 active.pkt passive.pkt "$SERVER_IP"
	none "${way%%:*}: both scripts pass" "$(grep -v '^pass\|^2 scripts: 2 pass' "$OUT" "$ERR")"
	observed wire
	same "${way%%:*}: one SYN of the machine's, one of ours, its reset and its FIN, says tshark" \
		"$(packets wire "ip.src == $SERVER_IP && tcp.flags in {2, 18, 20, 17}" tcp.flags | sort | tr -d '\n')" \
		"0x00020x00110x00120x0014"
done

# Our own TCP in the kernel's place, the same scripts, but that its reset has no ACK (RFC 9293 3.10.5);
# and one that it does not keep to fails.
sed 's/R\. 6:6(0) ack 4/R 6:6(0)/' active.pkt >ours.pkt
run 60 "$TCPCRAFT" run --dut own -D T=0.1 ours.pkt passive.pkt
none "own: both scripts pass" "$(grep -v '^pass\|^2 scripts: 2 pass' "$OUT" "$ERR")"
sed 's/^\* > \. 6:6(0) ack 4/* > . 6:6(0) ack 3/' ours.pkt >wrong.pkt
run 60 "$TCPCRAFT" run --dut own --like linux -D T=0.1 wrong.pkt -w own.pcap
same "own: another number is a failure" "$RC" 4
same "own --like: the SYN's window, says tshark" \
	"$(tshark -r own.pcap -Y 'tcp.flags == 2' -T fields -e tcp.window_size_value)" 64240
cat >keepalive.pkt <<'END'
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0
+0 setsockopt(3, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+.1 < S 0:0(0) win 65535 <mss 1000>
* > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 65535
+.8~+1.4 > . 0:0(0) ack 1
END
run 60 "$TCPCRAFT" run --dut own keepalive.pkt -w alive.pcap
same "own: SO_KEEPALIVE of a listener is its connections'" "$RC" 0
same "... and tshark sees the probe" "$(tshark -r alive.pcap -Y tcp.analysis.keep_alive | wc -l)" 1
cat >receive-buffer.pkt <<'END'
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [5000], 4) = 0
+0 getsockopt(3, SOL_SOCKET, SO_RCVBUF, [5000], [4]) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+.1 < S 0:0(0) win 65535 <mss 1000>
* > S. 0:0(0) ack 1 win 5000 <...>
+0 < . 1:1(0) ack 1 win 65535
+.02 < P. 1:1001(1000) ack 1 win 65535
* > . 1:1(0) ack 1001 win 4000
+0 < P. 1001:7001(6000) ack 1 win 65535
* > . 1:1(0) ack 5001 win 0
END
run 60 "$TCPCRAFT" run --dut own receive-buffer.pkt -w buffer.pcap
same "own: SO_RCVBUF of a listener is its connections'" "$RC" 0
same "... and tshark sees their window shut" \
	"$(tshark -r buffer.pcap -Y tcp.analysis.zero_window | wc -l)" 1
# Over IPv4 and IPv6, whatever this test is about.
cat >nobody.pkt <<'END'
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS
* > S 0:0(0) <...>
+0 < icmp unreachable port_unreachable [0:0(0)]
+.1 getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0
END
for version in 4 6; do
	[ $version = 4 ] || [ -e /proc/net/if_inet6 ] || continue
	run 60 "$TCPCRAFT" run --dut own --ip_version ipv$version nobody.pkt
	same "own: a port unreachable of ICMP refuses, over IPv$version" "$RC" 0
done
refuses 2 'with --dut own' run --local --like linux passive.pkt

start run here "$TCPCRAFT" run --dut "udp:$SERVER_HOST:4000" -D T=2 active.pkt "$SERVER_IP"
is_established() { in_ns srv ss -Htn state established 'sport = 7777' | grep -q "$CLIENT_IP"; }
check "ss: the machine holds the connection meanwhile" wait_for 10 is_established
wait "$PID"
same "… and the script passes" "$?" 0
start stopped here "$TCPCRAFT" run --dut "udp:$SERVER_HOST:4000" -D T=1000 active.pkt "$SERVER_IP"
check "ss: the machine holds the connection of one that is stopped" wait_for 10 is_established
check "… by a socket of its program" test "$(held)" -gt "$HELD"
kill -TERM "$PID"
wait "$PID"
same "… which has none, says /proc, when that has ended" "$(held)" "$HELD"
none "ss: no socket is left there" "$(in_ns srv ss -Htan 'sport = 7777 or sport = 8080')"

# Where an address is one of each link, the machine takes its only link, or the one it was told.
if [ "$FAMILY" = 6 ]; then
	run 60 "$TCPCRAFT" run --dut "$HERE_DUT" -D T=0.1 active.pkt fe80::2%c0
	same "link-local: the machine connects on its only link" "$RC" 0
	in_ns srv ip addr del fe80::2/64 dev s0
	start early srv "$TCPCRAFT" dut --udp "$SERVER_HOST:4001"
	EARLY=$PID
	check "a machine begins before its link has such an address" says $WORK/early.err 'requests' 10
	in_ns srv ip addr add fe80::2/64 dev s0 nodad
	run 60 "$TCPCRAFT" run --dut "udp:$SERVER_HOST:4001" -D T=0.1 active.pkt fe80::2%c0
	same "link-local: … and connects on it when it has" "$RC" 0
	stop "$EARLY"
	in_ns srv ip link add other0 type veth peer name other1
	in_ns srv ip link set other0 up
	in_ns srv ip link set other1 up
	in_ns srv ip addr add fe80::3/64 dev other0 nodad
	run 60 "$TCPCRAFT" run --dut "$HERE_DUT -i s0" -D T=0.1 active.pkt fe80::2%c0
	same "link-local: of two links, on that which it was told" "$RC" 0
	run 60 "$TCPCRAFT" run --dut "$HERE_DUT" -D T=0.1 active.pkt fe80::2%c0
	matches "link-local: which of two links is not guessed" "$ERR" 'no such thing: link-local-without-its-link'
	in_ns srv ip link del other0
	refuses 3 'no such interface: none' dut --stdio -i none
fi

# ---- what is wrong -----------------------------------------------------------------------

# dut MODE VERB: as this kernel's, until it is asked for VERB
cat >odd.py <<'END'
import subprocess, sys, time
mode, verb = sys.argv[1:3]
dut = subprocess.Popen(sys.argv[3:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
for line in sys.stdin.buffer:
    number, asked = line.split()[:2]
    if asked.decode() != verb:
        dut.stdin.write(line)
        dut.stdin.flush()
        said = dut.stdout.readline()
    elif mode == "hangs":
        time.sleep(1000)
    elif mode == "dies":
        sys.exit(0)
    else:
        said = {"garbage": b"\xff\0\x7f" * 9999 + b"\n", "lies": number + b" ok 77\n",
                "lacks": number + b" unsupported\n"}[mode]
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()
END

# odd MODE VERDICT WHY: the case that asks for `send`, and one that does not
odd() {
	run 60 "$TCPCRAFT" conform --dut "exec:exec nsenter --net=/run/netns/srv /usr/bin/python3 $WORK/odd.py $1 send $TCPCRAFT dut --stdio" \
		"$SERVER_IP" 9293-calls/send 9293-syn-sent/syn-ack --json
	same "a machine that $1: the one case is $2, the other passes" \
		"$(jq -r 'select(.type == "case") | "\(.case) \(.verdict)"' "$OUT" | sort | tr '\n' ';')" \
		"9293-calls/send $2;9293-syn-sent/syn-ack pass;"
	matches "a machine that $1: why" "$OUT" "$3"
}

odd hangs inconclusive 'does not answer .[0-9]* send'
odd dies inconclusive 'has ended'
odd garbage inconclusive 'does not answer|no reply'
odd lies inconclusive "says '77'"
odd lacks not-supported 'has no such thing'
none "nothing of them is left" "$(pgrep -f odd.py)"

refuses 1 'has ended' conform --dut 'exec:true' "$SERVER_IP" 9293-calls
# What a command has started ends with it, and it with the script: though it goes on for longer.
SECONDS_LEFT=88$$
is_over() { ! pgrep -f "^sleep $SECONDS_LEFT\$" >/dev/null; }
for hand in "exec ${HERE_DUT#exec:}" "${HERE_DUT#exec:}; sleep $SECONDS_LEFT"; do
	run 60 "$TCPCRAFT" run --dut "exec:sleep $SECONDS_LEFT & $hand" -D T=0.1 active.pkt "$SERVER_IP"
	same "a command that starts another is a machine under test" "$RC" 0
	check "... and nothing of it is left" wait_for 10 is_over
done
# Behind its walls root is nobody: that is no answer of its TCP.
in_ns srv sh -c 'echo 1024 >/proc/sys/net/ipv4/ip_unprivileged_port_start'
printf '5001 reset\n5002 open 4\n5003 bind 0 0.0.0.0 1023\n5004 bind 0 0.0.0.0 1024\n' |
	in_ns srv "$TCPCRAFT" dut --stdio >low.out
same "a port that is root's is not there, and the reply says why" "$(sed 1,2d low.out)" \
	"5003 unsupported port-below-net.ipv4.ip_unprivileged_port_start-(sysctl)
5004 ok"
# It is there once, when it is looked for before the first script.
cat >once.sh <<END
echo >>starts
[ "\$(wc -l <starts)" -gt 1 ] || exec nsenter --net=/run/netns/srv $TCPCRAFT dut --stdio
END
printf '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n' >gone1.pkt
cp gone1.pkt gone2.pkt
run 60 "$TCPCRAFT" run --dut "exec:exec sh $WORK/once.sh" gone1.pkt gone2.pkt "$SERVER_IP"
same "scripts whose machine under test is gone could not be told: exit 1" "$RC" 1
same "... and it is not waited for twice by each" "$(wc -l <starts)" 3
refuses 1 'is not there' conform --dut "udp:$SERVER_HOST:4001" "$SERVER_IP" 9293-calls
refuses 1 'Connection refused' conform --dut "tcp:$SERVER_HOST:4001" "$SERVER_IP" 9293-calls
refuses 2 'one script at a time' conform --dut "udp:$SERVER_HOST:4000" "$SERVER_IP" --jobs 4
refuses 2 'local, own, udp:HOST:PORT' run --dut serial:/dev/ttyS0 passive.pkt "$SERVER_IP"
refuses 2 'HOST is missing' conform --dut "udp:$SERVER_HOST:4000"
refuses 2 'one of --udp PORT' dut
refuses 2 "'nowhere'" dut --udp nowhere
refuses 3 'cannot listen at 198.51.100.9:4000' dut --tcp 198.51.100.9:4000
run 20 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-calls/send 9293-close/active
matches "without a hand: not testable, and how to" "$OUT" "needs a hand on the sockets: --dut WAY"

# ---- the suite ---------------------------------------------------------------------------

SOME='9293-syn-sent/syn-ack-ahead 9293-syn-sent/simultaneous 9293-close/simultaneous
	9293-calls/linger-0 9293-calls/urgent-inline 9293-nagle/mss 2018/sender-one-hole'
[ -z "${TC_LONG-}" ] || SOME=

# Lines "VERDICT CASE" of what is not passed, and what the table has of it; cases of the other family
# apart.
found() {
	jq -r 'select(.type == "case" and .verdict != "pass" and (.why // "" |
		startswith("it is of IPv") | not)) | "\(.verdict) \(.case)"' "$OUT" | sort
}
known() {
	sed -n "s/^$1 \([a-z-]* [^ ]*\).*/\1/p" "$TABLE" |
	if [ -n "$SOME" ]; then grep -E " ($(echo "$SOME" | tr -s ' \t\n' '|'))$"; else cat; fi | sort
}

# suite STACK ARGUMENT...
# shellcheck disable=SC2086 # words
suite() {
	local stack="$1" n
	shift
	run 400 "$TCPCRAFT" conform "$@" $SOME --json
	n=$(jq -r 'select(.type == "case") | .case' "$OUT" | wc -l)
	same "$stack: all that need a hand are asked" "$n" \
		"$(if [ -n "$SOME" ]; then echo "$SOME" | wc -w; else
			grep -rl '^//: needs dut' "$TC_ROOT/scripts/conformance" | wc -l; fi)"
	same "$stack: what it does not keep is what tests/conformance.txt says" "$(found)" "$(known "$stack")"
}

suite linux-dut --dut local
suite linux-dut --dut "udp:$SERVER_HOST:4000" "$SERVER_IP"
for pid in $DUTS; do stop "$pid"; done
LWIP=$TC_BUILD/peers/lwip_dut
if [ "$FAMILY" = 6 ]; then
	: # lwIP is asked over IPv4
elif [ -x "$LWIP" ] && [ -c /dev/net/tun ] && ip tuntap add dev tap0 mode tap 2>why; then
	ip addr add 10.78.0.1/24 dev tap0
	ip link set tap0 up
	[ -n "${TC_LONG-}" ] || SOME='9293-syn-sent/ack 9293-syn-sent/syn 9293-calls/urgent-sent 9293-calls/accept'
	# (lwIP itself gives a semaphore back to nobody.)
	suite lwip-dut --dut "exec:exec $NO_LEAK_CHECK PRECONFIGURED_TAPIF=tap0 $LWIP 10.78.0.2 255.255.255.0" 10.78.0.2
	V6=$TC_BUILD/peers/lwipv6_dut
	# (Of the atlas; the tap is the other's no more.)
	[ ! -x "$V6" ] || suite lwipv6-dut --dut "exec:ulimit -c 0; exec $NO_LEAK_CHECK $V6 tap0 10.78.0.2 24" 10.78.0.2
else
	skip "lwIP" "none here, or no tap (scripts/setup test): $(cat why 2>/dev/null)"
fi
nothing_left 5
