#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Clients as targets: what was planted in one that calls is found, blamed on the case that did
# it and made small, and done again from the journal; the client's own log and tshark say so too.
# An honest one is accused of nothing, of the kernel's or lwIP's TCP. Clients that do not play
# along are told of, and nothing is left. TC_LONG: three seeds. (What counts its ISNs, and what
# reads 9 bytes, is no fault of a case: test_probe_clients finds it.)
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables
own_host
CALLER=$TC_BUILD/peers/caller
cd $WORK || exit 1

# fuzz DEFECT OPTION...
fuzz() {
	local defect="$1"
	shift
	OUT=$WORK/out
	: >death
	run 120 "$TCPCRAFT" fuzz --listen "$LOOPBACK" 7777 --json --force --timeout 0.4 \
		--call "exec $CALLER $LOOPBACK 7777 $defect 2>>death" "$@"
}

# found KIND: numbers of the cases that it was found in
found() {
	sed -n "s/.*\"type\":\"finding\",\"kind\":\"$1\",\"case\":\([0-9]*\).*/\1/p" "$OUT"
}

# planted DEFECT KIND RULE OPTION...: what adds up (leak) is brought about by all cases again
planted() {
	local defect="$1" kind="$2" rule="$3" seed which
	shift 3
	for seed in 1${TC_LONG:+ 2 3}; do
		fuzz "$defect" --seed "$seed" --minimize --journal "$defect.jsonl" "$@"
		same "$defect, seed $seed: exit 4" "$RC" 4
		matches "$defect, seed $seed: found, and made small" "$OUT" \
			"\"kind\":\"$kind\".*\"mutate\":\"$rule\""
		which="--case $(found "$kind" | head -1)"
		[ "$defect" != leak ] || which=--all
		cp "$OUT" planted.out
		# shellcheck disable=SC2086 # words
		fuzz "$defect" --seed 9 --replay "$defect.jsonl" $which
		matches "$defect, seed $seed: the journal brings it about again" "$OUT" \
			"\"kind\":\"$kind\""
		OUT=$WORK/planted.out
	done
}

set -- --strategy boundary --segments data
planted other-port accepted 'data.1.: tcp.dstport.*' "$@" --fields tcp.dstport --cases 7
planted window-zero hang 'data.1.: tcp.window_size_value=0' "$@" \
	--fields tcp.window_size_value --cases 7
same "and nobody else is blamed" "$(grep -c '"kind":"\(hang\|died\|refuses\)"' "$OUT")" 1
planted option-zero died 'syn: tcp.options=hex:[0-9a-f]*00' --strategy options \
	--segments syn --cases ${TC_LONG:+1}30
matches "the client says so itself" death 'dies of option 0'
set -- --strategy pairwise --segments data
# (Where the RST lies in the window it may be taken: then the number belongs to the fault.)
planted any-reset accepted 'data.1.: tcp.flags.reset.=1(; tcp.seq[^;"]*)?' "$@" \
	--fields tcp.flags.reset,tcp.seq --cases 28
planted leak died 'data.1.: tcp.dstport[^"]*' "$@" --fields tcp.dstport --cases 21
matches "and it takes many" "$OUT" '"kind":"died".*"runs":[0-9][0-9]'
planted twice hang 'syn: (dup|tcp.ack)[^;]*' --strategy sequence --segments syn --cases 40
if [ -n "${TC_LONG-}" ]; then
	planted urgent died 'data.1.: tcp.flags.urg.=1.*' "$@" \
		--fields tcp.flags.urg,tcp.urgent_pointer --cases 28
fi
fuzz long-answer --seed 1 --strategy payload --cases 20 --journal long.jsonl
matches "long-answer: it dies" "$OUT" '"kind":"died"'
case=$(sed -n 's/.*"kind":"died","case":\([0-9]*\).*/\1/p' "$OUT" | head -1)
file=$(sed -n 's/.*"kind":"died".*"capture":"\([^"]*\)".*/\1/p' "$OUT" | head -1)
same "its capture has an answer that is too long" "$(tshark -n -r "$file" -T fields -e tcp.len \
	-d tcp.port==1-65535,data -Y 'tcp.srcport == 7777' 2>/dev/null |
	awk '{ n += $1 } END { print (n > 512) }')" 1
fuzz long-answer --seed 1 --replay long.jsonl --case "$case"
same "the case does it again: exit 4" "$RC" 4
run 20 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --replay long.jsonl --case "$case"
same "but not to a server: exit 2" "$RC" 2
matches "which is said" "$ERR" 'long.jsonl is of cases for clients: .*--listen'

# ---- honest ones ----------------------------------------------------------------------------

fuzz none --seed 3 --cases "${TC_LONG:+20}100" --timeout 1
same "a client of the kernel's: exit 0" "$RC" 0
none "it is accused of nothing" "$(grep '"type":"finding"' "$OUT" | grep -v '"kind":"novel"')"
fuzz one-call --seed 3 --cases 20 --timeout 1 --strategy boundary,sequence
same "one that is started for each case: exit 0" "$RC" 0
none "nor is it" "$(grep '"type":"finding"' "$OUT" | grep -v '"kind":"novel"')"

# ---- several at once ------------------------------------------------------------------------

# Each of eight that run calls by itself: a fault of one is found though the others call on.
several() {
	local defect="$1"
	shift
	fuzz "$defect" --seed 1 --timeout 1 --parallel 8 --minimize --journal several.jsonl "$@"
}
several window-zero --strategy boundary --segments data --fields tcp.window_size_value --cases 7
same "eight at once, window-zero: exit 4" "$RC" 4
matches "the one that hangs is found" "$OUT" '"kind":"hang".*"mutate":"data.1.: tcp.window_size_value=0"'
same "and no other case is blamed" "$(grep -c '"kind":"\(hang\|died\|refuses\)"' "$OUT")" 1
several option-zero --strategy options --segments syn --cases 30
matches "option-zero: one that dies" "$OUT" \
	'"kind":"died".*"mutate":"syn: tcp.options=hex:[0-9a-f]*00"'
several any-reset --strategy pairwise --segments data --fields tcp.flags.reset,tcp.seq --cases 28
matches "any-reset: what only its next call tells" "$OUT" \
	'"kind":"accepted".*"mutate":"data.1.: tcp.flags.reset.=1(; tcp.seq[^;"]*)?"'
fuzz none --seed 3 --parallel 8 --cases "${TC_LONG:+5}60" --timeout 1 --journal eight.jsonl
same "eight honest ones: exit 0" "$RC $(grep -c '"type":"case"' eight.jsonl)" "0 ${TC_LONG:+5}60"
none "none is accused" "$(grep '"type":"finding"' "$OUT" | grep -v '"kind":"novel"')"
observe many here lo 'tcp port 7777'
fuzz none --seed 3 --parallel 8 --cases 16 --timeout 1 --strategy boundary --segments data \
	--fields tcp.checksum,tcp.seq
observed many
open_at_once() {
	packets many 'tcp.flags.syn == 1 || tcp.flags.fin == 1 || tcp.flags.reset == 1' \
		tcp.srcport tcp.dstport tcp.flags.syn | awk -F'\t' '
		{ caller = $1 == 7777 ? $2 : $1 }
		$3 != 1 { if (open[caller]) { n--; open[caller] = 0 } next }
		$1 == 7777 && !open[caller] { open[caller] = 1; if (++n > most) most = n }
		END { print (most > 1) }'
}
same "on the wire several connections stand at the same time" "$(open_at_once)" 1
run 20 "$TCPCRAFT" fuzz --listen "$LOOPBACK" 7777 --parallel 65 --call true
same "more at once than are run: exit 2, a line" "$RC $(wc -l <"$ERR")" "2 1"
matches "which says how many are" "$ERR" 'up to 64 clients at once'

ECHO=$TC_BUILD/peers/lwip_echo
if [ "$FAMILY" = 6 ] || ! [ -x "$ECHO" ] || ! [ -c /dev/net/tun ] ||
	! ip tuntap add dev tap0 mode tap 2>/dev/null; then
	skip "a client of lwIP's" "no lwIP or no tap here (as root: scripts/setup test, modprobe tun)"
else
	ip addr add 10.78.0.1/24 dev tap0
	ip link set tap0 up
	run 300 "$TCPCRAFT" fuzz --listen 10.78.0.1 7777 --json --force --timeout 1 --seed 3 \
		--segments syn,data --strategy boundary --cases "${TC_LONG:+5}60" --fields \
		tcp.window_size_value,tcp.urgent_pointer,tcp.options --call \
		"exec env PRECONFIGURED_TAPIF=tap0 $ECHO 10.78.0.2 255.255.255.0 7777 10.78.0.1"
	same "a client of lwIP's: exit 0" "$RC" 0
	none "it is accused of nothing" "$(grep '"type":"finding"' "$OUT" |
		grep -v '"kind":"novel"')"
	ip link del tap0
fi

# ---- several that are not ours to run ---------------------------------------------------------

# Four, which call from addresses of their own, or all from one. others WAY DEFECT LAST OPTION...:
# the fourth has a defect of its own. They call when all is open, walls and all: a SYN that comes
# between the rule and the ears behind it is answered by nobody, and comes again a second later.
CALL_FROM=127.0.9.
if [ "$FAMILY" = 6 ]; then
	CALL_FROM=fd77:9::
	for n in 1 2 3 4; do ip addr add $CALL_FROM$n/128 dev lo nodad; done
fi
listens() { grep -qs '^NoNewPrivs:.1' "/proc/$1/status"; }
others() {
	local way="$1" defect="$2" last="$3" pids='' n campaign
	shift 3
	start campaign here "$TCPCRAFT" fuzz --listen "$LOOPBACK" 7777 --json --force --timeout 0.6 \
		--seed 1 --journal others.jsonl "$@"
	campaign=$PID OUT=$WORK/campaign.out
	wait_for 10 listens "$campaign"
	for n in 1 2 3 4; do
		[ $n -lt 4 ] || defect=$last
		start other$n here "$CALLER" "$LOOPBACK" 7777 "$defect" \
			"$CALL_FROM$([ "$way" = one ] && echo 1 || echo $n)"
		pids="$pids $PID"
	done
	wait_for 120 gone "$campaign"
	for n in $pids $campaign; do stop "$n"; done
	grep '^{"type":' "$OUT" >>$WORK/json.out
}
blamed() {
	sed -n 's/.*"kind":"hang".*"mutate":"\([^"]*\)".*/\1/p' "$OUT"
}
set -- --strategy boundary --segments data --fields tcp.window_size_value --cases 7
others each window-zero window-zero "$@"
same "one of four dies, each with its address: exit 4, and its case alone is blamed" \
	"$RC $(blamed)" '4 data[1]: tcp.window_size_value=0'
matches "who it was is told" "$OUT" "a client at ${CALL_FROM}[1-4] does not call again"
accused() {
	grep '"type":"finding"' "$OUT" | grep -v '"kind":"novel"'
}
# (Behind a case that ends as usual, and that is the last one it has seen.)
for way in each one; do
	others $way leaves-low leaves-low --strategy boundary --segments data \
		--fields tcp.window_size_value,tcp.urgent_pointer --cases 14
	same "some of four end by their own will ($way): exit 0, all cases" \
		"$RC $(grep -c '"type":"case"' others.jsonl)" "0 14"
	none "nobody is accused ($way)" "$(accused)"
	matches "but that is told ($way)" "$OUT" "\"type\":\"missing\",\"host\":\"${CALL_FROM}[1-4]\""
	none "no case is called ill for it ($way)" "$(grep '"control":"bad"' others.jsonl)"
done
others each leaves none --strategy random --segments data \
	--fields tcp.window_size_value,tcp.urgent_pointer --cases 120 --timeout 0.2
same "three end, one behind the other: exit 0, all cases" \
	"$RC $(grep -c '"type":"case"' others.jsonl)" "0 120"
none "nobody is accused of one of them" "$(accused)"

# ---- those that do not play along -------------------------------------------------------------

for what in 'nobody||no client called port 7777 in 5 s|1' \
	"one that does not call|--call 'sleep 9'|no client called port 7777 in 5 s|3" \
	"no such program|--call /nowhere|did not call port 7777: it ended with exit 127|3" \
	"one that calls once|--call '$CALLER $LOOPBACK 7777 once'|called once, and not again|3"; do
	echo "$what" >row
	IFS='|' read -r name call words code <row
	eval "run 30 \"\$TCPCRAFT\" fuzz --listen \$LOOPBACK 7777 --timeout 0.4 --seed 1 $call \
		--journal none.jsonl"
	same "$name: exit $code, a line, no journal" \
		"$RC $(wc -l <"$ERR") $(find . -name none.jsonl | wc -l)" "$code 1 0"
	matches "which says so" "$ERR" "$words"
done
start caller here "$CALLER" "$LOOPBACK" 7777 none
CALLER_PID=$PID
# (On a busy machine it may not call again in time at first.)
is_on() {
	grep -qs '"type":"case"' gone.jsonl || grep -q 'called once, and not again' gone.err
}
for _ in 1 2 3 4 5; do
	start gone here "$TCPCRAFT" fuzz --listen "$LOOPBACK" 7777 --timeout 0.4 --seed 1 \
		--journal gone.jsonl
	wait_for 20 is_on
	[ ! -e gone.jsonl ] || break
done
check "cases are run" grep -qs '"type":"case"' gone.jsonl
stop "$CALLER_PID"
wait "$PID"
same "one that goes for good: what was found until then decides" "$?" \
	"$(grep -q '^[0-9]* cases .*, [1-9][0-9]* fault' gone.out && echo 4 || echo 1)"
matches "it is told of" gone.err 'the client does not call any more .*--call'
matches "and the sum" gone.out '^[0-9]+ cases in '
nothing_left 5
