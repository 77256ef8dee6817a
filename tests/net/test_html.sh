#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Pages of live runs: every command that speaks to the wire makes one, also when the run
# failed or was stopped, whole or not at all; the states on it are the machine's, and those
# inferred from outside are the same.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

own_host
protd_start here "$LOOPBACK"

# page FILE EXPRESSION: what Python makes of the first ladder's data d; s is the page
page() {
	/usr/bin/python3 -c '
import html, json, re, sys
s = open(sys.argv[1]).read()
d = json.loads(re.search("data-kind=\"ladder\".*?application/json\">(.*?)</script>", s,
                         re.S).group(1))
def states(side):
    return " ".join(c["to"] for e in d["events"] for c in e.get("changes", [])
                    if c["side"] == side)
said = re.search("id=\"said\">(.*?)</p>", s, re.S)
said = html.unescape(said.group(1)) if said else ""
print(eval(sys.argv[2]))' "$1" "$2" 2>&1
}

run 20 "$TCPCRAFT" prot "$LOOPBACK" "$PROTD_PORT" hello --html $WORK/prot.html \
	-w $WORK/prot.pcap
same "prot makes a page" "$RC" 0
same "with each segment" "$(page $WORK/prot.html '[e["flags"] for e in d["events"] if "flags" in e][:4]')" \
	"['S', 'S.', '.', 'P.']"
matches "and what came of it on top" $WORK/prot.html 'id="said">reply: the peer replied with 3'
same "our states are the machine's, with their clauses" \
	"$(page $WORK/prot.html 'all("clause" in c for e in d["events"] for c in e.get("changes", []) if c["side"] == 0) and states(0)')" \
	"SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT"
same "our congestion window is told: a request of 16 bytes, acknowledged, makes it 16 larger" \
	"$(page $WORK/prot.html '(lambda w: w[-1] - w[0])([e["cwnd"][0] for e in d["events"] if "cwnd" in e])')" \
	16
same "the peer's are inferred" "$(page $WORK/prot.html 'states(1)')" \
	"SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED"
run 20 "$TCPCRAFT" show -q $WORK/prot.pcap --html $WORK/show.html
same "from outside ours look the same" "$(page $WORK/show.html 'states(0) + " " + states(1)')" \
	"$(page $WORK/prot.html 'states(0) + " " + states(1)')"

run 20 "$TCPCRAFT" prot "$LOOPBACK" "$PROTD_PORT" hello --html $WORK/changed.html \
	--mutate 'data[1]: tcp.checksum=bad'
same "what was changed is on the page" \
	"$(page $WORK/changed.html '[m["field"] for e in d["events"] for m in e.get("mutations", [])]')" \
	"['tcp.checksum']"
run 20 "$TCPCRAFT" prot "$LOOPBACK" "$PROTD_PORT" hello --html $WORK/dropped.html \
	--mutate 'data[1]: drop'
same "and what was not sent" \
	"$(page $WORK/dropped.html '[e["length"] for e in d["events"] if "not-sent" in e.get("tags", [])]')" \
	"[16]"

# The other program's calls: in the column, in the order of the ladder, also with -q.
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	for quiet in "" -q; do
		rm -f $WORK/traced.html
		run 30 "$TCPCRAFT" prot "$LOOPBACK" 9998 hello ${quiet:+"$quiet"} --html $WORK/traced.html \
			--trace-exec "$NO_LEAK_CHECK $PROTD -a $LOOPBACK --max-seconds 60 -p 9998"
		same "calls of the traced server stand among the segments ($quiet)" \
			"$RC $(page $WORK/traced.html '[w for e in d["events"] for w in
			 [e.get("flags") or e["text"].split("(")[0] if e["kind"] in ("tcp", "call") else ""]
			 if w in ("listen", "S", "S.", "F.", "sendto")][:5]')" \
			"0 ['listen', 'S', 'S.', 'sendto', 'F.']"
	done
	same "as many as the ladder has" "$(page $WORK/traced.html 'sum(e["kind"] == "call" and e["text"].startswith("sendto(4") for e in d["events"])')" 1
	same "-q says nothing of them" "$(grep -c 'sendto\|listen' $OUT)" 0
else
	skip "system calls on a page" "strace is missing, or may not trace here (as root: scripts/setup test)"
fi

run 20 "$TCPCRAFT" prot "$LOOPBACK" 1 hello --html $WORK/refused.html
same "a refusal is worth a page" "$RC $(page $WORK/refused.html 'states(0) + ", " + said[:7]')" \
	"1 SYN-SENT CLOSED, refused"

run 20 sh -c "echo hi | '$TCPCRAFT' connect $LOOPBACK $PROTD_PORT --html $WORK/connect.html"
same "connect makes one" "$(page $WORK/connect.html 'd["connections"][0]["outcome"]')" "closed"
start server here "$TCPCRAFT" listen "$LOOPBACK" 7008 --html $WORK/listen.html
says "$WORK/server.err" 'listening on port' 10
echo hello | nc -N -w 5 "$LOOPBACK" 7008 >/dev/null
wait_for 10 test -e $WORK/listen.html
same "listen makes one" "$(page $WORK/listen.html 'states(0).split()[:2]')" \
	"['SYN-RECEIVED', 'ESTABLISHED']"
run 20 "$TCPCRAFT" send "$LOOPBACK" "$PROTD_PORT" tcp.flags=S,SA --timeout 1 --html $WORK/send.html
same "send makes one: ours on the left" \
	"$(page $WORK/send.html 'sorted(e for e in [(e["from"], e["flags"]) for e in d["events"]]
		if e != (0, "R"))')" "[(0, 'S'), (0, 'S.'), (1, 'R'), (1, 'S.')]"
same "and the reset that follows the SYN,ACK, once" \
	"$(page $WORK/send.html '[(e["from"], e["flags"]) for e in d["events"]].count((0, "R"))')" 1
matches "with its summary" $WORK/send.html 'id="said">2 packets sent, 2 answered'
run 20 "$TCPCRAFT" fuzz "$LOOPBACK" "$PROTD_PORT" --cases 20 --seed 1 --journal $WORK/j.jsonl \
	--html $WORK/fuzz.html
same "fuzz makes one" "$(grep -c 'data-kind="heat"' $WORK/fuzz.html)" 1
run 60 "$TCPCRAFT" prot "$LOOPBACK" "$PROTD_PORT" hello --count 3000 --parallel 50 -q \
	--html $WORK/many.html
same "many connections: all of their segments, the first and the last with their bytes" \
	"$RC $(page $WORK/many.html 'len(d["events"]) > 20000, "left_out" in d, 3500 < sum("frame" in e for e in d["events"] if isinstance(e, dict)) <= 4000, d["connections"][0]["outcome"]')" \
	"0 (True, False, True, 'reply')"

# held NAME: a connection that stays, since its input has no end
mkfifo $WORK/input
exec 7<>$WORK/input
# shellcheck disable=SC2016 # the inner shell expands
held() {
	start "$1" here sh -c 'in=$1; shift; exec "$@" <"$in"' sh $WORK/input "$TCPCRAFT" \
		connect "$LOOPBACK" "$PROTD_PORT" --html "$WORK/$1.html" -v
}
held stopped
says "$WORK/stopped.err" 'ESTABLISHED' 10
check "while it runs there is no page" test ! -e $WORK/stopped.html
stop "$PID" INT
same "a run that was stopped has its page" "$RC $(page $WORK/stopped.html 'said[:11]')" \
	"130 interrupted"
held killed
says "$WORK/killed.err" 'ESTABLISHED' 10
stop "$PID" KILL
same "one that was killed leaves no piece of one" \
	"$(find $WORK -name '*killed.html*' -o -name '.tcpcraft*')" ""
before=$(cksum <$WORK/prot.html)
run 20 "$TCPCRAFT" prot "$LOOPBACK" "$PROTD_PORT" hello --html $WORK/prot.html
same "a page that is there stays, and nothing is sent" \
	"$RC $(wc -l <$ERR) $(cksum <$WORK/prot.html)" "2 1 $before"
run 20 "$TCPCRAFT" prot "$LOOPBACK" "$PROTD_PORT" hello --html $WORK/prot.html \
	-w $WORK/not.pcap
same "and no other file is made" "$RC $(ls $WORK/not.pcap 2>/dev/null)" "2 "
for command in send fuzz; do
	run 20 "$TCPCRAFT" $command "$LOOPBACK" "$PROTD_PORT" --dry-run --html $WORK/dry.html
	same "$command --dry-run has nothing to draw" "$RC $(wc -l <$ERR)" "2 1"
done
run 20 "$TCPCRAFT" prot "$LOOPBACK" "$PROTD_PORT" hello --html $WORK/no/x.html
same "no such folder: exit 3" "$RC $(wc -l <$ERR)" "3 1"

traced=
[ ! -e $WORK/traced.html ] || traced=traced
for file in prot changed dropped send many $traced; do
	echo 'eval document.querySelectorAll(".row").length > 3
problems
requests' | "$TC_ROOT/tests/browser.py" "$WORK/$file.html" >$WORK/said 2>$WORK/browser.err
	rc=$?
	if [ $rc = 77 ]; then
		skip "pages in a browser" "no chromium here (scripts/setup test)"
		break
	fi
	same "a browser shows the page of $file" "$rc $(tr '\n' ' ' <$WORK/said)" \
		"0 true [] [] "
done
stop "$PROTD_PID"
nothing_left
