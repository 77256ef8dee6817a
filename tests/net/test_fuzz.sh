#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The fuzzer finds what was planted, says so small enough to be understood, and leaves
# alone what has no defect. TC_LONG: cases of the whole space, from three seeds.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables tcpdump
own_host
FLAWED=$TC_BUILD/peers/flawed
cd $WORK || exit 1

# planted DEFECT KIND ERE OPTION...: found, and what is left of it reads like that.
planted() {
	local defect="$1" kind="$2" rule="$3" seed
	shift 3
	for seed in 1${TC_LONG:+ 2 3}; do
		# shellcheck disable=SC2086 # words
		run 300 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed $seed --minimize --json \
			--timeout 0.3 --force --spawn "exec $FLAWED $LOOPBACK 7777 $defect" \
			${TC_LONG:+--cases 1500} "$@"
		same "$defect, seed $seed: exit 4" "$RC" 4
		matches "$defect, seed $seed: found, and made small" "$OUT" \
			"\"kind\":\"$kind\",\"case\":[0-9]+,$rule"
	done
}

# In a hurry: a part of the space that has it, among much that does not matter.
set --
if [ -z "${TC_LONG-}" ]; then
	set -- --segments data --strategy boundary,flip --cases 130 --fields "prot.*,$(named ip.ttl)"
fi
planted crash-length died '"mutate":"data\[1\]: prot.length=513"' "$@"
planted hang-zero hang '"mutate":"data\[1\]: prot.length=0"' "$@"
planted weak-checksum accepted '"mutate":"data\[1\]: prot.checksum\^=0x[0-9a-f]+00"' "$@"
# (Whatever has a frame rejected costs one: which of them is the last is chance.)
REJECTED='data\[1\]: prot.(magic|version|length|checksum)|[a-z]+: tcp.hdr_len'
planted leak refuses "(\"mutate\":\"($REJECTED)[^;\"]*\"|\"payload\":\"[^\"]+\")" "$@"
[ -n "${TC_LONG-}" ] ||
	set -- --segments data --strategy sequence --cases 300 --fields 'prot.*'
planted 'cut 7' died '"mutate":"data\[1\]: (truncate|split|overlap) [0-9]+"' "$@"

run 60 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 1 --journal whole.jsonl --cases 100 \
	--spawn "exec $FLAWED $LOOPBACK 7777 none" --timeout 0.3
same "nothing is found in a server without defect: exit 0" "$RC" 0
matches "the table and the sum are told" "$OUT" '^100 cases in .* seed 1; '
same "the journal has a line for each case" "$(grep -c '"type":"case"' whole.jsonl)" 100
cp whole.jsonl $WORK/whole.json # to be looked at as other lines are

# numbers JOURNAL: of its cases, in order.
numbers() {
	sed -n 's/^{"type":"case","case":\([0-9]*\).*/\1/p' "$1" | cksum
}

# ---- cases can be had again --------------------------------------------------------

run 20 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 1 --cases 100 --dry-run --json
cut -d, -f1-7 "$OUT" >dry
sed -n '/"type":"case"/p' whole.jsonl | cut -d, -f1-7 >had
same "the dry run lists what the campaign ran" \
	"$(grep -c . dry) $(sed 's/,"reaction.*//' had | cmp - dry >/dev/null 2>&1; grep -o '"mutate":[^]]*]' dry | cksum)" \
	"100 $(grep -o '"mutate":[^]]*]' had | cksum)"
head -n 41 whole.jsonl >part.jsonl
printf '{"type":"case","ca' >>part.jsonl
run 60 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 1 --journal part.jsonl --resume --cases 100 \
	--spawn "exec $FLAWED $LOOPBACK 7777 none" --timeout 0.3
same "--resume goes on behind the last whole case" \
	"$(numbers part.jsonl)" "$(numbers whole.jsonl)"
wrong_journal() {
	run 20 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --journal part.jsonl --resume "$@"
	same "--resume of another campaign ($*): exit 2 and a line" "$RC $(wc -l <"$ERR")" "2 1"
}
wrong_journal --seed 2
wrong_journal --seed 1 --mutate 'fin: drop'
wrong_journal --seed 1 --data-string other
wrong_journal --seed 1 --tcp mss=900
run 60 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 1 --journal habits.jsonl --cases 4 --timeout 0.3 \
	--segments fin -w habits.pcap --spawn "exec $FLAWED $LOOPBACK 7777 none" --tcp mss=900,ts=off
# (Of IPv6 libpcap has no tcp[].)
IS_SYN='tcp[13] == 2'
[ "$FAMILY" = 4 ] || IS_SYN='ip6[6] == 6 && ip6[53] == 2'
# without PCAP: how many SYNs of a capture have not the habits, and that there are some
without() {
	dump -nr "$1" "$IS_SYN" 2>/dev/null >syns
	echo "$(grep -vc 'mss 900,.*sackOK' syns) $([ -s syns ] && echo some)"
}
same "--tcp: each SYN of ours has its habits, and the journal says so" "$(without habits.pcap) \
$(sed -n '1s/.*"tcp":"\([^"]*\)".*/\1/p' habits.jsonl)" "0 some mss=900,ts=off"
run 60 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --replay habits.jsonl --all --timeout 0.3 -w again.pcap \
	--spawn "exec $FLAWED $LOOPBACK 7777 none"
same "and a replay takes them from there" "$(without again.pcap)" "0 some"
refuses 2 '--tcp mss=: ' fuzz "$LOOPBACK" 7777 --tcp mss=70000
# without exec: the shell's child ends as well
start killed here "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 1 --journal killed.jsonl --cases 100 \
	--spawn "$FLAWED $LOOPBACK 7777 none; exit" --timeout 0.3
says killed.jsonl '"case":20' 20 2>/dev/null
stop "$PID" KILL
nothing_left 5
run 60 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 1 --journal killed.jsonl --resume --cases 100 \
	--spawn "exec $FLAWED $LOOPBACK 7777 none" --timeout 0.3
same "kill -9 loses none that was over, --resume does the rest" "$(numbers killed.jsonl)" \
	"$(numbers whole.jsonl)"
run 60 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 1 --cases 100 --shard 2/3 --dry-run
same "--shard 2/3: case 1, 4, 7 …" "$(cut -d' ' -f1 "$OUT" | xargs)" "$(seq 1 3 99 | xargs)"
run 60 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --replay whole.jsonl --all --timeout 0.3 \
	--spawn "exec $FLAWED $LOOPBACK 7777 crash-length"
same "a journal is a test: all of it against a worse server" "$RC" 4

# ---- many at once, and a stop --------------------------------------------------------

protd_start here "$LOOPBACK" -p 0
CASES=${TC_LONG:+5000}
CASES=${CASES:-600}
run 120 "$TCPCRAFT" fuzz "$LOOPBACK" "$PROTD_PORT" --seed 5 --cases "$CASES" --parallel 64 --json
check "$CASES cases at 64 connections: the server stands" kill -0 "$PROTD_PID"
matches "$CASES cases are counted" "$OUT" "\"command\":\"fuzz\",\"cases\":$CASES"
matches "whatever port they came from, no reset of our kernel got out" "$OUT" '"resets_leaked":0'
none "and no crash, hang or refusal is claimed" "$(grep -E '"kind":"(died|hang|refuses)"' "$OUT")"
start fuzz here "$TCPCRAFT" fuzz "$LOOPBACK" "$PROTD_PORT" --seed 6 --seconds 60 \
	--journal stopped.jsonl
says stopped.jsonl '"case":100' 10 2>/dev/null
stop "$PID" INT
same "Ctrl-C: 130" "$RC" 130
none "the journal is whole up to the last case" \
	"$(/usr/bin/python3 -c 'import json,sys
for line in open("stopped.jsonl"): json.loads(line)' 2>&1)"
stop "$PROTD_PID"

# ---- other ways to know that a server is not well ------------------------------------------

start watched here "$FLAWED" "$LOOPBACK" 7778 crash-length
WATCHED=$PID
run 30 "$TCPCRAFT" fuzz "$LOOPBACK" 7778 --seed 1 --pid "$WATCHED" --timeout 0.3 --segments data \
	--fields prot.length --strategy boundary --journal pid.jsonl
same "--pid: its death is a finding, exit 4" "$RC" 4
matches "and it is told of" "$OUT" '^died: case [0-9]*: the process is gone'
matches "nobody can start it again" "$ERR" 'with --spawn it would be started again'
# shellcheck disable=SC2016 # it is for the other shell
printf '#!/bin/sh\nexec rm "$0"\n' >once
chmod +x once
for check in true false ./once "mkdir asked"; do
	run 30 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 1 --cases 3 --oracle "exec:$check" \
		--fields prot.length --segments data --timeout 0.3 --force \
		--spawn "exec $FLAWED $LOOPBACK 7777 none"
	echo "${check%% *} $RC" >>checks
	cat "$ERR" >>check.err
done
same "--oracle exec:CMD: its status counts, also before the first case" "$(xargs <checks)" \
	"true 0 false 3 ./once 3 mkdir 4"
matches "which is not a finding, and said" check.err "'false' fails before the first case"
matches "one that cannot be run any more ends it" check.err "'./once' cannot be run"
matches "and it says so" "$OUT" '^refuses: .*the check fails'
run 30 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 1 --seconds 3 --timeout 0.3 --journal ub.jsonl \
	--spawn "(sleep 1; echo 'x.c:7:3: runtime error: planted' >&2) & exec $FLAWED $LOOPBACK 7777 none"
same "a sanitizer's report of a server that goes on: exit 4" "$RC" 4
matches "and is the finding" "$OUT" '^died: case [0-9]*: runtime error: planted'

# ---- the capture of a finding ------------------------------------------------------------

protd_start here "$LOOPBACK" -p 0
run 30 "$TCPCRAFT" fuzz "$LOOPBACK" "$PROTD_PORT" --seed 1 --segments syn --strategy boundary \
	--fields tcp.hdr_len --journal wrong.jsonl
same "segments with a wrong header length: nothing that matters is found" "$RC" 0
none "the capture of each novel answer has the segment that was answered, or not" \
	"$(find . -name 'wrong-case-*.pcap' -size -25c)"
same "and there is one" "$(find . -name 'wrong-case-*.pcap' | head -n 1 | wc -l)" 1
stop "$PROTD_PID"

# ---- on a terminal -----------------------------------------------------------------------

protd_start here "$LOOPBACK" -p 0
run 120 script -qefc "$TCPCRAFT fuzz $LOOPBACK $PROTD_PORT --seed 7 --cases 1000 --force" /dev/null
same "on a terminal: exit 0" "$RC" 0
tr '\r' '\n' <"$OUT" >shown
matches "it shows cases, their rate, how long still, what was found, and how much of the space" \
	shown \
	'^[0-9]+ cases, [0-9]+ a second, [0-9]+ s to go, no fault; [0-9]+ kinds? of answers?, [0-9]+ % of the space'
matches "and ends with the sum" shown '^.*1000 cases in '
stop "$PROTD_PID"
# It is in the background there, where who reads from the terminal is stopped.
run 120 script -qefc "$TCPCRAFT fuzz $LOOPBACK 7777 --seed 7 --cases 20 --force \
	--spawn '[ -t 0 ] || exec $FLAWED $LOOPBACK 7777 none'" /dev/null
same "a server that is started there has no terminal to read from" \
	"$RC $(tr '\r' '\n' <"$OUT" | grep -c '20 cases in ')" "0 1"

# ---- what is wrong with the command line -------------------------------------------------

wrong() {
	local what="$1"
	shift
	run 10 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 "$@"
	same "$what: exit 2 and one line" "$RC $(wc -l <"$ERR")" "2 1"
}
wrong "no such field" --fields tcp.nothing --dry-run
wrong "a field that leads elsewhere" --fields "$(named ip.dst)" --dry-run
wrong "no such segment" --segments sin --dry-run
wrong "no such strategy" --strategy luck --dry-run
wrong "no such oracle" --oracle delphi
wrong "no such journal" --replay nowhere.jsonl --all
echo 'no journal' >bad.jsonl
wrong "a file that is not a journal" --replay bad.jsonl --all
wrong "a journal that is there already" --seed 1 --journal whole.jsonl
run 20 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 9 --spawn /nowhere/server
same "a server that cannot be started: exit 3, and one line" "$RC $(wc -l <"$ERR")" "3 1"
run 20 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 10 --pid 4194300
same "a process that is not there: exit 3, and one line" "$RC $(wc -l <"$ERR")" "3 1"
run 20 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --seed 11
same "no server: exit 1, and one line" "$RC $(wc -l <"$ERR")" "1 1"
nothing_left 5
