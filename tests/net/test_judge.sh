#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Captures that a script judges: what a class handed in, made here by Scapy from a good one, so
# that what is wrong with each is known; and what was recorded while the same script ran.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need tshark
/usr/bin/python3 -c 'import scapy' 2>/dev/null || skip_all "no scapy (as root: scripts/setup test)"
cd $WORK || exit 1
GOOD="$TC_ROOT/pcaps/demo-2-ack.pcap"

cat >exercise.pkt <<'END'
0 < S 0:0(0) win 65535
+0 > S. 0:0(0) ack 1 <mss 65495,...>
+0 < . 1:1(0) ack 1
+0 < P. 1:33(32) ack 1
+0 > . 1:1(0) ack 33 <...>
* > P. 1:4(3) ack 33 <...> "ACK"
+0 < F. 33:33(0) ack 4
+0 > F. 4:4(0) ack 34 <...>
+0 < . 34:34(0) ack 5
END

# Sixty: of each six one without the FIN, one whose last ACK is one less, one with the port of
# another connection before it, the rest as they should be. Numbers, ports and times are each
# one's own, and the link type is now one, now another.
mkdir in
/usr/bin/python3 - "$GOOD" <<'END' >made 2>scapy.err
import random, sys
from scapy.all import rdpcap, wrpcap, IP, TCP, Ether, conf
conf.verb = 0
read = rdpcap(sys.argv[1])
good, times = [p[IP] for p in read], [float(p.time - read[0].time) for p in read]
client = good[0][TCP].sport
def one(kind, seed):
    rnd = random.Random(seed)
    port, shift = rnd.randrange(20000, 60000), [rnd.getrandbits(32), rnd.getrandbits(32)]
    begin, out = 1.7e9 + seed, []
    for at, p in enumerate(good):
        if kind == 'no-fin' and at >= 6: break
        q = p.copy()
        t, ours = q[TCP], q[TCP].sport == client
        t.seq = (t.seq + shift[not ours]) % 2**32
        if 'A' in str(t.flags): t.ack = (t.ack + shift[ours]) % 2**32
        if kind == 'off-by-one' and at == len(good) - 1: t.ack -= 1
        if ours: t.sport = port
        else: t.dport = port
        del q.chksum, t.chksum
        q = (Ether(src='02:00:00:00:00:01', dst='02:00:00:00:00:02') / q) if seed % 2 else q
        q.time = begin + times[at]
        out.append(q)
    if kind == 'stray':
        s = out[0].copy(); s[TCP].sport = 1111; del s[TCP].chksum; s.time = begin - 1
        out.insert(0, s)
    return out
for n in range(60):
    kind = {0: 'no-fin', 1: 'off-by-one', 2: 'stray'}.get(n % 6, 'good')
    wrpcap('in/%02d-%s.pcap' % (n, kind), one(kind, n))
    print(kind)
END
same "sixty were made" "$(wc -l <made)" 60

run 60 "$TCPCRAFT" run exercise.pkt in/*.pcap --junit marks.xml
same "not all passed: exit 4" "$RC" 4
same "a line for each, in order" "$(sed -n 's/^\(pass\|fail\) .*in\/\([0-9]*\)-.*/\2/p' "$OUT" |
	sort -c && grep -cE '^(pass|fail) ' "$OUT")" 60
same "those that are right pass, and the others do not" \
	"$(sed -n 's/^\(pass\|fail\) *in\/[0-9]*-\([a-z-]*\)\.pcap.*/\1 \2/p' "$OUT" | sort | uniq -c |
		awk '{ printf "%s %s %s;", $1, $2, $3 }')" \
	"10 fail no-fin;10 fail off-by-one;30 pass good;10 pass stray;"
same "the sum" "$(tail -n 1 "$OUT" | cut -d';' -f1)" "60 captures: 40 pass, 20 fail"
matches "what is wrong is told: a FIN that is not there" "$OUT" \
	'exercise.pkt:7:1: the capture has no more segments of this side'
matches "a number that is off by one" "$OUT" 'exercise.pkt:9:1: tcp.ack is 4, expected 5'
matches "which of two connections it was" "$OUT" 'pass +in/02-stray.pcap  connection 2 of 2'
same "as tshark counts them" \
	"$(tshark -n -r in/02-stray.pcap -T fields -e tcp.stream 2>/dev/null | sort -u | wc -l)" 2
same "JUnit says the same" "$(grep -o 'tests="60" failures="20" errors="0"' marks.xml)" \
	'tests="60" failures="20" errors="0"'
run 60 "$TCPCRAFT" run exercise.pkt in/*.pcap --html marks.html
matches "the page says on top how many, not which command of sixty files" marks.html \
	'<h1>[^<]{1,90} …</h1>'
fits "the page of marks" marks.html
echo 'eval document.querySelector("h2").textContent + document.querySelectorAll(".case.pass, a.pass").length
eval document.getElementById("case-1").textContent.includes("seen < . 34:34(0) ack 4")' |
	"$TC_ROOT/tests/browser.py" marks.html >said 2>browser.err
[ $? = 77 ] || same "a square and a row for each, and whose segment was seen" \
	"$(tr '\n' ' ' <said)" '"Captures80" true '
run 60 "$TCPCRAFT" run exercise.pkt in/*.pcap --tap
same "and TAP" "$(grep -c '^ok ' "$OUT") $(grep -c '^not ok ' "$OUT")" "40 20"
run 60 "$TCPCRAFT" run exercise.pkt in/0[0-2]-*.pcap --json
same "and JSON" "$(grep '"type":"suite"' "$OUT" | grep -o '"cases":3,"pass":1,"fail":2')" \
	'"cases":3,"pass":1,"fail":2'

run 10 "$TCPCRAFT" run exercise.pkt in/01-off-by-one.pcap
same "one capture: exit 4" "$RC" 4
matches "its ladder has the lines of the script" "$OUT" '--> F\. +seq 33 ack 4 .* 7\| \+0 < F\.'
matches "and what was seen instead" "$OUT" 'seen +< \. 34:34\(0\) ack 4'
run 10 "$TCPCRAFT" run exercise.pkt in/05-good.pcap --json
same "one that is right: exit 0" "$RC" 0
same "all of it is told" "$(grep -c '"type":"segment"' "$OUT")" \
	"$(tshark -n -r in/05-good.pcap 2>/dev/null | wc -l)"

# ---- what the same script brought about ------------------------------------------------------

# carry_out NAME: asked again where the run says that this machine was late (and only then).
carry_out() {
	local left=5
	until
		run 20 "$TCPCRAFT" run --local "$TC_ROOT/scripts/experiments/$1.pkt" -w "$1.pcap"
		[ $left = 0 ] || [ "$RC" != 1 ] || ! grep -q 'this machine was .* ms late' "$OUT" "$ERR"
	do
		left=$((left - 1))
		rm -f "$1.pcap"
	done
}

for name in handshake-passive close-active data-overlap reset-in-window timestamps-old; do
	carry_out $name
	same "$name, carried out" "$RC" 0
	[ "$RC" = 0 ] || sed 's/^/# /' "$OUT" "$ERR"
	run 10 "$TCPCRAFT" run "$TC_ROOT/scripts/experiments/$name.pkt" $name.pcap
	same "and judged: the same" "$RC" 0
done
sed 's/^\(.*\)> S\. 0:0(0) ack 1/\1> S. 0:0(0) ack 2/' \
	"$TC_ROOT/scripts/experiments/handshake-passive.pkt" >wrong.pkt
run 10 "$TCPCRAFT" run wrong.pkt handshake-passive.pcap
same "another script does not find it right" "$RC" 4

# ---- words ------------------------------------------------------------------------------------

run 10 "$TCPCRAFT" run in/05-good.pcap
same "a capture without a script: exit 2, a line" "$RC $(wc -l <"$ERR")" "2 1"
run 10 "$TCPCRAFT" run exercise.pkt in/05-good.pcap --local
same "judged and carried out at once: exit 2, a line" "$RC $(wc -l <"$ERR")" "2 1"
run 10 "$TCPCRAFT" run exercise.pkt in
same "a folder of captures: exit 2, and how they are named" "$RC $(cat "$ERR")" \
	"2 tcpcraft: run: in is a folder, and no HOST: in/*.pcap is the captures in it"
head -c 300 in/05-good.pcap >cut.pcap
run 10 "$TCPCRAFT" run exercise.pkt cut.pcap
same "a damaged capture: exit 2, a line" "$RC $(wc -l <"$ERR")" "2 1"
matches "that says where" "$ERR" 'cut.pcap: frame [0-9]+: '
# What was handed in first is empty, and one is a letter; the others are marked all the same.
mkdir odd
: >odd/00.pcap
echo 'I was ill' >odd/02.txt
cp in/05-good.pcap odd/01.pcap
cp in/01-off-by-one.pcap odd/03.pcap
run 10 "$TCPCRAFT" run exercise.pkt odd/*
same "what is no capture has a row among those that are" \
	"$RC $(sed -n 's/^\([a-z][a-z-]*\) *odd.\(0[0-3]\).*/\2 \1/p' "$OUT" | xargs)" \
	"4 00 not-run 01 pass 02 not-run 03 fail"
matches "that says why" "$OUT" 'odd/00.pcap is not a capture: it is empty'
run 10 "$TCPCRAFT" run exercise.pkt odd/00.pcap
same "alone: exit 2, a line" "$RC $(cat "$ERR")" \
	"2 tcpcraft: odd/00.pcap is not a capture: it is empty"
echo '0 < S 0:0(' >none.pkt
run 10 "$TCPCRAFT" run none.pkt in/*.pcap
same "a script that cannot be read is told once" "$RC $(wc -l <"$ERR")" "2 1"
nothing_left 5
