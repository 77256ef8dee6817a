#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# probe beside servers that do something unprovoked: what they would have done in any case is
# never taken for an answer. And a target that an experiment ends: it is noticed, what comes
# after is not tried, or the target is brought back.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119,SC2154 # ports get their names by eval
. "$(dirname "$0")/lib.sh"

need jq dumpcap tshark iptables
net_pair
PORT=5100

# habit NAME HABIT [OPTION...]: sets $PORT_NAME.
habit() {
	local name="$1"
	shift
	PORT=$((PORT + 1))
	start "habit.$name" srv /usr/bin/python3 "$TC_ROOT/tests/peers/habits.py" \
		"$SERVER_IP" $PORT "$@"
	says "$WORK/habit.$name.out" '^listening' 10 ||
		not_ok "habits.py $* listens" "$(cat "$WORK/habit.$name.err")"
	eval "PORT_$name=$PORT"
}

# ask NAME: all experiments at that server, in the background.
ask() {
	local port
	eval "port=\$PORT_$1"
	start "all.$1" here "$TCPCRAFT" probe all "$SERVER_IP" "$port" --timeout 3 --rate 1000 \
		--json
	eval "ALL_$1=$PID"
}

heard() {
	eval "wait \$ALL_$1"
	sed -i "/^$(eval "echo \$ALL_$1")\$/d" $WORK/pids
}

# verdicts NAME: "EXPERIMENT VERDICT", of those whose answer the server's habit decides.
verdicts() {
	jq -r 'select(.type == "result" and (.experiment | IN("synack-retries", "isn", "path",
		"options") | not)) | "\(.experiment) \(.verdict)"' "$WORK/all.$1.out" | sort
}

# all_but WORD LINE...: what WORD is the verdict of, and the lines that differ.
all_but() {
	local word="$1"
	shift
	{
		printf '%s\n' "$@"
		for each in bad-checksum blind-attack close overlap paws persist reserved-bits \
			retransmit syn-data urgent zero-window read-size keepalive unprovoked; do
			printf '%s\n' "$@" | grep -q "^$each " || echo "$each $word"
		done
	} | sort
}

habit reset reset
habit close close
habit late close seconds=2
habit greet greet n=23
habit long greet n=5000
habit silent sink
observe wire srv s0 "tcp"
for each in reset close late greet long silent; do
	ask $each
done
for each in reset close late greet long silent; do
	heard $each
done
observed wire

same "resets at accept: said once, and the others cannot tell" "$(verdicts reset)" \
	"$(all_but resets-anyway 'keepalive closes' 'unprovoked resets')"
same "read-size: whatever is sent" "$(jq -r 'select(.experiment == "read-size") |
	.sentence' $WORK/all.reset.out | sed -E 's/[0-9.e-]+ s after the handshake/at once/')" \
	"the server resets each connection at once, whatever \
is sent: nothing that is sent is why"
same "closes at accept" "$(verdicts close)" \
	"$(all_but closes-anyway 'keepalive closes' 'retransmit still-retrying' 'unprovoked closes')"
LATE=$(all_but x 'bad-checksum drops' 'blind-attack rfc5961' 'close orderly' \
	'keepalive closes' 'paws paws' 'read-size closes-anyway' 'reserved-bits ignores' \
	'syn-data leaves' 'unprovoked closes' | grep -v ' x$')
late() { verdicts late | grep -vE '^(persist|retransmit|overlap|urgent|zero-window) '; }
# What takes one second of the two there are a busy machine may not have done: once more, alone.
[ "$(late)" = "$LATE" ] || { ask late; heard late; }
same "closes after 2 s: what is quicker can be told" "$(late)" "$LATE"
for each in greet long; do
	same "speaks first ($each)" "$(verdicts $each | grep -vE '^(overlap|urgent|zero-window) ')" \
		"$(all_but x 'bad-checksum drops' 'blind-attack rfc5961' 'close orderly' \
		'keepalive none-seen' 'paws paws' 'persist probes' 'read-size waits' \
		'reserved-bits ignores' 'retransmit still-retrying' 'syn-data leaves' \
		'unprovoked speaks' | grep -v ' x$')"
done
# (Linux keeps a path's round-trip time of connections that ended in order.)
same "all: what depends on what the kernel remembers of an address is asked first" "$(jq -r \
	'select(.type == "result") | .experiment' $WORK/all.greet.out | head -n 2 | tr '\n' ' ')" \
	"unprovoked retransmit "
same "what it said is counted" "$(jq -c 'select(.experiment == "unprovoked") |
	.unprovoked.bytes' $WORK/all.greet.out $WORK/all.long.out | tr '\n' ' ')" "23 5000 "
same "waits" "$(verdicts silent | grep -vE '^(overlap|urgent|zero-window|persist|retransmit) ')" \
	"$(all_but x 'bad-checksum drops' 'blind-attack rfc5961' 'close orderly' \
	'keepalive none-seen' 'paws paws' 'read-size waits' 'reserved-bits ignores' \
	'syn-data leaves' 'unprovoked waits' | grep -v ' x$')"
for each in overlap urgent zero-window; do
	same "$each: no answer, and why" "$(jq -r "select(.experiment == \"$each\") |
		\"\(.verdict) \(.told)\"" $WORK/all.silent.out)" "could-not-tell false"
done
none "no time is negative" "$(grep -hoE '(after|in) -[0-9.e-]+ s' $WORK/all.*.out)"
# By the observer: no connection to that port had a byte of ours before its reset.
none "the witness: it reset each connection unprovoked" "$(packets wire \
	"tcp.port == $PORT_reset && (tcp.len > 0 || (tcp.flags.reset == 1 &&
	ip.src == $SERVER_IP))" tcp.stream ip.src | awk -v us="$CLIENT_IP" '
	$2 == us && !over[$1] { print "data first in stream", $1 } { over[$1] = 1 }')"

# ---- what ends the target ---------------------------------------------------------------

habit die die
run 60 "$TCPCRAFT" probe all "$SERVER_IP" "$PORT_die" --timeout 3 --rate 1000 --json
same "a target that an experiment ends: exit 1" "$RC" 1
same "it is said of the one that did it" "$(jq -r 'select(.target_after) |
	"\(.experiment) \(.target_after) \(.exit)"' "$OUT")" "retransmit refused 1"
same "the others are not tried" "$(jq -r 'select(.verdict == "not-tried") | .sentence' "$OUT" |
	sort -u)" "not tried: the target has not answered since \`retransmit\`"
habit die2 die
run 60 "$TCPCRAFT" probe zero-window "$SERVER_IP" "$PORT_die2" --timeout 5 --json
same "one experiment alone says it, too" "$(jq -r .target_after "$OUT") $RC" "refused 1"
# Ports close one by one: a call may be answered by who is dying.
# (It is given a moment for that; the interpreter of this server may need longer on a busy machine.)
for each in 4 5 6; do
	habit die$each die late=1
	run 60 "$TCPCRAFT" probe zero-window "$SERVER_IP" "$PORT" --timeout 5 --json
	[ "$(jq -r .target_after "$OUT")" = null ] || break
done
same "… also of one that answers once more in its death" "$(jq -r .target_after "$OUT") $RC" \
	"refused 1"

SERVE="nsenter --net=/run/netns/srv /usr/bin/python3 $TC_ROOT/tests/peers/habits.py $SERVER_IP"
run 200 "$TCPCRAFT" probe all "$SERVER_IP" 5190 --timeout 1 --rate 1000 --json \
	--spawn "exec $SERVE 5190 die"
same "--spawn: none is left untried" "$(jq -r 'select(.verdict == "not-tried") |
	.experiment' "$OUT")" ''
check "--spawn: the server's end is told" grep -q 'the server ended with exit 0' "$OUT"
habit die3 die
run 200 "$TCPCRAFT" probe all "$SERVER_IP" "$PORT_die3" --timeout 1 --rate 1000 --json \
	--revive "echo again >>$WORK/revived; $SERVE $PORT_die3 die >$WORK/die.out 2>&1 &
		until grep -q listening $WORK/die.out; do sleep 0.05; done; echo \$! >>$WORK/die.pids"
same "--revive: none is left untried" "$(jq -r 'select(.verdict == "not-tried") |
	.sentence' "$OUT")" ''
check "--revive: the command was run" grep -q again $WORK/revived
run 20 "$TCPCRAFT" probe all "$SERVER_IP" "$PORT_die2" --timeout 1 --revive 'echo no; exit 3'
same "a server that refuses from the start was not ended" "$(grep -c 'not-tried' "$OUT")" 0

# ---- slow, and one after the other ---------------------------------------------------------

if [ "$FAMILY" = 4 ]; then
	in_ns srv ip route change 10.77.0.0/24 dev s0 src "$SERVER_IP" advmss 366
else
	in_ns srv ip -6 route change fd77::/64 dev s0 proto kernel metric 256 advmss 366
fi
habit slow slow
run 100 "$TCPCRAFT" probe urgent "$SERVER_IP" "$PORT_slow" --echo --rate 1000 --json
same "urgent: a slow server that wants 64 bytes" "$(jq -r .verdict "$OUT")" out-of-band
same "… which is found out" "$(jq '.numbers.request_bytes >= 64 and
	.numbers.answered_after_s > 0.5' "$OUT")" true
run 200 "$TCPCRAFT" probe overlap "$SERVER_IP" "$PORT_slow" --echo --rate 1000 --json
same "overlap: the same" "$(jq -r .verdict "$OUT")" linux

# ---- a small MSS, and super-segments ----------------------------------------------------------

start lo here /usr/bin/python3 "$TC_ROOT/tests/peers/habits.py" $LOOPBACK 5200 greet n=3000
says $WORK/lo.out '^listening' 10
run 60 "$TCPCRAFT" probe options $LOOPBACK 5200 --json
matches "on loopback Linux keeps to an MSS of 88, or it cannot be told" "$OUT" \
	'"mss_honoured":"(yes: (88|76) bytes at most|cannot tell here)'

# ---- how far it is, and what was meant --------------------------------------------------------

/usr/bin/python3 -c '
import os, pty, sys
out = b""
def read(fd):
    global out
    d = os.read(fd, 4096)
    out += d
    return d
pty.spawn(sys.argv[1:], read)
sys.stderr.write(out.decode(errors="replace"))' "$TCPCRAFT" probe keepalive "$SERVER_IP" \
	"$PORT_silent" --timeout 3 >$WORK/pty 2>$WORK/progress </dev/null
matches "on a terminal: how far it is" $WORK/progress \
	'keepalive \(1 of 1\): [1-3] s; about [012] s left'
run 10 "$TCPCRAFT" probe synack "$SERVER_IP" 80
same "an experiment that is not there: exit 2" "$RC" 2
matches "did you mean" "$ERR" 'did you mean synack-retries\?'
# (What --revive started is its own.)
while read -r pid; do kill "$pid" 2>/dev/null; done <$WORK/die.pids
nothing_left 5
