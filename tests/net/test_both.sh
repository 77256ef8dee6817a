#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Two captures of one connection, made by Scapy so that what the path between them did is known
# to the microsecond: what it dropped, doubled, delayed, changed and cut, what it answered itself,
# what the clocks differ by.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need tshark
/usr/bin/python3 -c 'import scapy' 2>/dev/null || skip_all "no scapy (as root: scripts/setup test)"
cd $WORK || exit 1

# pair.py NAME OFFSET DRIFT nat|plain ROUNDS [WAY]: NAME-client.pcap and NAME-server.pcap. Both
# ways take 10 ms, or WAY seconds, 2 hops there and 3 back.
cat >pair.py <<'END'
import sys
from scapy.all import wrpcap, IP, TCP, conf
conf.verb = 0
name, offset, drift, nat, rounds = (sys.argv[1], float(sys.argv[2]), float(sys.argv[3]),
                                    sys.argv[4] == 'nat', int(sys.argv[5]))
C, S, N = ('10.0.0.1', 40000), ('10.1.0.1', 80), ('192.0.2.7', 61001)
WAY, shift = float((sys.argv[6:] or [0.010])[0]), 1000 if nat else 0
begin, client, server, ident = 1.7e9, [], [], [0]

def packet(src, dst, flags, seq, ack, data, options):
    ident[0] += 1
    return (IP(src=src[0], dst=dst[0], ttl=64, id=ident[0]) /
            TCP(sport=src[1], dport=dst[1], flags=flags, seq=seq, ack=ack, window=64240,
                options=options) / data)
def note(list, t, p):
    p = p.copy(); p.time = begin + t; del p[IP].chksum, p[TCP].chksum; list.append(p)
def at_client(t, p): note(client, t, p)
def at_server(t, p): note(server, t + offset + drift * t, p)
def up(t, flags, seq, ack, data=b'', way=WAY, lost=False, again=False, options=[], cut=0):
    p = packet(C, S, flags, seq, ack, data, options)
    at_client(t, p)
    q = p.copy(); q.ttl -= 2
    if nat: q[IP].src, q[TCP].sport = N
    q[TCP].seq = (p[TCP].seq + shift) % 2**32
    if cut:
        for at in range(0, len(data), cut):
            r = q.copy(); r[TCP].remove_payload(); del r[IP].len
            r = r / data[at:at + cut]; r[TCP].seq = q[TCP].seq + at
            at_server(t + way + at * 1e-7, r)
    elif not lost: at_server(t + way, q)
    if again: at_server(t + way + 0.001, q)
def down(t, flags, seq, ack, data=b'', way=WAY, lost=False, options=[], tos=0):
    p = packet(S, N if nat else C, flags, seq, (ack + shift) % 2**32, data, options)
    at_server(t, p)
    q = p.copy(); q.ttl -= 3; q.tos = tos
    if nat: q[IP].dst, q[TCP].dport = C
    q[TCP].ack = ack
    if not lost: at_client(t + way, q)

p = packet(C, S, 'S', 100, 0, b'', [('MSS', 1460)])
at_client(0, p)
q = p.copy(); q.ttl -= 2; q[TCP].seq += shift; q[TCP].options = [('MSS', 1400)]
if nat: q[IP].src, q[TCP].sport = N
at_server(WAY, q)
down(0.0105, 'SA', 500, 101, options=[('MSS', 1460)])
up(0.021, 'A', 101, 501)
up(0.022, 'PA', 101, 501, b'hello', lost=True)
up(0.322, 'PA', 101, 501, b'hello', again=True)
down(0.333, 'A', 501, 106)
down(0.334, 'PA', 501, 106, b'world', way=WAY + 0.05)
up(0.395, 'A', 106, 506)
up(0.4, 'PA', 106, 506, b'z' * 3000, cut=1000)
down(0.42, 'A', 506, 3106, tos=3)
for n in range(rounds):
    up(1 + n, 'PA', 3106 + n, 506 + n, b'x')
    down(1.02 + n, 'PA', 506 + n, 3107 + n, b'y')
end = 2 + rounds
down(end, 'FA', 506 + rounds, 3106 + rounds, lost=True)
at_client(end + 0.1, packet(S, C, 'RA', 506 + rounds, 3106 + rounds, b'', []))
for which, list in (('client', client), ('server', server)):
    list.sort(key=lambda p: p.time)
    wrpcap('%s-%s.pcap' % (name, which), list)
END
make_pair() {
	/usr/bin/python3 pair.py "$@" 2>scapy.err || { cat scapy.err; exit 1; }
}

make_pair nat 3.25 0 nat 0
run 20 "$TCPCRAFT" show --both nat-client.pcap nat-server.pcap
same "both ends of a connection through a NAT: exit 0" "$RC" 0
matches "the ends, as the client has them" "$OUT" '^connection 1: 10\.0\.0\.1:40000 --> 10\.1\.0\.1:80$'
matches "and the server" "$OUT" '^at the server 1: 192\.0\.2\.7:61001 --> 10\.1\.0\.1:80$'
matches "the numbers that the path rewrote" "$OUT" '^numbers of the client: ISN 100 -> 1100$'
matches "the clocks, and what cannot be told" "$OUT" \
	"^clocks: the server's is 3\.250000 s ahead, ± 0\.010000 s$"
matches "sent and arrived, by one clock" "$OUT" '^  0\.000000 --->   0\.010000  S +seq 0 '
matches "what was changed" "$OUT" 'changed: tcp.options mss 1460 -> mss 1400'
matches "also on the way back" "$OUT" 'changed: ip.dsfield 0x00 -> 0x03'
matches "the one of two that was lost" "$OUT" '^  0\.022000 +---x +P\. '
matches "the one that came" "$OUT" '^  0\.322000 +--->   0\.332000 +P\. '
matches "and came again" "$OUT" '^ +\(again\) +--->   0\.333000 +P\. '
matches "a late one" "$OUT" 'delayed: 50\.000 ms more than usual'
matches "one that was cut" "$OUT" 'arrived in 3 segments'
matches "a FIN that never came" "$OUT" '^ +x--- +2\.000000 +F\. '
matches "the path's own reset" "$OUT" '^  2\.100000 +<--- +\(path\) +R\. '
matches "the client's, summed up" "$OUT" \
	'^client: 6 sent, 5 arrived, 1 lost, 1 doubled, 1 changed, 1 cut on the way; .* TTL -2$'
matches "the server's" "$OUT" \
	'^server: 5 sent, 4 arrived, 1 lost, 1 changed, 1 delayed, 1 by the path in its name; .* TTL -3$'

run 20 "$TCPCRAFT" show --both nat-client.pcap nat-server.pcap --short
same "in short: the same segments and sums" "$RC $(grep -c ' win ' $OUT) $(grep -c ' sent, ' $OUT)" \
	"0 13 2"
run 20 "$TCPCRAFT" show --both nat-client.pcap nat-server.pcap --json
same "as JSON: a line for each that was sent, twice there or nobody's" \
	"$(grep -c '"type":"passage"' "$OUT")" 13
# tshark's counts: what the server has of the client's is what arrived, again, and in parts.
same "the counts, against tshark's" "$(/usr/bin/python3 -c 'import json, sys
for line in open(sys.argv[1]):
    o = json.loads(line)
    if o["type"] == "both":
        c, s = o["client"], o["server"]
        print(c["arrived"] + c["lost"], c["arrived"] - 1 + 3 + c["doubled"],
              s["arrived"] + s["lost"], s["arrived"] + s["path"])' "$OUT")" \
	"$(tshark -n -r nat-client.pcap -Y 'tcp.srcport == 40000' 2>/dev/null | wc -l) $(
	   tshark -n -r nat-server.pcap -Y 'tcp.dstport == 80' 2>/dev/null | wc -l) $(
	   tshark -n -r nat-server.pcap -Y 'tcp.srcport == 80' 2>/dev/null | wc -l) $(
	   tshark -n -r nat-client.pcap -Y 'tcp.srcport == 80' 2>/dev/null | wc -l)"

# ---- one page of both ends --------------------------------------------------------------

run 20 "$TCPCRAFT" show --both nat-client.pcap nat-server.pcap --html both.html
same "one page of both: exit 0, and the ladder is told too" "$RC $(grep -c 'x---\|---x' $OUT)" "0 2"
for size in "1280 800" "390 844"; do
	# shellcheck disable=SC2086 # two words
	"$TC_ROOT/tests/browser.py" both.html $size <<'END' >said 2>browser.err
eval document.querySelectorAll(".row").length
eval document.querySelectorAll(".cross").length
eval [...document.querySelectorAll(".row")].map((r) => [...r.querySelectorAll(".below")].map((t) => t.textContent).join(" ")).filter((t) => /lost on|once more|by the path|3 segments|50.000 ms|mss 1460 -> mss 1400|dsfield/.test(t)).length
eval [...document.querySelectorAll(".end")].map((n) => n.textContent).join(" ")
eval [...document.querySelectorAll(".row")].filter((r) => /at the server/.test(r.textContent))[0].querySelector(".below.dim:last-of-type").textContent
eval document.getElementById("said").textContent
eval [...document.querySelectorAll(".pane text, .pane .end")].filter((n) => n.getBoundingClientRect().right > innerWidth || n.getBoundingClientRect().left < 0).map((n) => n.textContent).join()
problems
END
	rc=$?
	if [ $rc = 77 ]; then
		skip "both ends in a browser" "no chromium here (scripts/setup test)"
		break
	fi
	same "$size: a row for each that one end has, a cross for each that was lost" \
		"$rc $(sed -n 1,2p said | tr '\n' ' ')" "0 13 2 "
	same "$size: below them what the path did" "$(sed -n 3p said)" 8
	same "$size: the ends as each of them knows itself" "$(sed -n 4p said)" \
		'"client10.0.0.1:40000 server10.1.0.1:80"'
	same "$size: when it arrived" "$(sed -n 5p said)" '"at the server 0.010000 (10 ms)"'
	same "$size: the sum on top" "$(sed -n 6p said)" \
		'"1 connection at both ends: 9 arrived, 2 lost, 1 doubled, 1 path"'
	same "$size: nothing is cut, nothing goes wrong" "$(sed -n 7,8p said | tr '\n' ' ')" '"" [] '
done

make_pair drift -7.5 0.00005 plain 60
run 20 "$TCPCRAFT" show --both drift-client.pcap drift-server.pcap --json
same "a clock that gains 50 us a second, and is 7.5 s behind" "$(/usr/bin/python3 -c 'import json, sys
for line in open(sys.argv[1]):
    o = json.loads(line)
    if o["type"] == "both":
        print(abs(o["drift_ppm"] - 50) < 3, abs(o["offset_us"] + 7500000) < 3000,
              abs(o["client"]["delay_us"] - 10000) < 300)' "$OUT")" "True True True"

# Its whole gain is less than what may be chance, but more than the path needs.
make_pair slow 3600 0.000001 plain 60 0.000005
run 20 "$TCPCRAFT" show --both slow-client.pcap slow-server.pcap --json
same "a clock that gains 1 us a second where nothing would need less than no time" \
	"$(/usr/bin/python3 -c 'import json, sys
for line in open(sys.argv[1]):
    o = json.loads(line)
    if o["type"] == "both":
        print(abs(o.get("drift_ppm", 0) - 1) < 0.2, o["client"]["delay_least_us"] >= 0,
              o["server"]["delay_least_us"] >= 0)' "$OUT")" "True True True"

run 20 "$TCPCRAFT" show --both nat-client.pcap "$TC_ROOT/pcaps/demo-2-ack.pcap"
same "nothing in common: exit 2" "$RC" 2
matches "and a line" "$ERR" 'no connection is in both captures'
run 20 "$TCPCRAFT" show --both nat-client.pcap
same "one capture is not two: exit 2, a line" "$RC $(wc -l <"$ERR")" "2 1"
nothing_left 5
