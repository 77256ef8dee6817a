#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Peers that do what a peer should not (tests/peers/hostile.py): tcpcraft prot says what
# happened, in time and in bounded memory, and sends nothing that RFC 9293 forbids. The
# verdicts are those of tests/hostile-peers.txt, beside those of the kernel's own client.
# `test_hostile.sh table` prints that file anew.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need dumpcap tshark
SIX='' NET=10.77.0.0/24 TRUE='ip.id != 0xbad'
if [ "$TC_FAMILY" = 6 ]; then
	SIX=6 NET=fd77::/64 TRUE='ipv6.flow != 0xbad'
fi
PLAYERS=$TC_ROOT/tests/peers/hostile.py
TABLE=$TC_ROOT/tests/hostile-peers.txt

# Sanitizers reserve the whole address space; the limit is for the others.
if [ -n "${TC_SAN-}" ]; then MEMORY=unlimited; else MEMORY=300000; fi

net_pair
start players srv /usr/bin/python3 "$PLAYERS" play s0 $SIX
PLAYER=$PID
check "the peers are ready" says $WORK/players.out '^ready' 10
/usr/bin/python3 "$PLAYERS" list $SIX >$WORK/list

# all NAME COMMAND...: against every peer, some at a time; the address comes behind it.
all() {
	local name="$1" addr rest n=0 pids=''
	shift
	while read -r addr rest; do
		start "$name.$addr" here "$@" "$addr"
		pids="$pids $PID"
		n=$((n + 1))
		[ $((n % 8)) != 0 ] || await_all "$pids"
	done <$WORK/list
	await_all "$pids"
}

await_all() {
	local pid
	for pid in $1; do
		wait_for 20 gone "$pid" || not_ok "process $pid ends in time"
	done
}

# ---- the kernel, as a yardstick --------------------------------------------------

kernel() {
	all kernel /usr/bin/python3 "$PLAYERS" dial
}

# ---- tcpcraft --------------------------------------------------------------------

# How long one is waited for: 1 s, up to 3 where many would run, as a peer that has much to say
# is slow then.
# shellcheck disable=SC2016
ours() {
	local wait
	runnable
	wait=$((CLOCK_RUNS / (3 * CLOCK_CPUS) + 1))
	[ $wait -le 3 ] || wait=3
	all ours sh -c 'ulimit -v "$1"; "$2" prot "$4" 9999 hello --timeout "$3" --json
		echo "exit $?"' sh $MEMORY "$TCPCRAFT" $wait
}

verdict() {
	sed -n 's/.*"type":"result".*"verdict":"\([^"]*\)".*/\1/p' "$WORK/ours.$1.out"
}

print_table() {
	local addr name what
	echo "# What peers that misbehave get from tcpcraft prot, and from the kernel's own client."
	echo "# The peers are in tests/peers/hostile.py; tests/net/test_hostile.sh plays them,"
	echo "# compares, and prints this file when its argument is 'table'."
	echo "# Kernel: Linux $(uname -r | grep -oE '^[0-9]+\.[0-9]+')"
	echo "#"
	echo "# Where the two differ: a port that is unreachable is 'refused' in the kernel's words;"
	echo "# the kernel's fast path takes text whose ACK is too old (RFC 5961 5.2 drops it); it"
	echo "# fills a window of one byte only as often as its timer for closed windows allows."
	echo "#"
	printf '%-18s %-12s %-12s %s\n' "# peer" tcpcraft kernel "what it does"
	while read -r addr name _ _ what; do
		printf '%-18s %-12s %-12s %s\n' "$name" "$(verdict "$addr")" \
			"$(cat "$WORK/kernel.$addr.out")" "$what"
	done <$WORK/list
}

# says_of NAME ERE: what people read.
says_of() {
	run 10 "$TCPCRAFT" prot "$(awk -v n="$1" '$2 == n { print $1 }' $WORK/list)" 9999 hello \
		--timeout 1
	matches "$1 is told in words" "$OUT" "$2"
}

says_of wrong-ack '^no-answer: no acceptable answer to our SYN in 1 s: [12] segments? came'
says_of simultaneous-syn '^no-answer: the peer sent a SYN of its own, but did not acknowledge'
says_of gaps '^silent: .*but no reply came in 1 s in order: [0-9]+ bytes came beyond a hole'
says_of zero-window '^unacked: .*none of our 1 byte in 1 s; its window is shut'
kernel
observe hostile here c0 "net $NET"
ours
stop "$PLAYER"
none "no peer stumbled" "$(cat $WORK/players.err)"
observed hostile
print_table >$WORK/table
if [ "${1-}" = table ]; then
	cat $WORK/table
	exit
fi

rows() { grep -v '^#' "$1" | awk -v column="$2" '{ print $1, $column }'; }

rows "$TABLE" 2 >$WORK/want
rows $WORK/table 2 >$WORK/got
none "tcpcraft's verdicts are those of hostile-peers.txt" "$(diff $WORK/want $WORK/got)"
if [ "$(sed -n 's/^# Kernel: //p' "$TABLE")" = "$(sed -n 's/^# Kernel: //p' $WORK/table)" ]; then
	rows "$TABLE" 3 >$WORK/want
	rows $WORK/table 3 >$WORK/got
	none "the kernel's verdicts are those of hostile-peers.txt" "$(diff $WORK/want $WORK/got)"
else
	skip "the kernel's verdicts" "hostile-peers.txt was measured with another kernel"
fi

# What we sent to each, judged by what the peer said and meant.
told hostile "$TRUE" >$WORK/told
/usr/bin/python3 "$TC_ROOT/tests/net/judge.py" "$CLIENT_IP" each $WORK/list <$WORK/told \
	>$WORK/unlawful 2>$WORK/judge.err
same "each is judged" "$? $(cat $WORK/judge.err)" "0 "
while read -r addr name _ most what; do
	none "$name: nothing that RFC 9293 forbids" "$(awk -F '\t' -v a="$addr" '
		$1 == a && n++ < 20 { print $2 }' $WORK/unlawful)"
	sent=$(awk -F '\t' -v a="$addr" '$4 == a { n++ } END { print n + 0 }' $WORK/told)
	check "$name: $sent segments, at most $most" test "$sent" -le "$most"
	matches "$name: an orderly exit" "$WORK/ours.$addr.out" '^exit [01]$'
	none "$name: no complaint" "$(cat "$WORK/ours.$addr.err")"
done <$WORK/list
check_wire hostile "ip.src == $CLIENT_IP"
nothing_left
