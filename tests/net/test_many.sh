#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Many connections at once, from several addresses, to a kernel listener that never
# accepts (its kernel completes the handshakes); and our own listener serving many kernel
# clients. The server's kernel says how many connections it holds. 5,000 and 1,000 here,
# 100,000 with TC_LONG.
export FLOODS=yes
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need ss dumpcap tshark iptables nft

MANY=5000
[ -z "${TC_LONG-}" ] || MANY=100000

# held WANT: the server's kernel has that many established connections.
held() {
	in_ns srv ss -Htn state established | wc -l >$WORK/held
	[ "$(cat $WORK/held)" -ge "$1" ]
}

guarded() {
	tables here -S | grep -q "$1"
}

number() {
	sed -n "/^{\"type\":\"result\"/s/.*\"$1\":\([0-9]*\).*/\1/p" "$OUT"
}

net_pair
PREFIX=${CLIENT_IP%1} LENGTH=24 RESETS='tcp[tcpflags] & tcp-rst != 0'
if [ "$FAMILY" = 6 ]; then
	LENGTH=64 RESETS='ip6[6] == 6 && ip6[53] & 4 != 0'
fi
for n in 11 12 13 14 15 16 17; do
	ip addr add "$PREFIX$n/$LENGTH" dev c0
done
in_ns srv sh -c '
	echo 200000 >/proc/sys/net/core/somaxconn
	echo 200000 >/proc/sys/net/ipv4/tcp_max_syn_backlog
	echo 0 >/proc/sys/net/ipv4/tcp_syncookies' 2>/dev/null
start listener srv /usr/bin/python3 -c '
import signal, socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.bind((sys.argv[1], 7000))
s.listen(200000)
print("listening", flush=True)
signal.pause()' "$SERVER_IP"
check "a listener that never accepts" says $WORK/listener.out '^listening' 10
observe wire srv s0 "$RESETS"

start many here sh -c "exec \"\$0\" \"\$@\" >$OUT" "$TCPCRAFT" prot "$SERVER_IP" 7000 x \
	--count $MANY --parallel $MANY --source "$CLIENT_IP,${PREFIX}11-${PREFIX}17" \
	--rate 50000 --hold $((MANY / 10000 + 3)) --timeout $((MANY / 5000 + 2)) \
	--json
RUN=$PID
check "$MANY connections are open at once" wait_for 60 held $MANY
memory=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$RUN/status")
echo "# $memory kB for $MANY connections"
# (2 MB are there without any connection; a sanitizer's memory is its own)
[ -n "${TC_SAN-}" ] ||
	check "one open connection takes 1 KB at most" [ $((memory - 2048)) -le $MANY ]
same "one rule holds for addresses that follow one another" \
	"$(guards)" 2
# All waits end while it stands still, and are ended at once then: more resets than are remembered.
[ -z "${TC_LONG-}" ] || {
	kill -STOP "$RUN"
	sleep $((MANY / 10000 + 8))
	kill -CONT "$RUN"
}
wait_for 120 gone "$RUN"
same "each was held, asked, acknowledged and closed" \
	"$(number connections) $(grep -c '"verdict":"silent".*"bytes_acked":12,' "$OUT")" \
	"$MANY $MANY"
same "nothing leaked, nothing lost" "$(number resets_leaked) $(number capture_dropped)" "0 0"
observed wire
none "the only resets are ours, at the end of each wait" "$(packets wire \
	"ip.src == $SERVER_IP" tcp.seq)"

# ---- the other way round: our listener, the kernel's clients ----------------------

start server here "$TCPCRAFT" listen "$CLIENT_IP" 46002 --prot --keep -q
SERVER=$PID
check "listen --prot is up" wait_for 10 guarded 46002
# All of them: a FIN that came twice finds our end CLOSED, which has to reset it.
observe clients srv s0 tcp port 46002
run 60 nsenter --net=/run/netns/srv /usr/bin/python3 -c '
import socket, sys
frame = b"PROT\1\0\0\0\1aa\0"
clients = [socket.create_connection((sys.argv[1], 46002), 20) for _ in range(1000)]
for c in clients:
    c.sendall(frame)
good = sum(c.recv(3, socket.MSG_WAITALL) == b"ACK" for c in clients)
for c in clients:
    c.shutdown(socket.SHUT_WR)
ends = sum(c.recv(1) == b"" for c in clients)
print(good, ends)' "$CLIENT_IP"
same "listen --prot: 1000 clients open at once, each gets its ACK and our FIN" \
	"$(cat "$OUT")" "1000 1000"
observed clients
SERVER_IP=$CLIENT_IP no_reset "and no reset from anybody" clients
stop "$SERVER" INT

# ---- an echo of what is never read ------------------------------------------------

# Its own buffers are small: what it can send beyond them, our listener holds.
start echo here "$TCPCRAFT" listen "$CLIENT_IP" 46003 --keep --echo -q
SERVER=$PID
check "listen --echo is up" wait_for 10 guarded 46003
run 60 nsenter --net=/run/netns/srv /usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
for name in socket.SO_SNDBUF, socket.SO_RCVBUF:
    s.setsockopt(socket.SOL_SOCKET, name, 8192)
s.connect((sys.argv[1], 46003))
data, sent, back = bytes(i * i >> 8 & 255 for i in range(1 << 22)), 0, b""
s.settimeout(2)
try:
    while sent < len(data):
        sent += s.send(data[sent:sent + 65536])
except TimeoutError:
    pass
held = sent < 1 << 20
s.settimeout(20)
while len(back) < sent:
    back += s.recv(65536)
print(held, back == data[:sent])' "$CLIENT_IP"
same "listen --echo: who does not read finds the window shut, and then reads all of it" \
	"$(cat "$OUT")" "True True"
stop "$SERVER" INT
nothing_left 5
