#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# teach: answers that are none, what was answered as JSON, captures and pages of lessons,
# and questions that nobody could answer right.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need iptables ip tshark

cat >$WORK/two.lesson <<'END'
# Two parts
First.

? How many bytes has a TCP header without options?
- 8
+ 20
- 40

    +0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
    +0 bind(3, ..., ...) = 0
    +0 listen(3, 1) = 0
    +0 < S 0:0(0) win 30000 <mss 1000>
    * > S. 0:0(0) ack 1 <...>
    +0 < R 1:1(0)

Twenty.
---
Second.

? And with the option for the MSS?
- 22
+ 24

    +0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
    +0 bind(3, ..., ...) = 0
    +0 listen(3, 1) = 0
    +0 < S 0:0(0) win 30000
    * > S. 0:0(0) ack 1 <...>
    +0 < R 1:1(0)

Twenty-four.
END

# with ANSWERS ARGUMENT...: as printf has them, on standard input.
with() {
	local answers="$1"
	shift
	# shellcheck disable=SC2059 # a format
	printf "$answers" >$WORK/answers
	timeout -k 5 60 "$TCPCRAFT" teach --lesson $WORK/two.lesson "$@" \
		<$WORK/answers >"$OUT" 2>"$ERR"
	RC=$?
}

# ---- answers ---------------------------------------------------------------------------

with '7\nabc\n0\n2x\n-2\n 2 \n1\n'
same "what is not an answer is asked for again: exit 0" "$RC" 0
same "each time, and how" "$(grep -o 'a number from 1 to 3, or Enter: ' "$OUT" | wc -l)" 5
matches "then it counts" "$OUT" '^You said 2: right\.'
matches "and so does the other" "$OUT" '^You said 1; it is 2: 24'
matches "the score" "$OUT" '^That was it: 1 of 2 questions answered right\.'
with '\n'
same "Enter alone is not an answer, the end of input neither" \
	"$RC $(grep -c 'It is 2: ' "$OUT") $(grep -c 'a number from' "$OUT")" "0 2 0"

with '9\n2\n1\n' --json
same "JSON: exit 0" "$RC" 0
same "only JSON on standard output; what was wrong is a message" \
	"$(grep -vc '^{"type":' "$OUT") $(cat "$ERR")" \
	"0 tcpcraft: a number from 1 to 3, or Enter: "
same "the answers" "$(grep '"type":"answer"' "$OUT")" \
	'{"type":"answer","line":4,"said":2,"right":2,"correct":true}
{"type":"answer","line":20,"said":1,"right":2,"correct":false}'
same "the score" "$(tail -n 1 "$OUT")" \
	'{"type":"result","command":"teach","title":"Two parts","questions":2,"right":1,"exit":0}'
with '\n\n' --json
matches "no answer has no number" "$OUT" '^{"type":"answer","line":4,"right":2,"correct":false}'

# ---- files -----------------------------------------------------------------------------

with '2\n2\n' -w $WORK/run.pcapng --html $WORK/page.html
same "a capture and a page: exit 0" "$RC $(cat "$ERR")" "0 "
right=1			# of so many questions until then, all of them
for part in '' -2; do
	same "part ${part:--1}: three segments, as tshark has it" "$(tshark -n \
		-r "$WORK/run$part.pcapng" -Y tcp -T fields -e tcp.flags.str 2>/dev/null |
		tr -d '·' | tr '\n' ' ')" "S AS R "
	same "with comments, and no script of the teacher's in them" "$(tshark -n \
		-r "$WORK/run$part.pcapng" -Y 'tcp && frame.comment contains "sent by tcpcraft"' \
		-T fields -e frame.comment 2>/dev/null | grep -c 'line [0-9]')" 0
	matches "part ${part:--1} of the page says on top how it went" "$WORK/page$part.html" \
		"\"said\".$right of $right questions answered right"
	right=2
	matches "part ${part:--1} of the page has its ladder" "$WORK/page$part.html" '<h2[^>]*>Ladder'
	matches "and the program's calls" "$WORK/page$part.html" 'listen\(3, 1\)'
done
with '2\n2\n' -w $WORK/run.pcapng
same "files are left alone: exit 2" "$RC" 2
matches "and the cure" "$ERR" '--force'
with '2\n2\n' -w $WORK/run.pcapng --force
same "--force" "$RC" 0
with '2\n2\n' -w -
same "-w - has no place: exit 2" "$RC" 2

# ---- lessons without a right answer ------------------------------------------------------

sed 's/^+ 24/- 24/' $WORK/two.lesson >$WORK/own.lesson
run 30 "$TCPCRAFT" teach --lesson $WORK/own.lesson --auto
same "a question without a right answer: exit 2, before anything is done" \
	"$RC $(wc -c <"$OUT")" "2 0"
matches "its line" "$ERR" "^tcpcraft: $WORK/own.lesson:20:1: none of the answers of this question"
sed 's/^- 22//; s/^+ 24//' $WORK/two.lesson >$WORK/own.lesson
run 60 "$TCPCRAFT" teach --lesson $WORK/own.lesson --auto
same "one without answers is for thinking: exit 0" "$RC" 0
nothing_left
