#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The examples that want privileges. One opens a session with the real server: what it changes is
# what is on the wire, the server takes its frame. One keeps the kernel quiet while a command runs.
# One is a host that there is not. None leaves anything behind.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need tshark dumpcap iptables

export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"
net_pair
protd_start srv "$SERVER_IP" -p 0
observe session srv s0 "tcp port $PROTD_PORT"
run 30 "$TC_BUILD/examples/session" "$SERVER_IP" "$PROTD_PORT" \
	'data[1]: tcp.window_size_value=1000'
observed session
same "session: exit 0, nothing on standard error" "$RC $(cat "$ERR")" "0 "
matches "session tells the change" "$OUT" \
	'^  changed: tcp\.window_size_value [0-9]+ -> 1000$'
matches "session has the reply" "$OUT" '^reply: ACK$'
matches "session tells the states" "$OUT" '^  SYN-SENT -> ESTABLISHED$'
matches "session ends well" "$OUT" '^over: both sides closed$'
matches "the kernel kept quiet" "$OUT" '^resets of the kernel that leaked: 0$'
same "on the wire the segment with data has the window that the rule says, once" \
	"$(packets session "tcp.dstport == $PROTD_PORT && tcp.len > 0" tcp.window_size_value)" \
	1000
same "no other segment has it" "$(packets session \
	"tcp.dstport == $PROTD_PORT && tcp.len == 0 && tcp.window_size_value == 1000" \
	tcp.seq)" ""
check_wire session "tcp.dstport == $PROTD_PORT"
says "$PROTD_LOG" 'verdict=ok frames=1' 10
matches "the server took the frame" "$PROTD_LOG" 'verdict=ok frames=1'
run 30 "$TC_BUILD/examples/session" "$SERVER_IP" "$PROTD_PORT" 'data[1]: tcp.nothing=1'
matches "session: a field that is none is refused" "$ERR" '^session: .*tcp\.nothing'
same "session: and nothing is sent" "$RC $(cat "$OUT")" "1 "
stop "$PROTD_PID"
nothing_left

DIAL=$TC_BUILD/peers/dial
run 30 "$DIAL" 127.0.0.1 1999 20000
same "a closed port of this host resets" "$(cat "$OUT")" refused
run 30 "$TC_BUILD/examples/quiet" 127.0.0.1 1999 "$DIAL 127.0.0.1 1999 300"
same "quiet: exit 0, nothing on standard error" "$RC $(cat "$ERR")" "0 "
matches "quiet: the rule is there meanwhile" "$OUT" 'mode=rst local=127\.0\.0\.1 ports=1999-1999 .*state=alive'
matches "quiet: the port does not reset" "$OUT" '^silent'
matches "quiet: what was dropped is counted" "$OUT" '^[1-9][0-9]* resets of the kernel were dropped$'
run 30 "$DIAL" 127.0.0.1 1999 20000
same "quiet: afterwards it resets again" "$(cat "$OUT")" refused
run 30 "$TC_BUILD/examples/quiet" 127.0.0.1 0 true
matches "quiet: what is no port is refused" "$ERR" '^quiet: port'
nothing_left

# A SYN for it is what makes the kernel of the other host ask who has the address.
NOBODY=10.77.0.99 AT=02:00:00:00:00:99
start neighbour here "$TC_BUILD/examples/neighbour" $NOBODY $AT 600
NEIGHBOUR=$PID
check "neighbour: an address that nobody has" says $WORK/neighbour.out '^nobody has ' 20
known() {
	in_ns srv ip neigh show $NOBODY | grep -q "lladdr $AT "
}
asked() {
	in_ns srv "$DIAL" $NOBODY 9 100 >$OUT 2>$ERR
	known
}
check "neighbour: it is there for another host" wait_for 10 asked
check "neighbour: it ends behind its answer" wait_for 10 gone "$NEIGHBOUR"
same "neighbour: and tells so" "$(tail -n 1 $WORK/neighbour.out; cat $WORK/neighbour.err)" \
	"somebody asked for it"
run 30 "$TC_BUILD/examples/neighbour" "$SERVER_IP" $AT 1
same "neighbour: one that somebody has is left alone" "$RC $(wc -l <"$OUT")" "1 0"
matches "neighbour: and it is told who has it" "$ERR" '^neighbour: .*'"$SERVER_IP"
nothing_left
