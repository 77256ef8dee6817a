#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# probe beside TCPs of small machines: they keep nothing behind a hole, heed no window, cut urgent
# data out, say an ACK twice, hold connections that they have reset, or send wrong checksums. What is
# said of them is what they do, as tshark and the server's own output tell.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119,SC2154 # ports get their names by eval
. "$(dirname "$0")/lib.sh"

need jq dumpcap tshark iptables
net_pair
PORT=5300
tables srv -A OUTPUT -p tcp --tcp-flags RST RST -m mark ! --mark 7 -j DROP

# small NAME [ODD=VALUE...]: sets $PORT_NAME.
small() {
	local name="$1"
	shift
	PORT=$((PORT + 1))
	start "small.$name" srv /usr/bin/python3 "$TC_ROOT/tests/peers/small.py" "$SERVER_IP" $PORT "$@"
	says "$WORK/small.$name.out" '^listening' 10 ||
		not_ok "small.py $* listens" "$(cat "$WORK/small.$name.err")"
	eval "PORT_$name=$PORT"
}

# ask SERVER EXPERIMENT [OPTION...]: begins; asked: all are there.
ask() {
	local port server="$1" experiment="$2"
	eval "port=\$PORT_$server"
	shift 2
	start "r.$server.$experiment" here "$TCPCRAFT" probe "$experiment" "$SERVER_IP" "$port" \
		--echo --rate 1000 --json "$@"
	JOBS_ASKED="${JOBS_ASKED-} $PID"
}

asked() {
	for pid in $JOBS_ASKED; do
		wait "$pid"
		sed -i "/^$pid\$/d" $WORK/pids
	done
	JOBS_ASKED=
}

# told SERVER.EXPERIMENT JQ
told() {
	jq -r "select(.type == \"result\") | $2" "$WORK/r.$1.out"
}

small plain
small ignores window=ignored
small cut urgent=cut
small resets urgent=reset
small drops urgent=dropped
small twice answers=2 rst=window
small any rst=any
small sums sum=bad
small busy busy=0.4
small stamps ts=1
small sack keeps=sack
small apart keeps=apart
small lost urgent=lost
small holds urgent=reset syn=ignored holds=first
small last urgent=last
small heedless window=ignored
small crumbs window=ignored mss=3
small closes closes=first
small acks syn=acked
small clock tick=0.1
observe wire srv s0 tcp
ask ignores persist --timeout 4
ask ignores retransmit --timeout 16
ask ignores zero-window
ask crumbs zero-window
ask plain persist --timeout 4
ask plain overlap
ask clock isn
ask plain options --timeout 3
ask cut urgent
ask resets urgent -g 41000
ask holds urgent -g 43000
ask drops urgent
ask last urgent
ask heedless persist --timeout 4 --prefix "$(printf '%08000u' 0 | tr 0 7)"
ask closes close -g 45000
ask acks unprovoked --timeout 4
ask twice blind-attack
ask any blind-attack
ask sack overlap
ask apart overlap
ask lost urgent
ask busy syn-data
ask stamps paws
ask sums unprovoked
ask sums options --timeout 3
asked
# What the server holds of the connections that it reset, on the ports that come next.
ask resets unprovoked -g 41002
ask holds persist -g 43001 --timeout 4
asked
ask holds isn -g 43002
asked
mv $WORK/r.holds.isn.out $WORK/r.holds.isn-first.out
ask holds isn -g 42971
asked
observed wire

same "persist: a window that is not heeded" "$(told ignores.persist \
	'"\(.verdict) \(.numbers.probe) \(.numbers.bytes_beyond)"')" "ignores none 10"
# Lengths of what came while the last window of ours was 0.
packets wire "tcp.port == $PORT_ignores" tcp.stream tcp.srcport tcp.window_size_value tcp.len |
	awk -v them="$PORT_ignores" '
		$2 != them { shut[$1] = $3 == 0 }
		$2 == them && shut[$1] && $4 > 0 { print $4 }' | sort -u >$WORK/beyond
same "the witness: so many bytes came into a window of 0" "$(tr '\n' ' ' <$WORK/beyond)" "10 8 "
same "persist: all that came into the shut window is counted, not one segment of it" \
	"$(told heedless.persist '"\(.verdict) \(.numbers.bytes_beyond)"')" "ignores $(packets wire \
	"tcp.srcport == $PORT_heedless" tcp.dstport tcp.flags.syn tcp.seq_raw tcp.len |
	awk '$2 ~ /1|True/ { edge[$1] = $3 + 1 }
	$4 > 1 && $3 + $4 - edge[$1] > most { most = $3 + $4 - edge[$1] } END { print most + 0 }')"
check "the witness: that is more than a segment" test "$(told heedless.persist \
	.numbers.bytes_beyond)" -ge 4000
same "zero-window: what comes into it is no probe, and does not wait for it to open" \
	"$(told ignores.zero-window '"\(.verdict) \(.numbers.bytes_beyond); \(.numbers.answer); \(
	.numbers.probes)"')" "ignores 8; into the window of 0; none in 1.5 s"
same "zero-window: of many small segments all bytes count" \
	"$(told crumbs.zero-window '"\(.verdict) \(.numbers.bytes_beyond)"')" "ignores 8"
same "the witness: none was longer than 3 bytes" "$(packets wire \
	"tcp.srcport == $PORT_crumbs && tcp.len > 0" tcp.len | sort -nu | tail -n 1)" 3
same "persist: who heeds it, and does not probe" "$(told plain.persist .verdict)" no-probes
matches "retransmit: a timer of few ticks does not double each wait" $WORK/r.ignores.retransmit.out \
	'each wait (0\.[89][0-9]?|1(\.[0-9]+)?) to [12](\.[0-9]+)? times the one before'
same "overlap: nothing is kept behind a hole" "$(told plain.overlap .verdict)" keeps-none
none "the witness: of five bytes one alone was taken, or all in order" \
	"$(grep -aE "^echoes b'.{2,4}'" $WORK/small.plain.out)"
same "overlap: who keeps it for SACK alone is offered SACK" "$(told sack.overlap .verdict)" first
check "the witness: it took what was kept" grep -qx "echoes b'-bcde'" $WORK/small.sack.out
matches "overlap: where neither comes through, that is said" $WORK/r.apart.overlap.out \
	'and in 4 of the six ways neither makes a request that is answered'
check "the witness: less than the request was taken" grep -qE "^echoes b'-.{1,3}'" $WORK/small.apart.out
matches "persist: for how long it was watched" $WORK/r.plain.persist.out 'not probed in 3 s, though'
matches "isn: a clock that ticks seldom does not go back" $WORK/r.clock.isn.out \
	'"same_tuple_monotonic":"no: none is less, but some come again"'
same "isn: each number of one four-tuple is shown" "$(told clock.isn .evidence |
	grep -cE 'seq 0 ack 1 .*ISN [0-9]+')" 8

same "options: so much is asked for that more than one small segment is needed" \
	"$(told plain.options .numbers.mss_honoured)" "no: 300 bytes in a segment, we said 88"
check "the witness: they came as one" test -n "$(packets wire "tcp.srcport == $PORT_plain &&
	tcp.len == 300" frame.number)"
same "urgent: all before the pointer is cut" "$(told cut.urgent .verdict)" cuts
check "the witness: so it was taken" grep -qx "echoes b'eijk'" $WORK/small.cut.out
matches "urgent: what is cut and not counted" $WORK/r.lost.urgent.out \
	'"verdict":"cuts".*of its bytes no more than 4 are acknowledged'
same "the witness: 4 of the 8 were" "$(packets wire "tcp.port == $PORT_lost && (tcp.flags.urg == 1 ||
	tcp.len == 4)" tcp.flags.urg tcp.seq tcp.ack | awk '$1 ~ /1|True/ { seq = $2; next }
	{ print $3 - seq }' | sort -u)" 4
same "urgent: reset" "$(told resets.urgent .verdict)" resets
URGENT=$(packets wire "tcp.port == $PORT_resets && tcp.flags.urg == 1" frame.number | wc -l)
check "the witness: there were segments with URG" test "$URGENT" -gt 0
same "the witness: each of those was reset" "$URGENT" "$(packets wire "tcp.srcport == $PORT_resets &&
	tcp.flags.reset == 1" frame.number | wc -l)"
same "urgent: not even acknowledged" "$(told drops.urgent '.verdict + ": " + .sentence' |
	sed 's/:.*:/:/')" "could-not-tell: it is not even acknowledged"

matches "urgent: that the last is reset does not say that all are" $WORK/r.last.urgent.out \
	'"verdict":"could-not-tell".*: 1 of 4 are reset'
same "the witness: one of four was" "$(packets wire "tcp.port == $PORT_last && (tcp.flags.urg == 1 ||
	(tcp.srcport == $PORT_last && tcp.flags.reset == 1))" tcp.flags.urg | sort | uniq -c |
	awk '{ print $1 }' | tr '\n' ' ')" "1 4 "

same "blind-attack: an ACK that is said twice is no answer to what follows" "$(told \
	twice.blind-attack '.numbers | "\(.rst_in_window); \(.rst_exact); \(.rst_outside); \(
	.syn_in_window)"')" "reset; reset; ignored; challenge ACK"
matches "blind-attack: what a RST does is said" $WORK/r.twice.blind-attack.out \
	'can do harm with a RST, and data"'
matches "blind-attack: any RST" $WORK/r.any.blind-attack.out \
	'and data; a RST 2\^30 ahead of the window ends the connection, too'
same "the witness: no segment of a challenge came after a RST that was believed" "$(packets wire \
	"tcp.port == $PORT_twice" tcp.stream tcp.srcport tcp.flags.reset tcp.flags.ack tcp.seq |
	awk -v them="$PORT_twice" '
		$2 != them && $3 ~ /1|True/ && $4 !~ /1|True/ && $5 < 8192 { over[$1] = 1 }
		$2 == them && over[$1] && $3 !~ /1|True/ { n++ }
		END { print n + 0 }')" 0

# Its four-tuple is the one with SYNs of two numbers.
packets wire "tcp.dstport == $PORT_closes && tcp.flags == 0x002" tcp.srcport tcp.seq_raw |
	sort -u | cut -f 1 | uniq -d >$WORK/tuple
check "close: TIME-WAIT is asked once more by a SYN" test "$(wc -l <$WORK/tuple)" = 1
TUPLE="tcp.port == $(cat $WORK/tuple) && tcp.port == $PORT_closes"
same "close: an ACK is no, as long as no reset of ours ends TIME-WAIT" \
	"$(told closes.close .numbers.time_wait_reuse)" "no: answered otherwise"
same "the witness: no reset went there, and no second SYN,ACK came" "$(packets wire "$TUPLE &&
	(tcp.flags.reset == 1 || tcp.flags == 0x012)" tcp.flags)" 0x0012
matches "ACKs of what was never sent: that is said" $WORK/r.acks.unprovoked.out \
	'"verdict":"no-answer".*ACKs came that are not of our SYN, also after a reset at their own word'
sent() { packets wire "tcp.dstport == $PORT_acks && tcp.flags == $1" frame.number | wc -l; }
check "the witness: a reset went for each SYN, and no more" test \
	"$(sent 0x004)" -ge 1 -a "$(sent 0x004)" -le "$(sent 0x002)"

same "wrong checksums: that is said" "$(told sums.unprovoked '"\(.verdict) \(.sentence)"' |
	sed -E 's/^(no-answer) .*: [0-9]+ segments? (.*)/\1 \2/')" \
	"no-answer came with a wrong checksum, which no TCP believes"
same "the witness: each of them was" "$(packets wire "tcp.srcport == $PORT_sums &&
	tcp.flags.syn == 1" tcp.checksum.status | sort -u)" 0
same "a connection that the server still holds is reset, and there is a handshake" \
	"$(told resets.unprovoked .verdict)" waits
check "the witness: our SYN was asked back" test -n "$(packets wire "tcp.srcport == $PORT_resets &&
	tcp.dstport == 41002 && tcp.flags == 0x010" frame.number)"
same "a connection that the server holds, and drops each SYN for: another port is called" \
	"$(told holds.persist .verdict) $(told holds.isn-first .numbers.tuples)" "no-probes 31"
same "isn: where the last is silent, one that answered is asked again" \
	"$(told holds.isn '.numbers | "\(.tuples) \(.same_tuple)"')" "31 8"
URGENT=$(packets wire "tcp.srcport == 43002 && tcp.dstport == $PORT_holds && tcp.flags.urg == 1" \
	frame.time_relative | head -n 1)
check "the witness: it was asked before" test -n "$URGENT"
check "the witness: our SYN was dropped" test -z "$(packets wire "tcp.srcport == $PORT_holds &&
	tcp.dstport == 43002 && frame.time_relative > ${URGENT:-0}" frame.number | tail -n +2)"
same "who refuses a call now and then has not died of what it was asked" \
	"$(told busy.syn-data '"\(.verdict) \(.target_after)"')" "leaves null"
check "the witness: it refused some" test -n "$(packets wire "tcp.srcport == $PORT_busy &&
	tcp.flags == 0x014" frame.number)"
same "paws: what is not asked for is not told" "$(told stamps.paws \
	'"\(.verdict) \(.numbers.current)"')" "no-paws not asked: the old one was taken"
tables srv -F OUTPUT
nothing_left 5
