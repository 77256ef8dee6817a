#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# conform: the suite of scripts/conformance against this kernel, our own TCP and lwIP, each
# held against tests/conformance.txt; what is told of it in all forms; and run with several
# scripts. TC_LONG: all cases; else some of each kind.
#
#	tests/net/test_conform.sh --table	print the table for tests/conformance.txt
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables nft jq setpriv tshark /usr/bin/python3
export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"
ONLY_TABLE=
[ "$TC_FAMILY" != --table ] || ONLY_TABLE=yes TC_FAMILY=4
TABLE=$TC_ROOT/tests/conformance.txt
cd $WORK || exit 1
SOME='3168/not-asked 9293-listen/ack 9293-listen/rst 9293-listen/syn 9293-established/data 5961/rst-in-window
	9293-fin-wait/2-fin 9293-fin-wait/2-syn'
if [ -n "${TC_LONG-}$ONLY_TABLE" ]; then SOME=; fi
JOBS=16

# ask NAME HOST ARGUMENT...: the suite, to $WORK/NAME.jsonl; sets $RC
ask() {
	local name="$1"
	shift
	# shellcheck disable=SC2086 # words
	run 600 "$TCPCRAFT" conform "$@" $SOME --jobs $JOBS --rate 1000 --json
	cp "$OUT" "$name.jsonl"
}

# Lines "STACK VERDICT CASE" of what is not passed, and that somebody could ask for.
found() {
	jq -r 'select(.type == "case" and .verdict != "pass" and .verdict != "not-testable") |
		"'"$1"' \(.verdict) \(.case)"' "$1.jsonl" | sort
}

# … and what the table has of them, but for what is of the other family.
known() {
	grep -v "| over IPv$OTHER: " "$TABLE" | sed -n "s/^\($1 [a-z-]* [^ ]*\).*/\1/p" |
		grep -vxFf others |
	if [ -n "$SOME" ]; then
		grep -E " ($(echo "$SOME" | tr -s ' \t\n' '|'))$"
	else
		cat
	fi | sort
}

# How many are asked.
asked() {
	if [ -n "$SOME" ]; then
		echo "$SOME" | wc -w
	else
		find "$TCPCRAFT_LIBEXEC/conformance" -name '*.pkt' | wc -l
	fi
}

# Cases of which the table says something else.
differ() {
	{
		found "$1"
		known "$1"
	} | sort | uniq -u | cut -d ' ' -f 3 | sort -u
}

# What little differs from the table is asked again, alone, and what was seen is said: beside all
# others a busy machine's time-outs are longer, and its queues full.
ask_again() {
	local name="$1" left=2 cases
	while cases=$(differ "$name") && [ -n "$cases" ] && [ $left -gt 0 ] &&
		[ "$(echo "$cases" | wc -l)" -le 3 ]; do
		left=$((left - 1))
		jq -r --arg cases " $(echo "$cases" | tr '\n' ' ')" 'select(.type == "case" and (.case as $c |
			$cases | contains(" \($c) "))) | "# \(.case): \(.verdict), asked again: \(.why)"' \
			"$name.jsonl"
		# shellcheck disable=SC2086 # words
		run 600 "$TCPCRAFT" conform $ASK $cases --jobs 1 --rate 1000 --json
		jq -r 'select(.type == "case") | .case' "$OUT" >cases
		{
			jq -c 'select(.type == "case")' "$OUT"
			jq -c --rawfile cases cases 'select(.case as $c | .type != "case" or ($cases |
				split("\n") | index($c) | not))' "$name.jsonl"
		} >merged
		cp merged "$name.jsonl"
	done
}

held_against() {
	if [ -n "$ONLY_TABLE" ]; then
		found "$1"
	else
		same "$1: all are told, and the status is 4 if one failed, else 0" \
			"$(jq -r 'select(.type == "case") | .case' "$1.jsonl" | wc -l) $(jq -r \
				'select(.type == "suite") | "\(.cases) \(.exit)"' "$1.jsonl") $RC" \
			"$(asked) $(asked) $(found "$1" | awk '$2 == "fail" { n = 4 } END {
				print n + 0, n + 0 }')"
		ask_again "$1"
		same "$1: what it does not keep is what tests/conformance.txt says" \
			"$(found "$1")" "$(known "$1")"
	fi
}

net_pair
OTHER=$((10 - FAMILY))
(cd "$TCPCRAFT_LIBEXEC/conformance" && grep -lr "^//: family $OTHER\$" .) |
	sed 's,^\./,,; s/\.pkt$//; s,.*,linux fail &\ntcpcraft fail &,' >others

# stack NAME: starts one of tests/stacks and asks it; sets $PIDS
stack() {
	PIDS='' WHY=
	# shellcheck source=tests/stacks/linux
	. "$TC_ROOT/tests/stacks/$1"
	if ! stack_start; then
		# WHY is what this machine lacks; without it what was started is broken.
		[ -z "$WHY" ] || skip "$1" "$WHY"
		[ -n "$WHY" ] || not_ok "$1 listens" "$(tail -n 5 $WORK/*.err)"
		return
	fi
	# shellcheck disable=SC2086 # words
	ask "$1" $ASK
	held_against "$1"
}

ended() {
	for pid in $PIDS; do stop "$pid"; done
}

all_stacks() {
	stack linux
	KERNEL=$PIDS
	stack tcpcraft
	ended
	# (It has the one family here.)
	[ "$FAMILY" = 4 ] || return 0
	JOBS=4
	stack lwip
	ended
}

if [ -n "$ONLY_TABLE" ]; then
	all_stacks
	exit
fi
none "every case but those of closed ports says what must hold before it asks" \
	"$(cd "$TCPCRAFT_LIBEXEC/conformance" && grep -LE '^//: (given|offer)' ./*/*.pkt | grep -v /9293-closed/)"
all_stacks

# ---- in all forms ----------------------------------------------------------------------

run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen/rst 9293-fin-wait/2-syn 9293-last-ack/ack \
	--at closes=79 --tap --junit it.xml --html it.html --jobs 3
same "TAP: exit 4" "$RC" 4
same "TAP: what passed, what did not, and what could not be asked" \
	"$(sed -n 's/^\(not \)*ok [0-9]* - \([^ ]*\)\( # SKIP [a-z-]*\)*.*/\1\2\3/p' "$OUT" | sort | tr '\n' ';')" \
	"9293-last-ack/ack # SKIP not-testable;9293-listen/rst;not 9293-fin-wait/2-syn;"
same "JUnit, as another reads it" "$(/usr/bin/python3 -c '
import xml.etree.ElementTree as tree
for case in tree.parse("it.xml").iter("testcase"):
    print(case.get("name"), *["asked " + e.find("property").get("value") if e.tag == "properties" else
        e.tag for e in case if e.tag != "system-out"], end=";")')" \
	"9293-fin-wait/2-syn asked 2 failure;9293-last-ack/ack skipped;9293-listen/rst;"
matches "TAP says of what did not pass that it was asked twice" "$OUT" '^  asked: 2$'
matches "the page has the ladder of the one that failed" it.html '2-syn.*SYN-SENT|2-syn.*--> S '
fits "conform's page" it.html
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen/rst 9293-listen/ack --json
cp "$OUT" before.jsonl
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen/rst --baseline before.jsonl
same "nothing is another than before: exit 0" "$RC $(wc -l <"$OUT")" "0 2"
sed 's/"verdict":"pass"/"verdict":"fail"/' before.jsonl >worse.jsonl
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen/rst --baseline worse.jsonl
same "better than before: exit 0, and it is told" "$RC $(head -n 1 "$OUT")" "0 was fail:"
none "and with --json every line is JSON" "$(run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen/rst \
	--baseline worse.jsonl --json; jq -r '"\(.type) \(.was // .exit)"' "$OUT" 2>&1 |
	grep -vx -e 'case fail' -e 'suite 0')"
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-fin-wait/2-syn --at closes=79 \
	--baseline before.jsonl
same "a failure that was not there: exit 4, and it is told" "$RC $(head -n 1 "$OUT")" "4 was not there:"
echo '{}' >none.jsonl
# shellcheck disable=SC2016 # awk's
heard() { in_ns srv awk '/^Tcp: [0-9]/ { print $11 }' /proc/net/snmp; }
settled() {
	before=$(heard)
	sleep .3
	[ "$(heard)" = "$before" ]
}
for file in nofile none.jsonl; do
	wait_for 20 settled
	run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen/rst --baseline $file
	same "--baseline $file: exit 2 before anything is asked" \
		"$RC $(grep -c "$file" "$ERR") $(($(heard) - before))" "2 1 0"
done
start stopped here "$TCPCRAFT" conform "$SERVER_IP" 7 9293-fin-wait/2-syn 9293-listen/rst 9293-window \
	--at closes=79 --jobs 1 --json
says stopped.out '9293-listen/rst' 20 || not_ok "the second case is told" "$(cat stopped.err)"
stop "$PID"
same "a stop: what is known is told, what we ended was not made" "$RC $(jq -r 'select(.type == "case") |
	"\(.case) \(.verdict)"' stopped.out | grep -vE '9293-window/.* (pass|not-testable)' | tr '\n' ';')" \
	"143 9293-listen/rst pass;9293-fin-wait/2-syn fail;"

# What cannot be asked from here is a line a reason, behind what was judged; -v tells each.
MIXED='9293-calls/send 9293-calls/linger-0 9293-last-ack/ack 9293-listen/rst'
# shellcheck disable=SC2086 # words
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 $MIXED
same "what was judged comes first, then why the others could not be asked" \
	"$(sed -n '1,3s/  [0-9.]* s$//p; 2,3p' "$OUT")" "pass           9293-listen/rst  MUST
not-testable   2: it needs a hand on the sockets: --dut WAY
not-testable   1: it needs an echo server: --echo, or --at echo=PORT"
none "in 80 columns" "$(grep -E '.{81}' "$OUT")"
# shellcheck disable=SC2086 # words
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 $MIXED -v
same "-v: a line a case" "$(sed -n 's/^\(pass\|not-testable\) *\([^ ]*\) .*/\2/p' "$OUT" | xargs)" \
	"9293-listen/rst 9293-calls/linger-0 9293-calls/send 9293-last-ack/ack"

# A loopback joins what its MSS would part, and a path MTU that it is told stays for the next.
run 60 nsenter --net=/run/netns/srv "$TCPCRAFT" conform "$SERVER_IP" 7 --echo 5681/initial-window 7323/mss 9293-listen/rst
same "over a loopback nothing is said of what asks for a wire" "$RC $(sed -n 's/^\(not-.*\)/\1/p' "$OUT")" \
	"0 not-testable   2: it needs a wire, not this host's loopback"

# Another host gets 100 segments a second, of a case about 20.
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen --jobs 8
matches "another host is asked 5 at once" "$ERR" '^another host: 5 cases at once, not 8 .--rate N for more.$'
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen --jobs 8 --rate 1000
none "... or as many as --rate is for" "$(grep 'another host' "$ERR")"

# With -g each has that port, and who is asked again, too.
mkdir -p own/one
cat >own/one/port.pkt <<'END'
//: name Another window than there is
//: sound RFC 9293
//: clause RFC 9293 3.5
//: class MUST
+0 < S 0:0(0) win 100
* > S. 0:0(0) ack 1 win 1 <...>
END
tables srv -I INPUT -p tcp --syn --sport 22345
TCPCRAFT_CONFORMANCE=$PWD/own run 30 "$TCPCRAFT" conform "$SERVER_IP" 7 -g 22345 --jobs 1 --junit g.xml
same "-g: asked twice, and once listened to, each time from that port, as the server counts" "$RC $(grep -c '"asked" value="2"' g.xml) $(
	tables srv -nvxL INPUT | awk '/22345/ { print $1 }')" "4 1 3"
tables srv -D INPUT -p tcp --syn --sport 22345
printf '+0 < 1 > 80 S 0:0(0)\n+0 < 2 > 80 S 0:0(0)\n' >two.pkt
run 20 "$TCPCRAFT" run two.pkt two.pkt "$SERVER_IP" 7 -g 65535
same "-g: no port behind the last: exit 2, a line" "$RC $(grep -c . "$ERR") $(grep -c 'the last is 65535' "$ERR")" "2 1 1"

# One guard is for all, and ends with who began it.
start shared here "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen --jobs 8 --json
most=0
until gone "$PID"; do
	now=$(guards)
	[ "$now" -le "$most" ] || most=$now
done
wait "$PID"
same "cases at once share one rule" "$most" 1
same "which is told of with the sum" "$(jq -r 'select(.type == "suite") |
	"\(.cases - .pass - .["not-testable"]) \(.guard.mode) \(.guard.resets_leaked)"' shared.out)" "0 $(auto_guard) 0"
start killed here "$TCPCRAFT" conform "$SERVER_IP" 7 9293-fin-wait/2-syn 9293-listen --at closes=79 --json
says killed.out '"type":"case"' 20 || not_ok "a case is told" "$(cat killed.err)"
stop "$PID" KILL
check "the rule goes with who held it" wait_for 10 left

# The capture has each case once, as they are told, and of one that was asked twice the second time.
cp -r own/one own/two
sed 's/win 1 <...>/<...>/; s/Another window/A window/' own/one/port.pkt >own/two/opens.pkt
rm own/two/port.pkt
TCPCRAFT_CONFORMANCE=$PWD/own run 30 "$TCPCRAFT" conform "$SERVER_IP" 7 -w cases.pcapng --jobs 2
same "-w: exit 4, as without" "$RC" 4
tshark -n -r cases.pcapng -Y frame.comment -T fields -e frame.comment >comments 2>&1
same "-w: a comment for each case, with what came of it, as they are told" \
	"$(grep -oE '^(fail|pass) +[a-z/]*' comments | tr -s ' ' | tr '\n' ';')" "pass two/opens;fail one/port;"
same "-w: and of each segment" "$(grep -c 'sent by tcpcraft' comments) $(grep -c received comments)" "4 2"
TCPCRAFT_CONFORMANCE=$PWD/own run 30 "$TCPCRAFT" conform "$SERVER_IP" 7 -w cases.pcap
same "-w: the same segments in a .pcap" "$RC $(tshark -n -r cases.pcap -T fields -e tcp.flags 2>/dev/null | xargs)" \
	"4 $(tshark -n -r cases.pcapng -T fields -e tcp.flags 2>/dev/null | xargs)"
check "-w: which are not none" [ "$(wc -l <comments)" -gt 4 ]

# What a child hears is a stranger's: no file of its parent's is open in it.
mkdir own/waits
printf '//: %s\n' "name waits" "sound RFC 9293" "clause RFC 9293 3.5" "class MUST" given >own/waits/long.pkt
printf '%s\n' '0 < S 0:0(0) win 100' '* > S. 0:0(0) ack 1 <...>' '+0 < . 1:1(0) ack 1 win 100' \
	'+0 silence 60' >>own/waits/long.pkt
start parent here env TCPCRAFT_CONFORMANCE="$PWD/own" "$TCPCRAFT" conform "$SERVER_IP" 7 waits \
	-w fds.pcapng --junit fds.xml --html fds.html
# files_of PID: how many of this folder it has open, beside its standard streams
files_of() {
	find "/proc/$1/fd" -lname "$PWD/*" ! -name 0 ! -name 1 ! -name 2 2>/dev/null | wc -l
}
# One that has its own place for frames has begun.
child_without_files() {
	for child in $(pgrep -P "$PID"); do
		find "/proc/$child/fd" -lname '/memfd:frames*' 2>/dev/null | grep -q . &&
			[ "$(files_of "$child")" = 0 ] && return 0
	done
	return 1
}
check "a child has none of the files that its parent has open" wait_for 20 child_without_files
same "which are three" "$(files_of "$PID")" 3
stop "$PID"

# Of a case that sends more than is kept, the comment says so.
if [ -n "${TC_LONG-}" ]; then
	mkdir own/much
	sed '/^+0 silence/d; s/waits/much/' own/waits/long.pkt >own/much/data.pkt
	awk 'BEGIN { for (i = 1; i < 100000000; i += 60000)
		printf "+0 < . %d:%d(60000) ack 1 win 100\n", i, i + 60000 }' >>own/much/data.pkt
	ip link set c0 mtu 65535
	in_ns srv ip link set s0 mtu 65535
	TCPCRAFT_CONFORMANCE=$PWD/own run 200 "$TCPCRAFT" conform "$SERVER_IP" 7 much -w much.pcapng
	tshark -n -r much.pcapng -c 1 -T fields -e frame.comment >comment
	matches "-w: a case that is cut says so" comment 'cut: its first 64 MB are here'
	check "... and is not kept whole" [ "$(wc -c <much.pcapng)" -le 70000000 ]
	ip link set c0 mtu 1500
	in_ns srv ip link set s0 mtu 1500
fi

stop "$KERNEL"
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-established/data 9293-window/opens --echo --baseline before.jsonl
same "nobody listens: it could not be told, exit 1" "$RC" 1
matches "and says what was in the way" "$OUT" '2 cases: 2 inconclusive'
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-options/mss-in-answer 7323/not-offered --rate 10000
same "nobody listens: what asks for an answer to the SYN accuses nobody either" \
	"$RC $(grep -c 'nobody took a connection at 7$' "$OUT")" "1 2"

# nobody_is_accused WHAT PORT CASES: all begin at once, so --fail-fast spares asking again
# shellcheck disable=SC2086 # words
nobody_is_accused() {
	run 100 "$TCPCRAFT" conform "$SERVER_IP" "$2" $3 --at nobody="$2" --jobs 64 --rate 10000 --fail-fast --json
	same "$1: nothing is said of its TCP" "$RC $(jq -r 'select(.type == "case") |
		.verdict' "$OUT" | sort | uniq -c | tr -s ' ')" "1  $(echo "$3" | wc -w) inconclusive"
}

MANY='9293-listen/rst 9293-listen/syn 9293-listen/ack 9293-options/nop 9293-options/mss-cut
	3168/not-asked 3168/cwr-alone'
tables srv -A INPUT -p tcp --dport 9 -j DROP
nobody_is_accused "a port that nobody listens on" 1 "$MANY"
nobody_is_accused "a host that is silent" 9 "$MANY 9293-closed/rst 9293-closed/all-flags"

# own_account PORT HABIT: what a server does unasked is no fault of its kernel's TCP. (A slow one
# may do it behind the question, which is passed then.)
own_account() {
	habit srv "$SERVER_IP" "$1" "$2"
	for more in --json "--json --fail-fast"; do
		# shellcheck disable=SC2086 # words
		run 100 "$TCPCRAFT" conform "$SERVER_IP" "$1" 3168/syn 5961/ack-ahead 9293-listen/syn \
			--rate 10000 --jobs 8 $more
		none "a server whose habit it is to $2: nobody is accused ($more)" \
			"$(jq -r 'select(.verdict == "fail") | .case' "$OUT")"
		check "exit 1, or 0" [ "$RC" -le 1 ]
		cat "$OUT" >>whys
	done
}
own_account 5300 reset
own_account 5301 close
own_account 5302 greet
for does in resets closes 'speaks on'; do
	matches "why is told" whys "waits until it is spoken to: this one $does each"
done

# verdicts_at PORT CASE...: sets $RC and $VERDICTS
verdicts_at() {
	run 100 "$TCPCRAFT" conform "$SERVER_IP" "$@" --rate 10000 --jobs 8 --json
	VERDICTS=$(jq -r 'select(.type == "case") | "\(.case) \(.verdict)"' "$OUT" | sort | tr '\n' ';')
}

# ... but what its habit does not show is a fault there, too (tests/conformance.txt has Linux's),
if [ "$FAMILY" = 4 ]; then
	verdicts_at 5302 9293-icmp/syn-received 9293-listen/rst
	same "a defect behind a server that greets is accused" "$RC $VERDICTS" \
		"4 9293-icmp/syn-received fail;9293-listen/rst pass;"
fi

# ... and so is what was seen long before it.
mkdir -p own/late
reset_ends() {
	printf '//: %s\n' "name a reset" "sound It ends nothing (which is wrong)" "clause none" "class MAY" given
	printf '%s\n' '0 < S 0:0(0) win 65535 <mss 1460>' '* > S. 0:0(0) ack 1 <...>' \
		'+0 < . 1:1(0) ack 1 win 65535' '//: then' "$@"
}
reset_ends '+0 < R 1:1(0)' '+0 < . 1:1(0) ack 1 win 65535' '+0~+1 > . 1:1(0) ack 1' >own/late/before.pkt
reset_ends '+0 silence 6' >own/late/behind.pkt
habit srv "$SERVER_IP" 5304 reset seconds=2
# (Where this machine was late by so much that it may have been that one, it is asked again.)
for _ in 1 2 3 4 5; do
	TCPCRAFT_CONFORMANCE=$PWD/own verdicts_at 5304 late
	[ "$(jq 'select(.case == "late/before") | .duration_us' "$OUT")" -ge 900000 ] || break
done
same "a server that resets after two seconds: who saw a reset before that is accused, who saw that is not" \
	"$RC $VERDICTS" "4 late/before fail;late/behind inconclusive;"

# Who listens no more is asked twice and looked at once; who was asked beside it is not accused.
# dies PORTS N SCRIPTS [again]: tests/peers/dies.py; the script "closes" asks the second port. Sets
# $CAME and $SYNS, those to the first port
dies() {
	local port="${1%,*}"
	rm -rf own/dies
	mkdir own/dies
	for script in $3; do
		printf '//: %s\n' "name dies" "sound RFC 9293" "clause RFC 9293 3.5" "class MUST" \
			>"own/dies/$script.pkt"
		[ "$script" != closes ] || echo '//: needs closes' >>"own/dies/$script.pkt"
		printf '%s\n' '//: given' '0 < 999 > 80 S 0:0(0) win 100' \
			'* > 80 > 999 S. 0:0(0) ack 1 <...>' \
			'+0 < 999 > 80 P. 1:2(1) ack 1 win 100 "q"' any \
			'* > 80 > 999 P. 1:2(1) ack 2 <...>' \
			'//: then' '+0 < 1001 > 80 S 0:0(0) win 100' any \
			'+0~+2 > 80 > 1001 S. 0:0(0) ack 1 <...>' >>"own/dies/$script.pkt"
	done
	# shellcheck disable=SC2086 # a word, or none
	start dies srv /usr/bin/python3 "$TC_ROOT/tests/peers/dies.py" "$SERVER_IP" "$1" "$2" ${4-}
	says dies.out listening 10
	tables srv -I INPUT -p tcp --syn --dport "$port"
	TCPCRAFT_CONFORMANCE=$PWD/own verdicts_at "$port" dies --at closes="${1#*,}"
	CAME="$RC $VERDICTS"
	SYNS=$(tables srv -nvxL INPUT | awk -v port="$port" '$0 ~ port { print $1 }')
	tables srv -D INPUT -p tcp --syn --dport "$port"
	stop "$PID"
}
dies 5305 1 once
same "a port that is gone is looked at once, and what ended it is accused: four SYNs in all" \
	"$CAME $SYNS" "4 dies/once fail; 4"
matches "and is told why" "$OUT" '"why":"[^"]*; its server was gone behind it: it has ended, or was ended"'
BESIDE='others were asked beside it: --jobs 1 tells'
dies 5306 2 'one two'
same "of two at once that may have ended it neither is accused" "$CAME" \
	"1 dies/one inconclusive;dies/two inconclusive;"
same "and why is told, for each" "$(grep -c "$BESIDE" "$OUT")" 2
dies 5307,5308 1 'closes one'
same "nor at two ports of a server that died as one" "$CAME $(grep -c "$BESIDE" "$OUT")" \
	"1 dies/closes inconclusive;dies/one inconclusive; 2"
dies 5309 2 'one two' again
same "nor is one beside it where it came back and was ended again by the other" \
	"$CAME $(grep -c "$BESIDE" "$OUT")" "4 dies/one fail;dies/two inconclusive; 1"

is_said_once() {
	same "what this machine cannot ($1) is said once: exit 3" \
		"$RC $(wc -l <"$ERR") $(wc -c <"$OUT")" "3 1 0"
}

run 20 "$TCPCRAFT" conform 198.51.100.9 7
is_said_once "no route"
run 20 setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs \
	"$TCPCRAFT" conform "$SERVER_IP" 7
is_said_once "no privileges"

# ---- run -------------------------------------------------------------------------------

mkdir -p mine/more
echo '0 < S 0:0(0) win 100' >mine/1.pkt
printf '%s\n' '0 < S 0:0(0) win 100' '+0~+1 > S. 0:0(0) ack 1 <...>' >mine/more/2.pkt
echo 'no script' >mine/notes.txt
run 60 "$TCPCRAFT" run mine "$SERVER_IP" 1 --jobs 2 --json --junit run.xml
same "run of a folder: one failed, exit 4" "$RC" 4
same "each tells its result, and then all" \
	"$(jq -r 'select(.type != "segment") | "\(.type) \(.verdict // .exit)"' "$OUT" | sort | tr '\n' ';')" \
	"result failed;result passed;suite 4;"
run 60 "$TCPCRAFT" run mine "$SERVER_IP" 1 --fail-fast
matches "--fail-fast begins no more" "$OUT" '2 scripts: 1 '
run 60 "$TCPCRAFT" run mine "$SERVER_IP" 1
matches "the table says which, and why" "$OUT" '2.pkt:2:1: .*tcp.flags is R\., expected S\.'

# ---- our own TCP, bent ------------------------------------------------------------------

run 60 "$TCPCRAFT" conform --dut own 9293-nagle/on 9293-nagle/off --tcp nagle=off --json
same "--tcp bends our own TCP, and the case of it is accused" \
	"$(jq -r 'select(.case) | "\(.case) \(.verdict)"' "$OUT" | sort | tr '\n' ';')" \
	"9293-nagle/off pass;9293-nagle/on fail;"
refuses 2 'conform: --tcp, --like .* with --dut own' conform "$SERVER_IP" 7 --like linux
nothing_left 5
