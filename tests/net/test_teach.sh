#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tcpcraft teach: every lesson on real traffic, a list of them, answers, and lessons that
# are wrong or whose wire does otherwise. Over IPv6 (6): each lesson, from the same text; in brief
# those of the guard and the checksum.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need iptables ip tshark
# (A lesson has a network of its own.)
family "$TC_FAMILY"

run 30 "$TCPCRAFT" teach --list
same "teach --list: exit 0" "$RC" 0
same "the lessons in their order, each with a title" \
	"$(grep -E '^[0-9]+-[a-z0-9-]+ +[A-Z]' "$OUT" | sed 's/-.*//' | tr '\n' ' ')" \
	"$(seq -s " " 17) "
LESSONS=$(sed 's/ .*//' "$OUT")
run 30 "$TCPCRAFT" teach
same "without a lesson the list as well" "$RC $(sed 's/ .*//' "$OUT")" "0 $LESSONS"
run 30 "$TCPCRAFT" teach --list --json
same "as JSON" "$(grep -c '^{"type":"lesson","name":".*","title":".*"}$' "$OUT")" 17

# ---- every one of them ----------------------------------------------------------------

[ -z "$BRIEF" ] || LESSONS='2-guard 3-checksum'

# auto LESSON: over the family, to $WORK/LESSON.out, .err, .pcap and .html, whose parts have a number
auto() {
	local file="$TC_ROOT/scripts/lessons/$1.lesson"
	if [ "$FAMILY" = 6 ] && ! grep -q '^--ip_version=ipv6' "$file"; then
		sed '/^--tolerance_usecs/s/^/--ip_version=ipv6\n/' "$file" >"$WORK/$1.lesson"
		file=$WORK/$1.lesson
	fi
	rm -f "$WORK/$1.pcap" "$WORK/$1"-*.pcap "$WORK/$1.html" "$WORK/$1"-*.html
	may_take 60 "$TCPCRAFT" teach --lesson "$file" --auto -w "$WORK/$1.pcap" \
		--html "$WORK/$1.html" </dev/null >"$WORK/$1.out" 2>"$WORK/$1.err"
}

# All at once: each has a network of its own, and most of their time is waiting.
for each in $LESSONS; do
	auto "$each" &
	echo $! >"$WORK/$each.job"
done
for each in $LESSONS; do
	wait "$(cat "$WORK/$each.job")"
	echo $? >"$WORK/$each.rc"
done

# late FILE: that the machine was is what a lesson says then, and no verdict on anybody
late() {
	[ "$RC" = 1 ] && grep -o '^inconclusive: .*this machine was .* ms late' "$1"
}

# again LESSON: alone, where so many beside it made the machine late
again() {
	local left=5
	while [ $left -gt 0 ] && late "$WORK/$1.err"; do
		auto "$1"
		RC=$? left=$((left - 1))
	done
}

for each in $LESSONS; do
	RC=$(cat "$WORK/$each.rc")
	again "$each"
	same "$each: exit 0" "$RC" 0
	[ "$RC" = 0 ] || tail -n 20 "$WORK/$each.out" "$WORK/$each.err"
	check "$each: questions, and the answers to all" /usr/bin/python3 -c '
import re, sys
text = open(sys.argv[1]).read()
asked = len(re.findall(r"^\? ", text, re.M))
told = len(re.findall(r"^It is [1-9]: ", text, re.M))
sys.exit(not (asked and asked == told))' "$WORK/$each.out"
	# of a server, or of the lesson's caller
	check "$each: segments both ways, and the calls of the kernel's side" \
		/usr/bin/python3 -c '
import re, sys
text = open(sys.argv[1]).read()
sys.exit(not all(re.search(p, text) for p in ("--> S", "<-- S", r"\|  (listen|sendto)\(3")))
' "$WORK/$each.out"
	same "$each: a page for each part, which says of what it is" "$(cat "$WORK/$each.html" \
		"$WORK/$each"-*.html 2>/dev/null | sed -n 's/.*id="said">lesson: .*(part \([0-9]*\) .*/\1/p' |
		xargs)" "$(seq -s " " "$(($(grep -c '^---' "$TC_ROOT/scripts/lessons/$each.lesson") + 1))")"
done
# versions NAME: of IP, in the captures of a lesson
versions() {
	for file in "$WORK/$1.pcap" "$WORK/$1"-*.pcap; do
		[ ! -e "$file" ] || tshark -n -r "$file" -Y 'tcp && !icmp && !icmpv6' -T fields -e ip.version \
			-e ipv6.version 2>/dev/null
	done | grep -o '[46]' | sort -u
}
matches "the kernel's reset is seen" $WORK/2-guard.out '~~> R '
matches "a checksum is worked out" $WORK/3-checksum.out 'complement of .*; in the packet: .*: ok'
matches "a wrong one as well" $WORK/3-checksum.out 'complement of .*; in the packet: .*: BAD'
if [ -z "$BRIEF" ]; then
	matches "both ends are shown" $WORK/6-closing.out \
		'state     CLOSE-WAIT          . state     FIN-WAIT-2'
	matches "IPv6: the kernel's end is shown" $WORK/10-ipv6.out \
		'state     ESTABLISHED         . state     SYN-RECEIVED'
	matches "IPv6: the kernel's MSS" $WORK/10-ipv6.out '<-- S\..* <mss 1440>'
	matches "IPv6: the addresses are in the sum" $WORK/10-ipv6.out '^ *2001 .* ipv6\.(src|dst)$'
	matches "IPv6: the sum is right" $WORK/10-ipv6.out 'complement of .*; in the packet: .*: ok'
	same "tshark: the lesson on IPv6 is that" "$(versions 10-ipv6)" 6
fi
if [ -z "$BRIEF" ]; then
	# What the kernel says of its congestion window (TCP_INFO) between segments, and beside them.
	check "congestion: the page has the windows that the kernel told, in that order" \
		/usr/bin/python3 -c '
import json, re, sys
page, text = open(sys.argv[1]).read(), open(sys.argv[2]).read()
data = json.loads(re.search("data-kind=\"ladder\".*?application/json\">(.*?)</script>", page,
                            re.S).group(1))
beside = iter([e["cwnd"][1] for e in data["events"] if "cwnd" in e])
between = [int(n) * int(mss) for n, mss in
           re.findall(r"cwnd +(\d+) (?:segments )?of (\d+)", text)][:3]
print(between)
sys.exit(not (len(between) == 3 and all(any(n == b for b in beside) for n in between)))
' "$WORK/11-congestion.html" "$WORK/11-congestion.out"
	fits "a lesson's page" "$WORK/11-congestion.html"
	"$TC_ROOT/tests/browser.py" "$WORK/11-congestion.html" <<'END' >"$WORK/said" 2>"$WORK/browser.err"
eval document.querySelectorAll(".strip path.cwnd").length + document.querySelector(".legend").textContent.replace(/.*(cong)/, "$1").replace(/\s/g, " ")
eval document.querySelector(".strip-name").textContent.replace(/.*of a cwnd/, "cwnd")
eval document.querySelectorAll(".bar.again").length
END
	[ $? = 77 ] || {
		same "in its plot the window is drawn, named, and has its greatest value" \
			"$(sed -n 1,2p "$WORK/said" | xargs)" \
			"1congestion window (cwnd) cwnd of 20,000"
		# (By tshark's numbers: its word for it hangs on how soon it came.)
		same "and what was sent again is told from what was not" \
			"$(sed -n 3p "$WORK/said")" "$(tshark -n -r "$WORK/11-congestion.pcap" \
				-Y 'tcp.srcport == 8080 && tcp.len > 0' -T fields -e tcp.seq -e tcp.len \
				2>/dev/null | awk '$1 < most { n++ } $1 + $2 > most { most = $1 + $2 }
					END { print n + 0 }')"
	}
fi
for each in $LESSONS; do
	[ "$each" = 10-ipv6 ] || same "$each: IPv$FAMILY, says tshark" "$(versions "$each")" "$FAMILY"
done
nothing_left
# (What follows is of words, not of the wire.)
[ "$FAMILY" = 4 ] || exit 0

# ---- somebody answers -------------------------------------------------------------------

printf '2\n1\n1\n\n' >$WORK/answers
may_take 60 "$TCPCRAFT" teach handshake <$WORK/answers >"$OUT" 2>"$ERR"
same "answers on standard input: exit 0" "$?" 0
matches "a right one" "$OUT" '^You said 2: right\.'
matches "a wrong one" "$OUT" '^You said 1; it is 2: an ACK of its SYN'
matches "none" "$OUT" '^It is 2: 6$'
matches "how many were right" "$OUT" '^That was it: 1 of 3 questions answered right\.'

# A wrong answer with a hint, a second one without, for the file of a class.
printf '1\n2\n1\n2\n1\n2\n2\n' >$WORK/answers
LOGNAME=ada SUDO_USER='' may_take 60 "$TCPCRAFT" teach 16 --log $WORK/class <$WORK/answers >"$OUT" 2>"$ERR"
same "with hints: exit 0" "$?" 0
matches "a wrong answer has a hint" "$OUT" 'Not that\. A hint: Look at the times'
matches "only what needed none counts" "$OUT" '^That was it: 1 of 4 questions answered right\.'
may_take 60 "$TCPCRAFT" teach 15 --auto --log $WORK/class >"$OUT" 2>"$ERR"
same "a second line of the class: exit 0" "$?" 0
check "the class: who, what, and how much of it was right" /usr/bin/python3 -c '
import json, sys
a, b = [json.loads(line) for line in open(sys.argv[1])]
said = [(x.get("said"), x["correct"], x.get("hinted", False)) for x in a["answers"]]
assert a["type"] == b["type"] == "score" and a["user"] == "ada" and a["exit"] == 0
assert said == [(2, False, True)] * 3 + [(2, True, False)], said
assert (a["questions"], a["right"]) == (4, 1) and (b["questions"], b["right"]) == (4, 0)
' $WORK/class
run 30 "$TCPCRAFT" teach 16 --auto --log /no/such/folder/class
same "a class that cannot be written to: exit 3, before the lesson" "$RC $(wc -c <"$OUT")" "3 0"

# The student thinks longer than the kernel waits before it sends again.
(
	sleep 1.5
	echo 2
	sleep 1
	echo 3
	sleep 2
	echo 1
) | may_take 60 "$TCPCRAFT" teach 5 >"$OUT" 2>"$ERR"
matches "time to think" "$OUT" '3 of 3 questions answered right'

run 60 "$TCPCRAFT" teach handshake --auto --json
same "as JSON: exit 0" "$RC" 0
check "each line is an object with a type" /usr/bin/python3 -c '
import json, sys
kinds = {json.loads(line)["type"] for line in open(sys.argv[1])}
sys.exit(not {"lesson", "segment", "script", "ends"} <= kinds)' "$OUT"

start stopped here "$TCPCRAFT" teach loss --auto
check "a lesson under way" says $WORK/stopped.out 'write.4, "lost"' 20
stop "$PID" INT
same "Ctrl-C: exit 130" "$RC" 130
start killed here "$TCPCRAFT" teach loss --auto
check "another one" says $WORK/killed.out 'write.4, "lost"' 20
stop "$PID" KILL
nothing_left 5

# ---- lessons that are wrong ----------------------------------------------------------------

run 30 "$TCPCRAFT" teach nonsense
same "no such lesson: exit 2" "$RC" 2
matches "it says where the names are" "$ERR" "there is no lesson 'nonsense': tcpcraft teach --list"

# wrong NAME LINES WHERE
wrong() {
	printf '%b' "$2" >$WORK/own.lesson
	run 30 "$TCPCRAFT" teach --lesson $WORK/own.lesson --auto
	same "$1: exit 2" "$RC" 2
	matches "$1: its place" "$ERR" "^tcpcraft: $WORK/own.lesson:$3"
}
wrong "a script line that is none" '# T\nHello.\n\n    0 < Q 0:0(0)\n' '4:9: '
wrong "an answer without a question" '# T\nHello.\n\n- yes\n' '4:1: an answer'
wrong "no title" 'Hello.\n' '1:1: a lesson begins with # and its title'
wrong "a call that is not known" '# T\nHello.\n    0 fork() = 0\n' '3:'
# shellcheck disable=SC2016 # not for our shell
wrong "a shell line" '# T\nHello.\n    0 `id`\n' '3:'

run 30 "$TCPCRAFT" teach --check $WORK/own.lesson
same "--check: exit 2, and its place" "$RC $(cut -d: -f2-4 "$ERR")" "2  $WORK/own.lesson:3:5"
for each in "$TC_ROOT"/scripts/lessons/*.lesson; do
	run 30 "$TCPCRAFT" teach --check "$each"
	same "--check ${each##*/}: exit 0, one line, and a hint for each question" \
		"$RC $(wc -l <"$OUT") $(sed -E 's/.* questions: ([0-9]+) \(with a hint: \1\).*/all/' "$OUT")" \
		"0 1 all"
done

same "the experiments that lessons name are there" "$(
	grep -oh 'tcpcraft probe [a-z-]*' "$TC_ROOT"/scripts/lessons/*.lesson | while read -r _ _ name; do
		"$TCPCRAFT" probe --list | grep -q "^$name " && echo "$name"
	done)" read-size

OPEN='    +0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n    +0 bind(3, ..., ...) = 0
    +0 listen(3, 1) = 0\n    +0 < S 0:0(0) win 30000\n'
printf '%b' "# T\nHello.\n$OPEN    * > S. 0:0(0) ack 7 <...>\n" >$WORK/own.lesson
run 30 "$TCPCRAFT" teach --lesson $WORK/own.lesson --auto
same "the wire does otherwise: exit 4" "$RC" 4
matches "what differs, and where" "$ERR" "own.lesson:7:5: tcp.ack is 1, expected 7"

printf '%b' "# T\nHello.\n$OPEN    * > S. 0:0(0) ack 1 <...>\n! explain\nBye.\n" |
	may_take 30 "$TCPCRAFT" teach --lesson - --auto >"$OUT" 2>"$ERR"
same "a lesson from standard input" "$?" 0
matches "explain draws the header" "$OUT" '^  .*srcport 8080 '

# ---- without root ---------------------------------------------------------------------------

# (As in test_doctor: with TSan no process can leave its user namespace.)
if [ "${TC_SAN-}" = thread ]; then
	skip "a lesson without root" "with TSan no process can leave its user namespace"
elif [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$TCPCRAFT" &&
	setpriv --reuid=65534 --regid=65534 --clear-groups unshare -Urn true 2>/dev/null; then
	run 60 setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/ \
		"$TCPCRAFT" teach handshake --auto
	same "students have no root: exit 0" "$RC" 0
else
	skip "a lesson without root" "nobody may not run $TCPCRAFT, or has no namespaces"
fi
nothing_left
