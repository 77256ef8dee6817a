#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# meet: what it takes servers for whose habits are known, all asked at once; what it sent
# them, as tshark saw it; and that what it says to try next can be tried.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119,SC2154 # ports get their names by eval
. "$(dirname "$0")/lib.sh"

need jq dumpcap tshark nft iptables openssl
net_pair
PORT=5100 NAMES=
TABLE=ip TTL="ip ttl" SIX=
[ "$FAMILY" = 4 ] || TABLE=ip6 TTL="ip6 hoplimit" SIX=v6
OTHER=$(echo "$CLIENT_IP" | sed 's/[0-9]*$/77/')
if [ "$FAMILY" = 4 ]; then
	ip addr add "$OTHER/24" dev c0
else
	# (Not preferred, or it would be the one that connections come from: RFC 6724 5, rule 3.)
	ip addr add "$OTHER/64" dev c0 nodad preferred_lft 0
fi
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=habits -keyout $WORK/key.pem \
	-out $WORK/tls.pem 2>/dev/null && cat $WORK/key.pem >>$WORK/tls.pem

# server NAME WANT HABIT [OPTION...]: meet finds WANT there
server() {
	PORT=$((PORT + 1))
	NAMES="$NAMES $1"
	eval "PORT_$1=$PORT WANT_$1=$2"
	local name="$1"
	shift 2
	start "habit.$name" srv /usr/bin/python3 "$TC_ROOT/tests/peers/habits.py" \
		"$SERVER_IP" $PORT "$@"
}

all_listen() {
	for each in $NAMES; do
		wait_for 20 grep -q '^listening' "$WORK/habit.$each.out" ||
			not_ok "$each listens" "$(cat "$WORK/habit.$each.err")"
	done
}

# meet NAME PORT [OPTION...]: in the background
meet() {
	local name="$1" port="$2"
	shift 2
	start "meet.$name" here "$TCPCRAFT" meet "$SERVER_HOST:$port" --timeout 3 --rate 500 "$@"
	eval "MEET_$name=$PID"
}

# met NAME: it is over; sets $RC
met() {
	eval "wait \$MEET_$1"
	RC=$?
	sed -i "/^$(eval "echo \$MEET_$1")\$/d" $WORK/pids
}

# said NAME JQ: of the result
said() {
	jq -r "select(.type == \"result\") | $2" "$WORK/meet.$1.out"
}

# step NAME STEP JQ: of a step
step() {
	jq -r "select(.type == \"step\" and .experiment == \"$2\") | $3" "$WORK/meet.$1.out"
}

server resets resets reset
server low needs-low-port low
server whom needs-other-address whom address="$OTHER"
server nine fixed-read exact n=9
server line lines line
server http http http
server tls tls tls pem=$WORK/tls.pem
server ssh ssh ssh
server silent silent sink
server late greets greet n=20 seconds=1
server ends closes close seconds=1
server two closes close seconds=2
server tarpit tarpit tarpit
server deaf reads-no-more tired seconds=3600
server talker greets greet n=3000000
server turns echoes slow n=1 seconds=0
server between resets reset
server again lines line
server aborts closes-on-data abort
server few ssh abort banner=SSH-2.0-few limit=5
server queue silent slow n=1000000 backlog=1
server some reads-no-more tired seconds=3600 n=32768
server part echoes-in-part part n=10
server day closes close banner=today
all_listen
# Of the tarpit our own kernel knows nothing; and what sends the resets of `between` seems to be
# two routers away. One SYN for `again`, that which asks whether it is still there, is refused.
in_ns srv nft "add table $TABLE odd; add chain $TABLE odd out {
	type filter hook output priority 0; }
	add rule $TABLE odd out tcp sport $PORT_tarpit tcp flags & rst == rst drop
	add rule $TABLE odd out tcp sport $PORT_between tcp flags & rst == rst $TTL set 62
	add chain $TABLE odd in { type filter hook input priority 0; }
	add rule $TABLE odd in tcp dport 5999 drop
	add rule $TABLE odd in tcp dport $PORT_again tcp flags & (syn | ack) == syn \
		numgen inc mod 1000 1 counter reject with tcp reset"
observe wire srv s0 "tcp"
for each in $NAMES; do
	more=''
	[ "$each" != two ] || more="--timeout 6"
	eval "meet $each \$PORT_$each --json $more"
done
meet refused 5998 --json
meet dropped 5999 --json
start meet.far here env TERM=xterm "$TC_ROOT/tests/terminal.py" 60 "$TCPCRAFT" meet \
	"$SERVER_HOST:5999" --timeout 3 --rate 500
# shellcheck disable=SC2034 # met reads it
MEET_far=$PID
meet page "$PORT_late" --html $WORK/meet.html
meet quiet "$PORT_line" --timeout 0.5 -q
meet stopped "$PORT_silent"
says $WORK/meet.stopped.out '^answers' 20
stop $PID INT
same "Ctrl-C: exit 130" "$RC" 130
matches "and what was found until then" $WORK/meet.stopped.out 'stopped before the end'
for each in $NAMES; do
	met "$each"
	same "$each: the verdict, and exit 0" "$(said "$each" .verdict) $RC" \
		"$(eval "echo \$WANT_$each") 0"
done
# The witness is its process, which one of the stimuli ended. (Where that takes it long, on a
# busy machine, its port is open for a while: another is asked.)
for try in 1 2 3 4 5; do
	server "dies$try" gone die
	DIES=$PID
	all_listen
	meet "dies$try" $PORT --json
	met "dies$try"
	check "a server that what is sent ends" wait_for 10 gone "$DIES"
	[ "$(said "dies$try" .verdict)" != gone ] || break
done
same "is gone, and does not end connections as ever: exit 1" "$(said "dies$try" .verdict) $RC $(
	grep -c 'as ever' "$WORK/meet.dies$try.out")" "gone 1 0"
met refused
same "a port that nobody listens on" "$(said refused .verdict) $RC" "refused 1"
met dropped
same "a port that a filter keeps" "$(said dropped .verdict) $RC" "no-answer 1"
met far
check "on a terminal: how far it is, and for how long yet" \
	grep -qE '(answers|path) \([18] of 8\): at most [0-9]+ s to go' $WORK/meet.far.out
none "in a pipe that is not told" "$(grep 'to go' $WORK/meet.*.err)"
met quiet
met page
same "for people, with a page: exit 0" "$RC" 0
observed wire

in_ns srv nft list chain $TABLE odd in >$WORK/refusals
matches "one refusal is no end of a server: it is asked again" $WORK/refusals 'counter packets 1 '
same "the low port is what made the difference" "$(step low low-port .verdict)" lines
matches "and makes none where all are reset" $WORK/meet.resets.out \
	'"experiment":"low-port","verdict":"resets"'
matches "who closes after two seconds, and that it is so for all" $WORK/meet.two.out \
	'"sentence":"it closes each connection [2-5][.0-9]* s after the handshake, whatever is sent"'
same "what is unusual about a SYN,ACK, and that nothing is" \
	"$(step tarpit answers .numbers.unusual); $(step line answers .numbers.unusual)" \
	"it says no MSS; it agrees to none of SACK, timestamps, window scaling; nothing"
same "nine bytes" "$(step nine read-size .value)" 9
same "who aborts is not said to leave unread what it read: its own log has it read" \
	"$(step aborts read-size '"\(.verdict) \(.numbers.bytes)"') $(
		grep -c '^read [1-9]' $WORK/habit.aborts.out | sed 's/^[1-9][0-9]*$/some/')" \
	"resets-on-data null some"
same "the line's delimiter" "$(step line read-size .numbers.delimiter)" newline
matches "the greeting is shown" $WORK/meet.late.out \
	'"nothing":"it speaks after [1-9][.0-9]* s, 20 bytes: \\"g{20}\\"; then it waits"'
SAID=$(sed -n 's/.*"it speaks after \([.0-9]*\) s, .*/\1/p' $WORK/meet.late.out)
same "with its time: that of a greeting on the wire" "$(packets wire "tcp.srcport == $PORT_late" \
	tcp.dstport tcp.flags.syn tcp.len frame.time_relative | awk -v said="$SAID" '
		$2 == 1 { from[$1] = $4 }
		$3 > 0 && $1 in from { late = $4 - from[$1] - said; delete from[$1]
			found += late < 0.1 && late > -0.1 }
		END { print (found > 0) }')" 1
check "who talks for ever is not heard for ever" [ "$(packets wire \
	"tcp.srcport == $PORT_talker && tcp.len > 0" tcp.len | awk '{ n += $1 } END { print n }')" \
	-lt 4000000 ]
matches "one client after the other: those behind are heard when the first is gone" \
	$WORK/meet.turns.out '"serves":"one client after the other'
# Beside all the others one may be so late that it was heard only then: it is asked once more.
for each in line http nine ssh; do
	for try in 1 2 3; do
		grep -q '"serves":' "$WORK/meet.$each.out" || break
		eval "meet $each \$PORT_$each --json"
		met "$each"
	done
done
none "those that serve all at once are not said to do so" "$(grep -l '"serves":' \
	$WORK/meet.line.out $WORK/meet.http.out $WORK/meet.nine.out $WORK/meet.ssh.out)"
matches "a reset with another TTL than the SYN,ACK" $WORK/meet.between.out \
	'"nothing":"it resets after [0-9.]* m?s, with TTL 62 where its SYN,ACK had 64'
same "what its TCP took before its window shut, as its own ACKs say" \
	"$(step deaf takes .value)" "$(packets wire "tcp.srcport == $PORT_deaf && tcp.flags.reset == 0" \
		tcp.dstport tcp.flags.syn tcp.ack tcp.window_size_value |
		awk '$2 == 1 { from[$1] = $3 } $4 == 0 { print $3 - from[$1]; exit }')"
same "who reads some and then no more is not said not to read: its log has it read" \
	"$(step some takes '.sentence' | sed 's/.*by then; //; s/ its SYN.*//') $(
		grep -o 'read 32768' $WORK/habit.some.out | head -n 1)" \
	"whether it read some before cannot be told: read 32768"

# few: five at once, the others are closed at once, as its FINs before the first stimulus say. What
# is asked later is heard to its end.
CLOSED=$(packets wire "tcp.port == $PORT_few" tcp.srcport tcp.flags.fin tcp.len |
	awk -v few="$PORT_few" '$1 != few && $3 > 0 { exit } $1 == few && $2 == 1 { n++ }
		END { print n + 0 }')
matches "connections that are ended at once, while others are open, are told" \
	$WORK/meet.few.out "\"serves\":\"$CLOSED of 7 connections were ended before anything was sent, while others were open; $CLOSED, begun again when those before them were over, were not: a limit"
for each in tls:102 letters:512; do
	matches "a reset behind a stimulus that was sent later is told: ${each%:*}" $WORK/meet.few.out \
		"\"${each%:*}\":\"it resets after [0-9.]* m?s .asked when those before it were over"
	same "as the server's resets that acknowledge it say" "$(packets wire \
		"tcp.srcport == $PORT_few" tcp.dstport tcp.flags.syn tcp.flags.reset tcp.ack |
		awk -v n="${each#*:}" '$2 == 1 { from[$1] = $4 }
			$3 == 1 && $4 - from[$1] == n { found = 1 } END { print found }')" 1
done
# queue: one client at a time; those wait that its socket has room for, and one more.
HELD=$(($(in_ns srv ss -Hltn "sport = $PORT_queue" | awk '{ print $3 }') + 2))
matches "a queue that is full is told of, and that it was full no more" $WORK/meet.queue.out \
	"\"serves\":\"behind $HELD connections the next got no answer to its SYN, and was accepted when those were over"
same "each stimulus got there" "$(step queue talk .sentence); $(packets wire \
	"tcp.dstport == $PORT_queue && tcp.len > 0" tcp.payload | cut -c 1-8 | sort -u |
	grep -cxE '74|68656c6c|7b22636f|48454144|16030100|74637063')" "its TCP acknowledges all, and the server says and does nothing; 6"
same "and that it is so is told where a question broke off for it" "$(step queue options \
	'"\(.verdict) \(.sentence | contains("of connections at once talk found: behind"))"' |
	sed 's/^[^o].*/out-of-time true/')" "out-of-time true"
same "the first bytes of what was sent are no protocol" "$(step part talk .sentence)" \
	"it sends back the first bytes of what it gets, 10 at most"
# (How soon is the machine's affair.)
same "who speaks and closes is said to speak" "$(said day .sentence |
	sed -E 's/ (at once,|[0-9.e-]+ s after) .*//')" \
	"it says 5 bytes unasked, and closes each connection"
same "and to hear it is what comes first" "$(said day '.next[0].why')" "hear what it says"

same "the largest datagram that got there" "$(step silent options .numbers.path_mtu)" 1500

# What a server gets: the stimuli, and of `options` old bytes, which are zeros, and a request.
same "to a server of HTTP nothing but the stimuli was sent" "$(packets wire \
	"tcp.dstport == $PORT_http && tcp.len > 0" tcp.payload | cut -c 1-8 | grep -v '^00*$' |
	sort -u | xargs)" "16030100 48454144 68656c6c 74 74637063 7b22636f"
same "low ports were used where connections end soon, and only there" "$(packets wire \
	"tcp.flags == 2 && tcp.srcport < 1024 && tcp.dstport != $PORT_two" tcp.dstport | sort -u | xargs)" \
	"$PORT_resets $PORT_low $PORT_whom $PORT_ends $PORT_between $PORT_day"
same "and our other address, where a low port made no difference" "$(packets wire \
	"tcp.flags == 2 && ip$SIX.src == $OTHER && tcp.dstport != $PORT_two" tcp.dstport | sort -u | xargs)" \
	"$PORT_resets $PORT_whom $PORT_ends $PORT_between $PORT_day"

same "the verdict is the last but what comes next" "$(
	grep -oF "$SERVER_HOST:$PORT_late greets: " $WORK/meet.page.out || cat $WORK/meet.page.out)" \
	"$SERVER_HOST:$PORT_late greets: "
matches "and stands on top of the page" $WORK/meet.html 'id="said">[^<]* greets: it speaks first'
matches "with what was found" $WORK/meet.html 'data-kind="findings"'
fits "meet's page" $WORK/meet.html
echo 'eval document.querySelectorAll(".finding:not(.next)").length' |
	"$TC_ROOT/tests/browser.py" $WORK/meet.html >$WORK/cards 2>$WORK/browser.err
[ $? = 77 ] || same "a card for each step" "$(cat $WORK/cards $WORK/browser.err)" \
	"$(sed '/^$/q' $WORK/meet.page.out | grep -c '^[a-z]')"
check "--quiet: the end alone" grep -qF "$SERVER_HOST:$PORT_line lines: " $WORK/meet.quiet.out
none "no step of it" "$(grep '^talk' $WORK/meet.quiet.out)"

# Each command that was named, once, where nothing is reached: it is understood (a wrong command
# line is 2), and a lesson needs nobody.
for each in $NAMES refused dropped; do
	said "$each" '.next[].command'
done | sed "s/ 51[0-9][0-9]/ 5100/; s/ 599[89]/ 5100/" | sort -u >$WORK/nexts
check "commands to try next were named" [ "$(wc -l <$WORK/nexts)" -ge 16 ]
PATH=$(dirname "$TCPCRAFT"):$PATH
cd $WORK || exit 1
ran=0
while read -r command; do
	case $command in *teach*) want=0 ;; *) want=3 ;; esac
	run 60 unshare -n sh -c "$command" </dev/null
	ran=$((ran + 1))
	same "it can be typed: $(printf '%s' "$command" | sed 's/\\/&&/g')" "$RC" $want
done <$WORK/nexts
same "all of them were" $ran "$(wc -l <$WORK/nexts)"
nothing_left
