#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Probes of one behaviour each, against peers that are known to differ in it: this
# machine's kernel as it is and as a sysctl, a socket option or a firewall makes it, our own
# stack, and a peer that looks at nothing (tests/peers/hostile.py).
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need jq dumpcap tshark iptables

# finds WHAT WANT EXPERIMENT HOST PORT [OPTION...]: the verdict and its facts, by jq.
finds() {
	local what="$1" want="$2" filter="$3" got
	shift 3
	run 60 "$TCPCRAFT" probe "$@" --json
	got=$(jq -r "select(.type == \"result\") | $filter" <"$OUT")
	if [ "$got" = "$want" ]; then
		ok "$what"
	else
		not_ok "$what" "got:  $got" "want: $want" "$(jq -r .sentence "$OUT")"
	fi
}

echo_server() {
	start "$1" srv /usr/bin/python3 -c '
import socket, sys, threading
l = socket.create_server((sys.argv[1], int(sys.argv[2])),
    family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
print("listening", flush=True)
def serve(c):
    if sys.argv[3] == "inline":
        c.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    try:
        while d := c.recv(65536):
            c.sendall(d)
        if sys.argv[3] == "stay":
            threading.Event().wait()
    except OSError:
        pass
    c.close()
while True:
    c = l.accept()[0]
    threading.Thread(target=serve, args=(c,), daemon=True).start()' "$HOST_IP" "$2" "$3"
	check "a server that echoes ($3) is up" says "$WORK/$1.out" '^listening' 10
}

net_pair
HOST_IP=$SERVER_IP CARELESS=10.77.0.100 OURS=10.77.0.3 NET=10.77.0.0/24 BITS=24 SIX=
if [ "$FAMILY" = 6 ]; then
	CARELESS=fd77::100 OURS=fd77::3 NET=fd77::/64 BITS=64 SIX=6
fi
protd_start srv "$HOST_IP" -p 9999
echo_server echo 7 plain
echo_server inline 8 inline
echo_server stay 9 stay
start careless srv /usr/bin/python3 "$TC_ROOT/tests/peers/hostile.py" play s0 $SIX
check "a careless peer is up" says $WORK/careless.out '^ready' 10
# Our own stack as a peer, at a second address of the server.
in_ns srv ip addr add $OURS/$BITS dev s0 ${SIX:+nodad}
start ours srv "$TCPCRAFT" listen $OURS 9999 --prot --keep -q
OURS_PID=$PID
if wait_for 10 sh -c "'$TCPCRAFT' prot $OURS 9999 x -q --timeout 1 2>/dev/null | grep -q ACK"; then
	ok "our own stack listens"
else
	not_ok "our own stack listens" "$(cat $WORK/ours.err)"
fi

observe probes srv s0 "net $NET"

# ---- one behaviour each -----------------------------------------------------------

finds "urgent: Linux takes the byte before the pointer out of the stream" out-of-band \
	.verdict urgent "$HOST_IP" 9999
finds "urgent: also as an echo shows it" out-of-band .verdict urgent "$HOST_IP" 7 --echo
finds "urgent: with SO_OOBINLINE it stays" in-line .verdict urgent "$HOST_IP" 8 --echo
finds "urgent: our own stack leaves it in the stream" in-line .verdict urgent $OURS 9999

finds "paws: Linux drops old data and asks back" paws .verdict paws "$HOST_IP" 9999
echo 0 | in_ns srv tee /proc/sys/net/ipv4/tcp_timestamps >/dev/null
finds "paws: without timestamps there is none" no-timestamps .verdict paws "$HOST_IP" 9999
echo 1 | in_ns srv tee /proc/sys/net/ipv4/tcp_timestamps >/dev/null

finds "syn-data: Linux leaves it to be sent again" leaves .verdict syn-data "$HOST_IP" 9999
finds "syn-data: our own stack keeps it" keeps .verdict syn-data $OURS 9999

finds "reserved-bits: Linux ignores them" ignores .verdict reserved-bits "$HOST_IP" 9999
in_ns srv nft 'add table inet odd; add chain inet odd in { type filter hook input priority 0; }
	add rule inet odd in tcp reserved != 0 drop'
finds "reserved-bits: a firewall drops them" drops .verdict reserved-bits "$HOST_IP" 9999 \
	--timeout 0.4
in_ns srv nft delete table inet odd

finds "bad-checksum: Linux drops it" drops .verdict bad-checksum "$HOST_IP" 9999
finds "bad-checksum: a peer that does not look takes it" accepts .verdict \
	bad-checksum $CARELESS 9999

finds "zero-window: Linux sends nothing but probes" "respects 0" \
	'"\(.verdict) \(.numbers.bytes_beyond)"' zero-window "$HOST_IP" 9999
finds "zero-window: a peer that does not look sends all the same" "ignores 3" \
	'"\(.verdict) \(.numbers.bytes_beyond)"' zero-window $CARELESS 9999

finds "overlap: Linux' policy, by the PROT server" linux .verdict overlap "$HOST_IP" 9999
finds "overlap: the same by an echo" linux .verdict overlap "$HOST_IP" 7 --echo
finds "overlap: our own stack takes what came last" last .verdict overlap $OURS 9999
finds "overlap: a server whose answer does not depend on it cannot be told" could-not-tell \
	.verdict overlap "$HOST_IP" 7

finds "close: the PROT server closes too, and its TIME-WAIT gives way" \
	"orderly; acknowledged, closes too; answered; yes, for a SYN with a higher number" \
	'[.verdict] + (.numbers | [.fin, .request_with_fin, .time_wait_reuse]) | join("; ")' close "$HOST_IP" 9999
finds "close: a server that goes on after the end of its input" \
	"orderly; acknowledged, stays half-open; answered; not tried: it did not close first" \
	'[.verdict] + (.numbers | [.fin, .request_with_fin, .time_wait_reuse]) | join("; ")' \
	close "$HOST_IP" 9 --echo

# ---- a reset that is the application's ------------------------------------------------

# What it had read, and that it aborted, is in its own log; on the wire unread bytes look the same.
habit srv "$HOST_IP" 5100 abort
habit srv "$HOST_IP" 5101 abort n=20 all=1
habit srv "$HOST_IP" 5102 exact n=9
habit srv "$HOST_IP" 5103 tired seconds=3600
ABORTS=$WORK/habit.srv.5100.out
finds "read-size: an abort is not said to leave bytes unread" "resets-on-data null null 1" \
	'"\(.verdict) \(.value) \(.numbers.bytes) \(.numbers.resets_from)"' \
	read-size "$HOST_IP" 5100 --timeout 1
matches "… since the server had read them: its own log" $ABORTS '^read 1 bytes'
matches "… and that cannot be told" "$OUT" 'whether it had read it cannot be seen'
finds "read-size: nor one that waits for 20 bytes first" "resets-on-data null 20" \
	'"\(.verdict) \(.value) \(.numbers.resets_from)"' read-size "$HOST_IP" 5101 --timeout 1
matches "… which had read all 20 of them" $WORK/habit.srv.5101.out '^read 20 bytes'
finds "read-size: where what is read ends with FIN, a reset says what is left" "fixed-size 9" \
	'"\(.verdict) \(.value)"' read-size "$HOST_IP" 5102 --timeout 1
habit srv "$HOST_IP" 5146 exact n=9 shut=1
finds "read-size: a FIN of its own before that reset is not the end" "fixed-size 9" \
	'"\(.verdict) \(.value)"' read-size "$HOST_IP" 5146 --timeout 1
habit srv "$HOST_IP" 5140 short n=255
finds "read-size: no more than 255 bytes of a line are no read of 255" "line-limit 255" \
	'"\(.verdict) \(.value)"' read-size "$HOST_IP" 5140 --timeout 1
matches "… since a line ends what it takes: its own log" $WORK/habit.srv.5140.out \
	'^read 128 bytes'
same "… nor had it ever read more" "$(awk '{ print $2 }' $WORK/habit.srv.5140.out | sort -n |
	tail -n 1)" 255

# What its TCP has acknowledged the server need not have read: again its own log.
while read -r port verdict words how; do
	words=$(echo "$words" | tr _ ' ')
	# shellcheck disable=SC2086 # options
	habit srv "$HOST_IP" "$port" full n=4096 $how
	finds "read-size: what its TCP took a server need not have read: $verdict" "$verdict" \
		.verdict read-size "$HOST_IP" "$port" --timeout 1
	matches "… which is what is said" "$OUT" "$words"
	same "… since it had read 4096 at most: its own log" "$(awk '{ print $2 }' \
		"$WORK/habit.srv.$port.out" | sort -n | tail -n 1)" 4096
done <<'EOF'
5141 replies TCP_took_16384_bytes,_and_it_answered_with_10
5144 no-reset TCP_has_taken_16384_bytes,_be_they_read_or_not shut=1
EOF

# A greeting that is later than the control was watched comes in the middle of what is asked.
habit srv "$HOST_IP" 5142 greet n=15 seconds=0.7
habit srv "$HOST_IP" 5143 greet n=15 seconds=0.7 asked=1
# (At eight segments a second it comes while they are sent, later than the time-out.)
for how in '1 500' '0.5 8'; do
	finds "read-size: a late greeting is no answer (time-out and rate: $how)" \
		"waits speaks 15 true" '"\(.verdict) \(.unprovoked.habit) \(.unprovoked.bytes) \(
		.unprovoked.after_s >= 0.7)"' \
		read-size "$HOST_IP" 5142 --timeout "${how% *}" --rate "${how#* }"
done
finds "read-size: what comes as late only where something was sent is one" \
	"replies waits true" '"\(.verdict) \(.unprovoked.habit) \(.unprovoked.watched_s > 0.7)"' \
	read-size "$HOST_IP" 5143 --timeout 1
habit srv "$HOST_IP" 5145 clock
finds "read-size: what is said again and again is none" "speaks-anyway false" \
	'"\(.verdict) \(.told)"' read-size "$HOST_IP" 5145 --timeout 1
habit srv "$HOST_IP" 5147 clock late=3
finds "read-size: nor where it was late when nothing was asked" "speaks-anyway false" \
	'"\(.verdict) \(.told)"' read-size "$HOST_IP" 5147 --timeout 1
finds "close: its FIN is taken, and it aborts: that is no fault of its TCP" \
	"aborts; aborts; reset" '[.verdict, (.numbers.fin | sub(".*, "; "")),
	.numbers.data_after_rst] | join("; ")' close "$HOST_IP" 5100
matches "… nor was it asked for anything but its end" $ABORTS '^read 0 bytes'
# Of a byte that it takes its reset may be all that is seen: it acknowledges it.
habit srv "$HOST_IP" 5104 abort
in_ns srv nft 'add table inet odd; add chain inet odd out { type filter hook output priority 0; }
	add rule inet odd out tcp sport 5104 tcp flags == ack drop'
finds "reserved-bits: a byte whose reset acknowledges it was taken" ignores \
	.verdict reserved-bits "$HOST_IP" 5104
finds "bad-checksum: the same" drops .verdict bad-checksum "$HOST_IP" 5104
finds "syn-data: the same" leaves .verdict syn-data "$HOST_IP" 5104
finds "options: a clock that nobody hears is said to be that" "true null" \
	'.numbers | "\(.timestamp_clock | contains("not answered in time")) \(.timestamp_hz)"' \
	options "$HOST_IP" 5104 --timeout 1
in_ns srv nft delete table inet odd

# ---- a clock takes time to measure -----------------------------------------------------

# A peer that is often stopped answers what was asked meanwhile in one go. Two answers of one go are
# no measure of its clock.
# shellcheck disable=SC2016
start stutter here sh -c 'while kill -STOP $1; do sleep 0.75; kill -CONT $1; sleep 0.02; done' \
	sh $OURS_PID
STUTTER=$PID
for _ in 1 2 3; do
	finds "options: the clock of a peer that stutters is right, or it is said why not" right \
		'.numbers | if .timestamp_hz == 1000 or (.timestamp_hz == null and .timestamp_clock)
		then "right" else "\(.timestamp_hz) \(.timestamp_clock)" end' \
		options $OURS 9999 --timeout 3
done
stop $STUTTER
kill -CONT $OURS_PID
# On a machine that is late by seconds our own probe is such a peer too: then it says so, and is
# asked again.
for _ in 1 2 3 4 5; do
	run 60 "$TCPCRAFT" probe options $OURS 9999 --json
	HERTZ=$(jq -r 'select(.type == "result") | .numbers.timestamp_hz' "$OUT")
	[ "$HERTZ" != null ] && break
done
same "options: that of one that does not is 1000" "$HERTZ" 1000

# ---- a reset ends what can be watched --------------------------------------------------

# Copies of the first data of the server, by the observer, of the connection that had most.
habit srv "$HOST_IP" 5105 parting seconds=0.1
habit srv "$HOST_IP" 5106 parting seconds=1
finds "retransmit: a reset before a copy was due tells nothing" "could-not-tell false" \
	'"\(.verdict) \(.told)"' retransmit "$HOST_IP" 5105
check "… and the time is that until the reset" [ "$(jq 'select(.type == "result") |
	.numbers.watched_s >= 0.1 and .numbers.watched_s < 2' "$OUT")" = true ]
finds "retransmit: nor is it a giving up where copies came" still-retrying \
	.verdict retransmit "$HOST_IP" 5106
COPIES=$(jq -r 'select(.type == "result") | .numbers.retransmissions_seen' "$OUT")
check "… and the time is that until the reset" [ "$(jq 'select(.type == "result") |
	.numbers.watched_s >= 1 and .numbers.watched_s < 5' "$OUT")" = true ]

# ---- what is not answered, and what the server did itself --------------------------------

# One client after the other: what is still open there fills its queue, so nothing is.
OPTIONS='.numbers | "\(.timestamps_alone), \(.ecn), \(.fast_open); \(.no_handshake_with)"'
habit srv "$HOST_IP" 5107 slow backlog=1
finds "options: a server that takes one client at a time answers each offer" \
	"yes, yes, no; null" "$OPTIONS" options "$HOST_IP" 5107
habit srv "$HOST_IP" 5108 ear backlog=3
finds "options: what a full queue does not answer is not known" \
	"yes, not known, not known; null" "$OPTIONS" options "$HOST_IP" 5108 --timeout 1
same "… since that queue is full: ss" "$(in_ns srv ss -Hlnt sport = :5108 |
	awk '{ print $2, $3 }')" "4 3"
matches "… nor is an option blamed" "$OUT" 'our offer ..wscale alone.. on there is no handshake, '\
'with an MSS alone neither [^:]*: of ECN, Fast Open nothing is known'
in_ns srv nft 'add table inet odd; add chain inet odd in { type filter hook input priority 0; }
	add rule inet odd in tcp flags & (syn|ecn|cwr) == (syn|ecn|cwr) drop'
finds "options: of a SYN that a firewall drops nothing is known but that" \
	"yes, not known, no; ECN" "$OPTIONS" options "$HOST_IP" 9999 --timeout 1
in_ns srv nft delete table inet odd

habit srv "$HOST_IP" 5109 greet n=309 asked=1
habit srv "$HOST_IP" 5110 greet n=5 seconds=0.7
finds "close: what is said behind a request with FIN is its answer" answered \
	.numbers.request_with_fin close "$HOST_IP" 5109
finds "close: but not of one that speaks later, unasked" \
	"cannot tell: 5 bytes came, which it may say unasked" \
	.numbers.request_with_fin close "$HOST_IP" 5110

habit srv "$HOST_IP" 5111 few n=3
habit srv "$HOST_IP" 5112 few n=4 all=1
# (Linux' limit is of half a second each; a late machine asks for longer than one.)
BLIND='[.verdict, .value, (.numbers | .data_future_ack, (.challenges_of_20 |
	if . and . <= 4 then "few" else . end), .rate_limit)] | map(tostring) | join("; ")'
finds "blind-attack: a server with room for few has room for each question" \
	"rfc5961; 7; challenge ACK; few; yes" "$BLIND" blind-attack "$HOST_IP" 5111
finds "blind-attack: what comes of a connection that the server ended says nothing" \
	"could-not-tell; null; could not tell: the peer ended the connection itself; null; could \
not tell: no connection lasted" "$BLIND" blind-attack "$HOST_IP" 5112
matches "… which it did: its own log" $WORK/habit.srv.5112.out '^closed'

# ---- both ends call ---------------------------------------------------------------

# When our guard stands: before, our kernel would answer the call.
call() {
	cat >$WORK/call.py <<-END
		import socket, sys, time
		end = time.monotonic() + 10
		while time.monotonic() < end:
		    s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		    s.bind((sys.argv[1], 9990))
		    s.settimeout(2)
		    try:
		        s.connect((sys.argv[2], 9991))
		        break
		    except OSError:
		        s.close()
		        time.sleep(0.1)
		time.sleep(1)
	END
	# shellcheck disable=SC2016
	start call here sh -c 'until "$1" guard list | grep -q mode=; do sleep 0.05; done
		exec nsenter --net=/run/netns/srv /usr/bin/python3 "$2" "$3" "$4"' \
		sh "$TCPCRAFT" $WORK/call.py "$HOST_IP" "$CLIENT_IP"
	CALL=$PID
}

call
finds "simultaneous-open: Linux opens" opens .verdict \
	simultaneous-open "$HOST_IP" 9990 -g 9991 --timeout 10
stop "$CALL"
tables srv -A INPUT -p tcp --syn --dport 9990 -j DROP
call
finds "simultaneous-open: where no SYN comes in, it does not" ignores .verdict \
	simultaneous-open "$HOST_IP" 9990 -g 9991 --timeout 10
stop "$CALL"
finds "simultaneous-open: nobody calls" no-call .verdict \
	simultaneous-open "$HOST_IP" 9990 -g 9991 --timeout 0.5

# ---- peers that do not help ---------------------------------------------------------

for each in urgent paws syn-data reserved-bits bad-checksum zero-window overlap close; do
	finds "$each: a closed port" "refused 1" '"\(.verdict) \(.exit)"' \
		$each "$HOST_IP" 6 --timeout 1
	same "$each: exit 1" "$RC" 1
done

observed probes
check_wire probes "ip.src == $CLIENT_IP && !(tcp.flags.syn == 1 && tcp.len > 0) &&
	tcp.flags.res == 0 && tcp.checksum.status != 0"
# unasked PORT: which connections to it had bytes of its before any of ours, by the observer.
unasked() {
	packets probes "tcp.port == $1 && tcp.len > 0" tcp.stream tcp.srcport |
		awk -v port="$1" '!seen[$1]++ && $2 == port { print "stream", $1 }'
}
check "read-size: the observer saw that greeting where nothing had been sent" \
	[ -n "$(unasked 5142)" ]
none "… and none of what is an answer there" "$(unasked 5143)"
same "retransmit: as many copies as the observer saw" "$(packets probes "tcp.srcport == 5106 &&
	tcp.len == 7" tcp.dstport | sort | uniq -c | awk '{ print $1 - 1 }')" "$COPIES"
# (Linux numbers its resets 0; in IPv6 ours have labels of 16 bits.)
UNNUMBERED='ip.id == 0'
[ "$FAMILY" = 4 ] || UNNUMBERED='(ipv6.flow == 0 || ipv6.flow > 0xffff)'
# (Port 9991 is called also when nobody guards it any more.)
no_reset "no reset of the kernel's slipped through" probes "ip.src == $CLIENT_IP &&
	tcp.flags == 0x004 && $UNNUMBERED && tcp.srcport != 9991"
nothing_left
