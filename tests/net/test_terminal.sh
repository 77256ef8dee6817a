#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Live runs, --step and lessons on terminals of 80 and 132 columns: no line is wider, no word
# is torn, and pages say on top what came of the run.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

protd_start here 0.0.0.0

# on COLUMNS COMMAND...: on a terminal, what it wrote in $OUT, without colours in $WORK/plain
on() {
	TERM=xterm run 60 "$TC_ROOT/tests/terminal.py" "$@"
	sed 's/\x1b\[[0-9;]*[mK]//g' $OUT >$WORK/plain
}
wider() {
	LC_ALL=C.UTF-8 awk -v most="$1" 'length($0) > most' $WORK/plain
}
colours() {
	grep -c "$(printf '\033\[')" $OUT
}

for width in 80 132; do
	on $width "$TCPCRAFT" prot 127.0.0.1 "$PROTD_PORT" hello -v --mutate 'data[1]: tcp.win=1' \
		</dev/null
	same "prot at $width: no line is wider" "$RC $(wider $width)" "0 "
	matches "prot at $width: a number is whole" $WORK/plain 'win [0-9]+( |$)'
	matches "prot at $width: the verdict" $WORK/plain '^reply: the peer replied with 3'
	check "prot at $width: in colours" test "$(colours)" -gt 8
	printf 'show\n\nrun\n' >$WORK/answers
	on $width "$TCPCRAFT" prot 127.0.0.1 "$PROTD_PORT" hello --step <$WORK/answers
	same "--step at $width: no line is wider" "$RC $(wider $width)" "0 "
	same "--step at $width: its first question tells what may be answered" \
		"$(grep -c 'help tells the rest' $WORK/plain)" 1
	matches "--step at $width: the options are whole" $WORK/plain 'wscale [0-9]+>'
	on $width "$TCPCRAFT" teach handshake --auto </dev/null
	same "teach at $width: no line is wider" "$RC $(wider $width)" "0 "
	check "teach at $width: in colours" test "$(colours)" -gt 3
	on $width "$TCPCRAFT" meet 127.0.0.1 1 </dev/null
	same "meet at $width: no line is wider" "$RC $(wider $width)" "1 "
	matches "meet at $width: a command to copy is one line" $WORK/plain \
		'^  tcpcraft send 127.0.0.1 1 tcp.flags=S,SA,F,none$'
done
on 60 "$TCPCRAFT" teach handshake --auto </dev/null
same "teach at 60: its prose is set for that width, and not broken once more" \
	"$RC $(grep -c '^    [^ ]' $WORK/plain) $(wider 60)" "0 0 "
check "… and it is there" test "$(wc -l <$WORK/plain)" -gt 20
on 80 "$TCPCRAFT" prot 127.0.0.1 "$PROTD_PORT" hello -q </dev/null
same "prot -q on a terminal: the prompt comes on a line of its own" "$(cat $OUT; echo .)" "ACK
."
run 20 "$TCPCRAFT" prot 127.0.0.1 "$PROTD_PORT" hello -q
same "in a pipe it is the reply and nothing else" "$(cat $OUT; echo .)" "ACK."

# ---- how far long work is ------------------------------------------------------------

# far ERE COMMAND...: a line tells on a terminal, and nowhere else, with what it will yet take (one
# that had no processor for most of its time had no time to tell: it is run again)
far() {
	local how="$1"
	shift
	for _ in 1 2 3 4 5; do
		on 80 "$TCPCRAFT" "$@" </dev/null
		tr '\r' '\n' <$WORK/plain >$WORK/lines
		! grep -qE "^$how" $WORK/lines || break
	done
	matches "$1: how far it is, on a terminal" $WORK/lines "^$how"
	none "… in a line of it" "$(grep -E "^$how" $WORK/lines | awk 'length > 79')"
	run 60 "$TCPCRAFT" "$@"
	none "$1: nowhere else" "$(grep -hE "$how" $OUT $ERR)"
}
far '[0-9]+ of 2000 packets, about [0-9]+ s to go' send 127.0.0.1 tcp.dstport=1-2000 --rate 500
far '[0-9]+ of [0-9]+ cases, about [0-9]+ s to go' conform 127.0.0.1 "$PROTD_PORT" 9293-listen --jobs 1
far '[0-9]+ of 6 targets, about [0-9]+ s to go' probe syn-data --parallel 1 \
	"127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.4,127.0.0.5,127.0.0.6" "$PROTD_PORT"
far '[0-9]+ of 200 done, [0-9]+ open, [0-9]+ a second, [0-9]+ s to go' \
	prot 127.0.0.1 "$PROTD_PORT" hello --count 200 --rate 200

# ---- pages ---------------------------------------------------------------------------

said() {
	/usr/bin/python3 -c 'import html, re, sys
s = re.search("id=\"said\">(.*?)</p>", open(sys.argv[1]).read(), re.S)
print(html.unescape(s.group(1)) if s else "nothing")' "$1"
}
printf '0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1 <...>\n+0 < R 1:1(0)\n' >$WORK/good.pkt
printf '0 < S 0:0(0) win 1000\n+0 > R. 0:0(0) ack 1\n' >$WORK/bad.pkt
run 30 "$TCPCRAFT" run $WORK/good.pkt 127.0.0.1 "$PROTD_PORT" --html $WORK/good.html
good=$RC
run 30 "$TCPCRAFT" run $WORK/bad.pkt 127.0.0.1 "$PROTD_PORT" --html $WORK/bad.html
same "scripts: one passes, one does not" "$good $RC" "0 4"
said $WORK/good.html >$WORK/said
matches "the page of a script that passed says so" $WORK/said 'good.pkt: passed: 3 events'
said $WORK/bad.html >$WORK/said
matches "and of one that failed, with its line" $WORK/said '^failed: .*bad.pkt:2'
matches "and what was expected" $WORK/said '^ *expected '
run 60 "$TCPCRAFT" fuzz 127.0.0.1 "$PROTD_PORT" --cases 40 --seed 1 --journal $WORK/j.jsonl \
	--html $WORK/fuzz.html
kinds=$(grep -o 'data-kind="finding"' $WORK/fuzz.html | wc -l)
echo 'eval document.querySelector("main").firstChild.className
eval document.querySelectorAll(".overview li a").length
eval [...document.querySelectorAll(".overview li a")].every((a) => document.querySelector(a.getAttribute("href")).dataset.kind === "finding")
problems' | "$TC_ROOT/tests/browser.py" $WORK/fuzz.html 390 844 >$WORK/said 2>$WORK/browser.err
rc=$?
if [ $rc = 77 ]; then
	skip "the overview of a campaign" "no chromium here (scripts/setup test)"
else
	same "the page of a campaign begins with its findings, each a link" \
		"$rc $(tr '\n' ' ' <$WORK/said)" "0 \"overview\" $kinds true [] "
	fits "a campaign's page" $WORK/fuzz.html
fi
stop "$PROTD_PID"
nothing_left
