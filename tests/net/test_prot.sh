#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The main job: a PROT frame over a hand-made connection, on every kind of path, to the
# real server; and each verdict, from a peer that earns it. What went over the wire is
# judged by tshark on the server's side.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need nc dumpcap tshark iptables

# result KEY: from the result line in $OUT (run with --json).
result() {
	sed -n "/^{\"type\":\"result\"/s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$OUT"
}

# verdict WHAT EXIT: of the last run, said to programs.
verdict() {
	same "verdict $1, exit $2${3:+ ($3)}" "$(result verdict) $RC" "$1 $2"
}

prot() {
	run 30 "$TCPCRAFT" prot "$@" --json
}

# path NAME NS IF ADDR [OPTION...]: one exchange, looked at from NS IF.
path() {
	local name="$1" ns="$2" if="$3" addr="$4"
	shift 4
	observe "$name" "$ns" "$if" "tcp port $PROTD_PORT"
	prot "$addr" "$PROTD_PORT" RECONSTRUCTED_PAYLOAD "$@"
	verdict reply 0 "$name"
	same "$name: nothing leaked or lost" \
		"$(result resets_leaked) $(result capture_dropped)" "0 0"
	same "$name: 32 bytes sent and acknowledged, 3 received" \
		"$(result bytes_sent) $(result bytes_acked) $(result bytes_received)" "32 32 3"
	observed "$name"
	check_wire "$name" "tcp.dstport == $PROTD_PORT"
	same "$name: the frame is one segment with the right bytes" \
		"$(packets "$name" "tcp.dstport == $PROTD_PORT && tcp.len > 0" tcp.payload)" \
		"50524f54010000001552$(printf ECONSTRUCTED_PAYLOAD | od -An -tx1 |
		tr -d ' \n')5200"
	no_reset "$name: no reset on the wire" "$name"
	none "$name: no retransmission" \
		"$(packets "$name" "tcp.analysis.retransmission" tcp.seq)"
}

# ---- every path ------------------------------------------------------------------

net_pair
protd_start here "$LOOPBACK" -p 0
path loopback here lo "$LOOPBACK"
[ "$FAMILY" = 6 ] || path short-form here lo 127.1
stop "$PROTD_PID"
protd_start here "$CLIENT_IP" -p 0
path own-address here lo "$CLIENT_IP"
stop "$PROTD_PID"
protd_start srv "$SERVER_IP" -p 0
path veth srv s0 "$SERVER_IP"
path veth-raw srv s0 "$SERVER_IP" --inject raw
path veth-shield srv s0 "$SERVER_IP" --guard shield
path veth-busy srv s0 "$SERVER_IP" --busy-poll
check "the server's own log agrees" \
	grep -q 'verdict=ok frames=1 bytes=32$' "$PROTD_LOG"

# ---- what people see -------------------------------------------------------------

run 30 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" RECONSTRUCTED_PAYLOAD
for line in '^  0\.000000 --> S    seq 0 win [0-9]+ <mss 14[46]0,sackOK,TS val .*wscale [0-9]+> ISN [0-9]+$' \
	'^ +CLOSED -> SYN-SENT  \(RFC 9293 3\.10\.1 ' \
	'^  [0-9.]+ <-- S\.   seq 0 ack 1 win ' \
	'^ +SYN-SENT -> ESTABLISHED  \(RFC 9293 3\.10\.7\.3 ' \
	'^  [0-9.]+ --> P\.   seq 1:33 \(32\) ack 1 win ' \
	'^ +PROT magic=0x50524f54 version=1 length=21 payload="RECONSTRUCTED_PAYLOAD" checksum=0x0052$' \
	'^ +"ACK"$' '^  [0-9.]+ --> F\.   seq 33 ack 4 ' \
	'^reply: the peer replied with 3 bytes: "ACK"; handshake [0-9]+ us; kernel resets: [0-9]+ blocked, 0 leaked \(guard rst\)$'; do
	matches "the ladder has: $line" "$OUT" "$line"
done
# The close follows the data so closely that its copy is captured after both.
run 30 "$TCPCRAFT" connect "$SERVER_IP" "$PROTD_PORT" --data-string '{"id": 123}' --json
same "each segment has the state it was sent in, not the one it was captured in" "$(sed -n \
	'/"sent"/s/.*"flags":"\([^"]*\).*"state":"\([^"]*\).*/\1 \2/p' "$OUT" | xargs)" \
	"S SYN-SENT . ESTABLISHED P. ESTABLISHED F. FIN-WAIT-1"
run 30 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" x --set prot.magic=1 --set prot.checksum=2
matches "a wrong frame is decoded, and what is wrong is said" "$OUT" \
	'magic=0x00000001 \(usually 0x50524f54\).* checksum=0x0002 \(BAD, expected 0x0078\)$'
run 30 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" x -q
same "-q: the peer's bytes only" "$(cat "$OUT" "$ERR")" ACK

# ---- the guard, and its absence --------------------------------------------------

observe unguarded srv s0 "tcp port $PROTD_PORT"
prot "$SERVER_IP" "$PROTD_PORT" x --guard off
verdict reset 1 "no guard"
observed unguarded
same "without the guard the kernel's reset is seen, counted and marked" \
	"$(result resets_leaked) $(grep -c '"origin":"kernel".*"kernel-reset"' "$OUT")" "1 1"
same "the observer saw that reset" \
	"$(packets unguarded "tcp.flags.reset == 1 && ip.src == $CLIENT_IP" tcp.seq | wc -l)" 1

# (The judge of what follows is held to what has just been seen.)
no_reset "a leak" unguarded >$WORK/leak
check "a reset of our kernel is no lawful one" grep -q '^not ok' $WORK/leak

# excused ROW...: which of a server's resets are? A row: frame, whose, flags, seq, ack, length
excused() (
	local row number
	rows=$(for row; do echo "$row"; done | sed "s/ s / $SERVER_IP /; s/ c / $CLIENT_IP /" | tr ' ' '\t')
	packets() { echo "$rows"; }
	rm -f $WORK/loose
	for number in $(echo "$rows" | awk '$3 == "0x0004" { print $1 }'); do
		! lawful_reset none "$number" 80 1024 || echo "$number"
	done | xargs
)
said="1 s 0x0011 500 9 0"
same "one FIN excuses no reset" "$(excused "$said" "2 c 0x0010 9 501 0" "3 s 0x0004 501 0 0")" ""
same "the second one does: of an ACK behind it, once" "$(excused "$said" "2 s 0x0011 500 9 0" \
	"3 c 0x0010 9 501 0" "4 s 0x0004 501 0 0" "5 s 0x0004 501 0 0")" 4
same "not of what came before, of data, or of anything else" "$(excused "$said" "2 c 0x0010 9 501 0" \
	"3 s 0x0011 500 9 0" "4 s 0x0004 501 0 0" "5 c 0x0018 9 502 4" "6 s 0x0004 502 0 0" \
	"7 c 0x0004 9 503 0" "8 s 0x0004 503 0 0")" ""
same "nor does the FIN of a next connection" "$(excused "$said" "2 s 0x0011 900 9 0" \
	"3 c 0x0010 9 901 0" "4 s 0x0004 901 0 0")" ""

# (In a folder of its own, not to be held against this test.)
cut_short() {
	local WORK="$WORK/cut"
	mkdir -p "$WORK"
	whole_answer "what was asked"
}
none "an answer that is none is one" "$(echo . | cut_short)"
same "one that is cut short says so" "$(printf '1\t2\n3' | cut_short | tail -1)" \
	"packets.py does not answer"
same "and nothing at all, too" "$(cut_short </dev/null | tail -1)" "packets.py does not answer"

observe many srv s0 "tcp port $PROTD_PORT"
observe near here c0 "tcp port $PROTD_PORT"
prot "$SERVER_IP" "$PROTD_PORT" x --count 1000 --rate 100000
verdict reply 0 "1000 in a row"
observed many
observed near
same "1000 in a row: all reply, none leaked, none lost" \
	"$(result connections) $(grep -c '"connection".*"verdict":"reply"' "$OUT") $(result \
	resets_leaked) $(result capture_dropped)" "1000 1000 0 0"
check_wire many "tcp.dstport == $PROTD_PORT"
no_reset "1000 in a row: no reset on the wire" many
same "1000 in a row: each with its own port" \
	"$(packets many "tcp.flags == 2" tcp.srcport | sort -u | wc -l)" 1000
# came NAME: the server's segments, of each connection in their order. (One may be lost where
# a queue is full: it is sent again.)
came() {
	packets "$1" "tcp.srcport == $PROTD_PORT" tcp.dstport tcp.flags tcp.seq tcp.ack |
		sort -s -n -k 1,1 >"$WORK/$1.came"
}
if [ -e $WORK/loose ]; then
	skip "1000 in a row: the wire keeps the order" "the queues are the machine's: run it as root"
else
	came many
	came near
	none "1000 in a row: the wire keeps the order" \
		"$(diff $WORK/many.came $WORK/near.came | grep '^>' | head -n 20)"
fi

# ---- each verdict ----------------------------------------------------------------

for set in magic=0x50524f55 version=2 length=513; do
	prot "$SERVER_IP" "$PROTD_PORT" x --set "prot.$set"
	verdict reset 1 "prot.$set"
	same "all bytes acknowledged by TCP before the reset (prot.$set)" \
		"$(result bytes_acked) $(result closed_by)" "12 peer"
done
prot "$SERVER_IP" "$PROTD_PORT" x --set prot.checksum=bad
verdict closed 1 "bad checksum: all was read, so a FIN"
prot "$SERVER_IP" "$PROTD_PORT" x --set prot.length=9 --timeout 0.5
verdict silent 1 "the server waits for the rest"
prot "$SERVER_IP" 9 x
verdict refused 1
tables srv -A INPUT -p tcp --dport 7777 -j DROP
prot "$SERVER_IP" 7777 x --timeout 0.5
verdict no-answer 1
REJECT=icmp-host-prohibited
[ "$FAMILY" = 4 ] || REJECT=icmp6-adm-prohibited
tables srv -A INPUT -p tcp --dport 7778 -j REJECT --reject-with $REJECT
prot "$SERVER_IP" 7778 x
verdict unreachable 1
tables srv -I INPUT -p tcp --tcp-flags PSH PSH -j DROP
prot "$SERVER_IP" "$PROTD_PORT" x --timeout 0.5
verdict unacked 1
tables srv -D INPUT -p tcp --tcp-flags PSH PSH -j DROP
start nak srv sh -c "printf NAK | nc -l -N $SERVER_IP 7779"
check "nc listens" wait_for 5 sh -c "nsenter --net=/run/netns/srv ss -Hlnt |
	grep -q :7779"
prot "$SERVER_IP" 7779 x
verdict bad-reply 1
same "what it said is in the result" "$(result reply_text)" NAK

# ---- the user ends it ------------------------------------------------------------

for sig in INT:130 TERM:143; do
	start ctrl-c here "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" x \
		--set prot.length=9 --timeout 30
	check "connected before SIG${sig%:*}" says $WORK/ctrl-c.out 'ack 13' 10
	stop "$PID" "${sig%:*}"
	same "SIG${sig%:*}: exit code, and a partial result" \
		"$RC $(grep -c '^interrupted: ' $WORK/ctrl-c.out)" "${sig#*:} 1"
done
start killed here "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" x --set prot.length=9 \
	--timeout 30
check "connected before kill -9" says $WORK/killed.out 'ack 13' 10
has_rule() { tables here -S | grep -qi "$1"; }
no_rule() { ! has_rule "$1"; }
check "its rule is in force" has_rule "$PID"
stop "$PID" KILL
check "kill -9 leaves no rule within a second" wait_for 1 no_rule tcpcraft
stop "$PROTD_PID"
nothing_left

# ---- through a router ------------------------------------------------------------

ip netns del srv
ip link del c0 2>/dev/null
net_router 1400
protd_start srv "$SERVER_IP" -p 0
path routed srv s0 "$SERVER_IP"
NOWHERE=198.18.3.3 NET=198.18.3.0/24
[ "$FAMILY" = 4 ] || NOWHERE=2001:db8:3::3 NET=2001:db8:3::/64
ip netns exec rtr ip route add unreachable $NET
prot $NOWHERE 9999 x
verdict unreachable 1 "said by a router"
stop "$PROTD_PID"
nothing_left
