#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a run writes, read again: pcapng with a comment for each frame, judged by tshark,
# and a capture of the run in which `show` sees the same connection.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need tshark
protd_start here 127.0.0.1
run 20 "$TCPCRAFT" prot 127.0.0.1 "$PROTD_PORT" hello -w $WORK/run.pcapng
same "the exchange goes well" "$RC" 0
tshark -n -r $WORK/run.pcapng -T fields -e frame.number -e frame.comment \
	>$WORK/comments 2>$WORK/tshark.err
same "each frame has a comment" "$(grep -cE '^[0-9]+	(sent by tcpcraft|received)' \
	$WORK/comments)" "$(wc -l <$WORK/comments)"
matches "with the change of state and its clause" $WORK/comments \
	'SYN-SENT -> ESTABLISHED \(RFC 9293 3\.10\.7\.3'
run 20 "$TCPCRAFT" prot 127.0.0.1 "$PROTD_PORT" hello -w $WORK/changed.pcapng \
	--mutate 'data[1]: tcp.checksum=bad'
matches "and what was changed on purpose" $WORK/changed.pcapng \
	'changed on purpose: tcp\.checksum 0x.* -> 0x'
matches "with the PROT frame" $WORK/comments 'PROT magic=.* payload="hello"'
run 20 "$TCPCRAFT" show $WORK/run.pcapng
same "show reads it" "$RC" 0
matches "as a closed connection with both sides' bytes" "$OUT" ' closed +(9|10) +16 +3 '

# Replayed against a server with other habits: as it was captured, it stops at the SYN,ACK's
# options; a loose script asks only for what both have, and has the server's reply.
for form in '' --loose; do
	"$TCPCRAFT" show --script $form $WORK/run.pcapng >$WORK/again$form.pkt
done
sysctl -qw net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0 net.ipv4.tcp_window_scaling=0
run 30 "$TCPCRAFT" run $WORK/again.pkt 127.0.0.1 "$PROTD_PORT"
same "another server's options: the exact script says so" \
	"$RC $(grep -c '^  differs   tcp.options$' "$OUT")" "4 1"
observe wire here lo tcp
run 30 "$TCPCRAFT" run $WORK/again--loose.pkt 127.0.0.1 "$PROTD_PORT"
observed wire
same "the loose one passes" "$RC" 0
same "and the server took the frame: what it sent is the acknowledgement" \
	"$(packets wire "tcp.srcport == $PROTD_PORT && tcp.len > 0" tcp.len)" 3
sysctl -qw net.ipv4.tcp_timestamps=1 net.ipv4.tcp_sack=1 net.ipv4.tcp_window_scaling=1

# Without a guard: who sent the reset is said on the wire and in the file.
run 20 "$TCPCRAFT" prot 127.0.0.1 "$PROTD_PORT" hello --guard off -w $WORK/off.pcapng
tshark -n -r $WORK/off.pcapng -Y tcp.flags.reset==1 -T fields -e frame.comment \
	>$WORK/comments 2>$WORK/tshark.err
matches "the kernel's reset is told from ours" $WORK/comments "kernel, not by tcpcraft"
run 20 "$TCPCRAFT" show --json $WORK/off.pcapng
matches "and seen from outside as well" "$OUT" '"origin":"kernel".*"tags":\[.*"kernel-reset"'

# Those of an experiment.
run 20 "$TCPCRAFT" probe options 127.0.0.1 "$PROTD_PORT" -w $WORK/probe.pcapng
tshark -n -r $WORK/probe.pcapng -T fields -e tcp.srcport -e frame.comment >$WORK/comments \
	2>$WORK/tshark.err
same "those of an experiment say who sent them" "$(awk -F '\t' -v p="$PROTD_PORT" '
	$2 != ($1 == p ? "received" : "sent by this host")' $WORK/comments) $(
	status_of test -s $WORK/comments)" " 0"

# Crafted packets: which one it is, and what answers which.
run 20 "$TCPCRAFT" send 127.0.0.1 "$PROTD_PORT" tcp.flags=S,SA --timeout 1 -w $WORK/send.pcapng
tshark -n -r $WORK/send.pcapng -T fields -e tcp.flags.str -e frame.comment \
	>$WORK/comments 2>$WORK/tshark.err
same "each frame of send has a comment" "$RC $(wc -l <$WORK/comments) $(grep -cE \
	'(sent by tcpcraft: packet [12] tcp.flags=S|received: answers packet [12] .*ms)' \
	$WORK/comments)" "0 5 4"
same "and so has the reset that follows the SYN,ACK" \
	"$(grep -c 'sent by this host' $WORK/comments)" 1
stop "$PROTD_PID"
nothing_left
