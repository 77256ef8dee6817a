#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# probe of clients: those that call us are asked what servers are. What was planted in some is
# found, with the numbers that tshark has; an honest one is told as what it is. On an address of
# ours, and on a spare one. Clients that do not play along are told of, and nothing is left.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables jq tshark
net_pair
PORT=7000
cd $WORK || exit 1

# dial HABIT..., call DEFECT: a command that calls $PORT
dial() {
	echo "exec /usr/bin/python3 $TC_ROOT/tests/peers/dialler.py $LOOPBACK $PORT $*"
}

call() {
	echo "exec $TC_BUILD/peers/caller $LOOPBACK $PORT $1"
}

# ask EXPERIMENT OPTION... -- CLIENT...: begins, on a port of its own; the wire is in
# HABIT.EXPERIMENT.pcap
ask() {
	local experiment="$1" options=""
	shift
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	PORT=$((PORT + 1))
	# shellcheck disable=SC2086 # options are words
	start "$2.$experiment" here "$TCPCRAFT" probe "$experiment" --listen "$LOOPBACK" $PORT \
		--json -w "$2.$experiment.pcap" --call "$("$@")" $options
	echo "$2.$experiment $PORT $PID" >>asked
}

# heard NAME: what it came to: $OUT, $ERR, $RC, $WIRE, $PORT
heard() {
	local pid
	read -r PORT pid <<-ROW
		$(sed -n "s/^$1 //p" asked)
	ROW
	wait "$pid"
	RC=$?
	sed -i "/^$pid\$/d" $WORK/pids
	OUT=$WORK/$1.out ERR=$WORK/$1.err WIRE=$1.pcap
	grep '^{"type":' "$OUT" >>$WORK/json.out
}

# number NAME: of the finding
number() {
	jq -r "select(.type == \"result\") | .numbers.$1 // empty" "$OUT"
}

verdict() {
	jq -r 'select(.type == "result") | "\(.verdict) \(.role)"' "$OUT"
}

# syns FIELD: of the SYNs that tshark sees
syns() {
	tshark -n -o tcp.relative_sequence_numbers:false -r "$WIRE" -T fields -e "$1" \
		-Y "tcp.flags.syn == 1 and tcp.flags.ack == 0 and tcp.dstport == $PORT" 2>/dev/null
}

ask isn --timeout 20 -- dial count
ask offer --timeout 20 -- dial count
ask syn-retries --timeout 8 -- dial count seconds=30
ask read-size --timeout 20 -- dial nine
ask syn-retries --timeout 1.5 -- call none
ask persist --timeout 2 -- call none
ask blind-attack --timeout 9 -- call none
ask syn-data --timeout 3 -- call none
ask simultaneous-open --timeout 9 -- call none
ask unprovoked --timeout 3 -- call none
if [ -n "${TC_LONG-}" ]; then
	ask retransmit --timeout 3 -- call none
	ask close --timeout 3 -- call none
	ask isn --timeout 9 -- call none
	ask offer --timeout 9 -- call none
fi

# ---- planted ones -------------------------------------------------------------------

heard count.isn
same "a number that counts is found" "$RC $(verdict) $(number counts_by)" \
	"0 predictable client 64000"
same "and tshark counts so" "$(syns tcp.seq | awk 'NR > 1 { d = $1 - last
	if (d < 0) d += 4294967296; print d } { last = $1 }' | sort -u)" 64000
heard count.offer
same "what it offers, in its order" "$(verdict), $(number options)" \
	"offers client, nop,nop,nop,nop,mss 536"
same "window, TTL and MSS are tshark's" "$(number window) $(number ttl) $(number mss)" \
	"$(syns tcp.window_size_value | head -1) $(syns "$(named ip.ttl)" | head -1) $(
	syns tcp.options.mss_val | head -1)"
heard count.syn-retries
same "a SYN that is never sent again is found" "$RC $(verdict) $(number retries_seen)" \
	"0 none-seen client 0"
same "and tshark sees none twice" "$(syns tcp.srcport | sort | uniq -d)" ""
heard nine.read-size
same "its read takes 9 bytes" "$RC $(verdict) $(number bytes)" "0 fixed-size client 9"
same "tshark: of 10 one is left, and a reset says so" "$(tshark -n -r "$WIRE" -T fields \
	-e tcp.flags.reset -Y "tcp.dstport == $PORT and tcp.ack == 11 and
	(tcp.flags.fin == 1 or tcp.flags.reset == 1)" 2>/dev/null | booleans | sort -u)" 1

# ---- an honest one ------------------------------------------------------------------

honest() {
	heard "none.$1"
	same "a client of the kernel's: $1: $2" "$RC $(verdict)" "0 $2 client"
}

honest syn-retries still-retrying
same "and tshark sees its SYN again" "$(syns tcp.srcport | sort | uniq -d | wc -l)" 1
honest persist probes
honest blind-attack rfc5961
honest syn-data leaves
honest simultaneous-open opens
honest unprovoked speaks
if [ -n "${TC_LONG-}" ]; then
	honest retransmit still-retrying
	honest close orderly
	honest isn unguessable
	honest offer offers
fi

# ---- on a spare address, where the client calls by itself ---------------------------

SPARE=10.77.0.77
[ "$FAMILY" = 4 ] || SPARE=fd77::77
start client srv /usr/bin/python3 "$TC_ROOT/tests/peers/dialler.py" $SPARE 7777 nine
CLIENT_PID=$PID
OUT=$WORK/out ERR=$WORK/err
run 60 "$TCPCRAFT" probe syn-data --listen $SPARE 7777 --timeout 9 --json
same "a spare address answers a client on another host" "$RC $(verdict)" "0 leaves client"
same "the call was for it" "$(jq -r 'select(.type == "result") | .host' "$OUT")" $SPARE
stop "$CLIENT_PID"

# ---- those that do not play along ---------------------------------------------------

ask unprovoked --timeout 0.4 -- echo exit 3
ask unprovoked --timeout 9 -- echo no-such-program
ask blind-attack --timeout 0.8 -- call once
ask offer --timeout 9 -- call one-call
OUT=$WORK/out ERR=$WORK/err
run 30 "$TCPCRAFT" probe offer --listen "$LOOPBACK" 7777 --timeout 0.4
same "nobody calls: exit 1" "$RC" 1
matches "which is said" "$OUT" 'offer: no-call: no client called port 7777 in 5 s: --call'
heard exit.unprovoked
same "a client that does not call: exit 3" "$RC $(verdict)" "3 no-call client"
heard no-such-program.unprovoked
matches "no such program: at once, and its status" "$ERR" \
	'did not call port [0-9]+ of ours: it ended with exit 127'
heard once.blind-attack
same "one that calls once: exit 1" "$RC $(verdict)" "1 gone client"
matches "that is said" "$OUT" 'the client has not called any more'
heard one-call.offer
same "one that is run for each call" "$RC $(verdict)" "0 offers client"
nothing_left 5
