#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The Linux kernel under the fuzzer: what it answers to each field in each state is the same
# from run to run, nothing that RFC 9293 forbids is found, and no reset of our own kernel
# gets out, whatever port a case claims to come from. And what a campaign gives besides.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables
net_pair
cd $WORK || exit 1
protd_start srv "$SERVER_IP" -p 0

fuzz() {
	run 120 "$TCPCRAFT" fuzz "$SERVER_IP" "$PROTD_PORT" "$@"
}

# ---- the table of reactions ------------------------------------------------------------

table() {
	fuzz --seed 5 --strategy boundary,flip --parallel 64 --journal "$1.jsonl" --json
	same "run $1: done, nothing but new kinds of answers" "$RC" 0
	grep '"type":"reaction"' "$OUT" >"table$1"
	matches "run $1: no reset of our kernel gets out" "$OUT" '"resets_leaked":0'
	sed -n 's/^{"type":"case","case":\([0-9]*\),.*"reaction":"\([^"]*\)".*/\1 \2/p' \
		"$1.jsonl" >"table$1.cases"
}

# alone JOURNAL CASE: its reaction, when nothing else is under way.
alone() {
	(cd alone && fuzz --replay "../$1.jsonl" --case "$2" --parallel 1 --timeout 3 --json)
	sed -n 's/.*"reactions":{"\([^"]*\)".*/\1/p' "$OUT"
}

# unsteady JOURNAL SAID SAID: cases whose reactions differ. Under load a segment may come late, or
# twice: these are asked again, and have to say the same twice in a row.
unsteady() {
	local n first second
	sort "$2" >said1
	sort "$3" >said2
	comm -3 said1 said2 | awk '{ print $1 }' | sort -un >differ
	sed -n '31s/.*/more than 30 cases/p' differ
	mkdir -p alone
	head -n 30 differ | while read -r n; do
		first=$(alone "$1" "$n") second=$(alone "$1" "$n")
		[ "$first" = "$second" ] || first=$(alone "$1" "$n")
		[ -n "$first" ] && [ "$first" = "$second" ] || echo "case $n: $first, $second"
	done
}

test_reactions() {
	table 1
	table 2
	none "the same seed: the same reactions to each field in each segment" \
		"$(unsteady 1 table1.cases table2.cases)"
	check "there are hundreds of them" [ "$(wc -l <table1)" -gt 300 ]
	matches "a wrong TCP checksum in data is never acknowledged" table1 \
		'"field":"tcp.checksum","segment":"data","class":"bad","reactions":{"unacked":1}'
	matches "nor is data without the ACK bit" table1 \
		'"field":"tcp.flags.ack","segment":"data","class":"flip","reactions":{"unacked":[0-9]*}'
	same "the journal has each case once" \
		"$(sed -n 's/^{"type":"case","case":\([0-9]*\).*/\1/p' 1.jsonl | sort -un | wc -l)" \
		"$(grep -c '^{"type":"case"' 1.jsonl)"
}

# Whatever else is under way, and whatever the machine does besides: a segment that was lost to
# that is no reaction. (Whether the server has read the first of two segments when the other comes,
# or what overlaps it, is up to its own kernel: PROT's header must come at one read. And so is, where
# that closes it, whether something is left unread.)
said_at() {	# NAME OPTION...
	local at="$1"
	shift
	fuzz --seed 6 --cases "${CASES:-300}" --journal "$at.jsonl" --json "$@"
	sed -n 's/^{"type":"case","case":\([0-9]*\),.*"field":"\(overlap\|split\)".*/\1 \2/p; t
		s/^{"type":"case","case":\([0-9]*\),.*"field":"after [0-9a-f]*".*"reaction":"\(closed\|reset\)".*/\1 ends/p; t
		s/^{"type":"case","case":\([0-9]*\),.*"reaction":"\([^"]*\)".*/\1 \2/p' \
		"$at.jsonl" | sort -n >"$at"
	matches "$at: no reset of our kernel gets out" "$OUT" '"resets_leaked":0'
}
test_degrees() {
	local n
	for n in 1 2; do
		start "busy$n" here sh -c 'while :; do :; done'
		echo "$PID"
	done >busy
	said_at one --parallel 1
	said_at 64 --parallel 64
	said_at 1024 --parallel 1024
	said_at jobs --parallel 64 --jobs 3
	while read -r n; do stop "$n" KILL; done <busy
	same "each case once" "$(wc -l <one)" 300
	none "64 at once: every case's reaction is the one of one at a time" "$(diff one 64)"
	none "1024 at once: as well" "$(diff one 1024)"
	none "three jobs under one journal: as well" "$(diff one jobs)"
	same "that journal is as of one: in order, and of no share" \
		"$(sed -n 's/^{"type":"case","case":\([0-9]*\).*/\1/p' jobs.jsonl | xargs) $(
			grep -c '"shard"' jobs.jsonl)" "$(seq 0 299 | xargs) 0"
}

crowd() {	# N
	said_at "crowd$1" --parallel "$1"
	same "$1 at once: each case once" "$(wc -l <"crowd$1")" $CASES
	sed 's/ \(closed\|reset\)$/ ends/' "crowd$1" >"crowd$1.cases"
}

# As many as are at once in the largest crowd. Of thousands some find the server's queue full, or its
# program late: one in a thousand may say something else, and says one thing alone. (A cut header
# leaves options as data; whether that is read when the program closes is seen in FIN or RST.)
test_crowds() {
	local n CASES=5000
	for n in 1 2; do
		start "crowd$n" here sh -c 'while :; do :; done'
		echo "$PID"
	done >busy
	crowd 64
	for n in 256 1024 4096; do
		crowd $n
		none "$n at once: the reactions of 64 at once" \
			"$(unsteady crowd64 crowd64.cases "crowd$n.cases")"
		none "$n at once: all but one in a thousand at the first asking (64 | $n)" \
			"$([ "$(wc -l <differ)" -le 5 ] || comm -3 said1 said2 | sort -n | head -n 40)"
	done
	while read -r n; do stop "$n" KILL; done <busy
}

# What the network has lost is no reaction.
test_loss() {
	said_at whole --strategy payload --parallel 2
	tables srv -I INPUT -p tcp -m length --length 100:1400 -m statistic --mode nth --every 9 \
		--packet 8 -j DROP
	said_at lossy --strategy payload --parallel 2 --timeout 0.15
	check "the network loses data of some" \
		[ "$(tables srv -nvxL INPUT | awk '$3 == "DROP" { print $1 }')" -gt 4 ]
	tables srv -D INPUT 1
	none "every case's reaction is the one without a loss" "$(diff whole lossy)"
}

# ---- jobs -----------------------------------------------------------------------------------

# blamed NAME OPTION...: of a server that dies of one case, and is back a second later.
blamed() {
	local of="$1" file
	shift
	run 150 "$TCPCRAFT" fuzz "$SERVER_IP" 7777 --seed 1 --strategy payload --cases 300 \
		--timeout 0.5 --journal "$of.jsonl" --json "$@"
	same "$of: exit 4, and no word" "$RC $(cat "$ERR")" "4 "
	sed -n 's/.*"type":"finding","kind":"refuses","case":\([0-9]*\).*/\1/p' "$OUT" >"$of.cases"
	file=$(sed -n 's/.*"kind":"refuses".*"capture":"\([^"]*\)".*/\1/p' "$OUT" | head -n 1)
	check "$of: the capture has the payload that killed" [ "$(tshark -n -r "$file" -d \
		tcp.port==1-65535,data -Y 'tcp.dstport == 7777 && tcp.payload[0:9] == 50:52:4f:54:01:00:00:01:01' \
		2>/dev/null | wc -l)" -gt 0 ]
	same "$of: each case is in the journal once, in order" "$(sed -n \
		's/^{"type":"case","case":\([0-9]*\),.*/\1/p' "$of.jsonl" | xargs)" \
		"$(seq 0 299 | xargs)"
}

test_jobs_blame() {
	cat >keep <<-'END'
		trap 'kill $p; exit' TERM
		while :; do
			"$@" & p=$!
			wait $p
			sleep 2		# or a look that a busy machine makes late finds it well
		done
	END
	start keeper srv sh keep "$TC_BUILD/peers/flawed" "$SERVER_IP" 7777 length 257
	blamed alone-12 --parallel 12
	blamed jobs-3 --parallel 12 --jobs 3
	blamed jobs-16 --parallel 1024 --jobs 16
	stop "$PID"
	same "one case is blamed, the same with jobs" \
		"$(wc -l <alone-12.cases) $(sort -u alone-12.cases jobs-3.cases jobs-16.cases | wc -l)" "1 1"
	start once srv "$TC_BUILD/peers/flawed" "$SERVER_IP" 7777 length 257
	run 60 "$TCPCRAFT" fuzz "$SERVER_IP" 7777 --seed 1 --strategy payload --cases 300 --jobs 3 \
		--parallel 12 --timeout 0.5 --journal gone.jsonl --json
	same "a server that is gone for good: exit 4 and one line" "$RC $(wc -l <"$ERR")" "4 1"
	same "it is told once, of cases among which is that one" "$(sed -n \
		's/.*"kind":"refuses".*(cases \([0-9]*\) to \([0-9]*\)).*/\1 \2/p' "$OUT" |
		while read -r from to; do seq "$from" "$to" | grep -cx "$(cat alone-12.cases)"; done)" 1
}

# jobs_of PID: its children whose errors it keeps.
jobs_of() {
	local child
	tr ' ' '\n' <"/proc/$1/task/$1/children" | while read -r child; do
		case $(readlink "/proc/$child/fd/2") in */memfd:said*) echo "$child" ;; esac
	done
}
at_work() {
	[ "$(grep -c '"type":"case"' "$1.jsonl")" -gt 100 ]
}
# start_jobs NAME OPTION...: three of them, at work.
start_jobs() {
	local of="$1"
	shift
	: >"$of.jsonl"
	start "$of" here "$TCPCRAFT" fuzz "$SERVER_IP" "$PROTD_PORT" --seed 6 --jobs 3 --force \
		--journal "$of.jsonl" "$@"
	check "$of: three jobs are at work" wait_for 60 at_work "$of"
}
whole() {	# NAME: the journal has each case once, in order
	sed -n 's/^{"type":"case","case":\([0-9]*\),.*/\1/p' "$1.jsonl" >had
	seq 0 $(($(wc -l <had) - 1)) >"all"
	none "$1: each case is in the journal once, in order" "$(diff had all)"
	none "$1: it can be read" "$(/usr/bin/python3 -c 'import json, sys
for line in open(sys.argv[1]): json.loads(line)' "$1.jsonl" 2>&1)"
}

test_jobs_end() {
	local n
	start_jobs killed --cases 6000 --parallel 64 --rate 2000
	same "there are three" "$(jobs_of "$PID" | wc -l)" 3
	kill -KILL "$(jobs_of "$PID" | head -n 1)"
	check "one is killed, and the campaign ends" wait_for 100 gone "$PID"
	wait "$PID"
	same "with exit 0 and a line that says so" "$? $(cat killed.err
		grep '^[a-z]*: case ' killed.out | grep -v '^novel')" \
		"0 tcpcraft: one of 3 jobs ended: signal 9; its cases are run by the others"
	whole killed
	same "and all cases" "$(wc -l <had)" 6000
	start_jobs ended --cases 100000 --parallel 64 --rate 2000
	for n in $(jobs_of "$PID"); do kill -KILL "$n"; done
	told_of_all() { [ "$(grep -c 'jobs ended: signal 9' ended.err)" = 3 ]; }
	check "all are killed, which is said of each" wait_for 60 told_of_all
	n=$(wc -l <ended.jsonl)
	grows() { [ "$(wc -l <ended.jsonl)" -gt "$n" ]; }
	check "the campaign goes on by itself" wait_for 60 grows
	stop "$PID" INT
	same "until it is stopped" "$RC" 130
	whole ended
}

# ---- what there is of a finding ---------------------------------------------------------

test_findings() {
	sed -n 's/^{"type":"finding".*"case":\([0-9]*\).*"capture":"\([^"]*\)".*/\1 \2/p' 1.jsonl >captures
	check "each finding has its capture" [ -s captures ]
	while read -r n file; do
		ports=$(dump -nn -r "$file" 2>/dev/null |
			sed -n "s/.*IP6* $CLIENT_IP\.\([0-9]*\) >.*/\1/p" | sort -u | wc -l)
		check "case $n: $file has our frames, and no other case's" [ "$ports" = 1 ]
	done <captures
	fuzz --seed 5 --cases 300 --journal page.jsonl --html page.html
	same "--html: exit 0" "$RC" 0
	same "the page has the table, and each finding with its ladder" \
		"$(grep -o '<section .*data-kind="[a-z]*"' page.html | grep -o 'data-kind.*' | sort | uniq -c | xargs)" \
		"$(n=$(grep -c '^{"type":"finding"' page.jsonl); echo "$n data-kind=finding" \
			"1 data-kind=heat $n data-kind=ladder")"
}

# (Not in brief: the answers are TCP's, whatever carries it.)
if [ -z "$BRIEF" ]; then
	test_reactions
	test_degrees
	[ -z "${TC_LONG-}" ] || test_crowds
	test_loss
	test_jobs_blame
	test_jobs_end
	test_findings
fi

# ---- rules for every case, and a capture as the base ----------------------------------------

observe wire srv s0 tcp
fuzz --seed 3 --cases 40 --parallel 1 --mutate "syn: $(named ip.ttl)=33" --segments data \
	--fields tcp.urgent_pointer --journal ttl.jsonl
observed wire
same "--mutate beside the cases: exit 0" "$RC" 0
packets wire "tcp.flags.syn == 1 && ip.src == $CLIENT_IP" ip.ttl | sort | uniq -c >ttls
matches "every case has it" ttls ' [4-9][0-9] 33$'
matches "control exchanges are honest" ttls ' 64$'
matches "the journal says it" ttl.jsonl "\"mutate\":\[\"syn: $(named ip.ttl)=33\"\]"
run 30 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" based --mutate "any: $(named ip.ttl)=77" \
	--mutate 'syn: tcp.options=mss 1000' -w base.pcap
observe wire2 srv s0 tcp
fuzz --seed 3 --cases 60 --parallel 4 --base base.pcap --strategy capture --journal base.jsonl
observed wire2
same "--base: exit 0" "$RC" 0
matches "a capture's payload is the request" base.jsonl \
	"\"request_hex\":\"50524f540100000005.*\"base\":\[\"syn: $(named ip.ttl)=77; $(named ip.dsfield)=0; "
packets wire2 "tcp.flags.syn == 1 && tcp.options.mss_val == 1000" ip.ttl | sort | uniq -c >ttls
matches "its SYN is under the cases" ttls ' 77$'

base_of() {	# JOURNAL: what it says of the capture
	sed -n '1s/.*\("request_hex":"[0-9a-f]*"\).*\("base":\[[^]]*\]\).*/\1 \2/p' "$1"
}
/usr/bin/python3 "$TC_ROOT/tests/peers/wrap.py" base.pcap wrapped.pcap
fuzz --seed 3 --cases 4 --base wrapped.pcap --strategy capture --journal wrapped.jsonl
same "--base of what came in fragments of a tunnel of the other family: the same" \
	"$RC $(base_of wrapped.jsonl)" "0 $(base_of base.jsonl)"
same "its request is what tshark has" "$(base_of wrapped.jsonl | sed 's/[^:]*:"\([^"]*\)".*/\1/')" \
	"$(tshark -n -r wrapped.pcap -Y "tcp.len > 0 && tcp.dstport == $PROTD_PORT" -T fields \
		-e tcp.payload 2>/dev/null | head -n 1)"
fuzz --replay base.jsonl --all
same "and the journal alone brings them back: exit 0" "$RC" 0
matches "all of them" "$OUT" '^60 cases in '

# ---- the IP header, and over IPv6 those that are put behind it ---------------------------------

header=ip other=::1
[ "$FAMILY" = 4 ] || header=ipv6 other=127.0.0.1
observe ip srv s0 "src host $CLIENT_IP"
fuzz --seed 4 --cases 300 --parallel 16 --strategy boundary,flip,random --fields "$header.*" \
	--journal ip.jsonl --json
observed ip
same "$header.*: nothing that matters is found, and no reset of our kernel gets out" \
	"$RC $(grep -o '"resets_leaked":[0-9]*' "$OUT")" '0 "resets_leaked":0'
if [ "$FAMILY" = 6 ]; then
	for each in hopopts routing fraghdr dstopts; do
		packets ip "ipv6.$each.nxt" frame.number >seen
		check "tshark sees ipv6.$each in segments" [ -s seen ]
	done
else
	packets ip "ip.hdr_len > 20" frame.number >seen
	check "tshark sees IP options in segments" [ -s seen ]
fi
run 20 "$TCPCRAFT" fuzz "$other" 9 --replay ip.jsonl --all
same "a journal is of its family: exit 2 and a line" "$RC $(wc -l <"$ERR")" "2 1"
matches "which says so" "$ERR" "ip.jsonl is of cases over IPv$FAMILY, and $other is IPv"

# ---- what is wrong with the command line ---------------------------------------------------

wrong() {
	local what="$1"
	shift
	fuzz "$@"
	same "$what: exit 2 and one line" "$RC $(wc -l <"$ERR")" "2 1"
}
wrong "no base for the strategy capture" --strategy capture
wrong "a base that is not a capture" --base "$0"
wrong "no such base" --base nowhere.pcap
wrong "two payloads" --base base.pcap --data 00
wrong "a rule that is none" --mutate 'data[1]: frobnicate'
stop "$PROTD_PID"
nothing_left 5
