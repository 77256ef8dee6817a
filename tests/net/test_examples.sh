#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The example that opens a session, against the real server: what it changes is what is on
# the wire, the server takes its frame, and it leaves nothing behind.
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
