#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The bed itself: the legacy server answers as its users know it, seen by the kernel's
# own TCP as client and by an observer on the wire. Nothing of tcpcraft runs here, so
# what fails below is not its fault.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need nc dumpcap tshark strace

# The payload of the tests: 21 bytes, so a frame of 32.
frame() {
	printf 'PROT\001\000\000\000\025RECONSTRUCTED_PAYLOAD\122\000'
}

verdict_is() {
	check "the server's verdict: $1" wait_for 5 grep -q "verdict=$1\$" "$PROTD_LOG"
}

# Standard input to the server, its answer to $OUT.
say() {
	run 10 nc -N -w 5 "$SERVER_IP" "$PROTD_PORT"
}

net_pair
protd_start srv "$SERVER_IP" -p 0
observe wire srv s0 "tcp port $PROTD_PORT"

frame | say
same "a good frame is answered" "$(cat "$OUT")" ACK
verdict_is "ok frames=1 bytes=32"

{ frame; frame; frame; } | say
same "three frames on one connection get three answers" "$(cat "$OUT")" ACKACKACK
verdict_is "ok frames=3 bytes=96"

printf '{"command": "status", "id": 123}' | say
same "another protocol gets no word" "$(cat "$OUT")" ""
verdict_is "bad-magic read=9 frames=0"

printf 'PROT\002\000\000\000\000\000\000' | say
verdict_is "bad-version read=9 frames=0"
printf 'PROT\001\000\000\002\001' | say
verdict_is "bad-length read=9 frames=0"
printf 'PROT' | say
verdict_is "short-header read=4 frames=0"
printf 'PROT\001\000\000\000\002a' | say
verdict_is "short-payload read=10 frames=0"
printf 'PROT\001\000\000\000\001a\000\001' | say
verdict_is "bad-checksum read=12 frames=0"
: | say
verdict_is "no-data read=0 frames=0"

observed wire
same "it resets only where it left bytes unread" \
	"$(packets wire "tcp.flags.reset == 1 && ip.src == $SERVER_IP" tcp.seq |
	sort -u | wc -l)" 2
same "what the kernel leaves to the device is a wrong checksum on the wire" \
	"$(packets wire "tcp.flags.syn == 1 && frame.number == 1 && $WRONG_SUM" frame.number)" 1
stop "$PROTD_PID"
same "SIGTERM is a clean end" "$RC" 0

protd_start here 127.0.0.1 -p 0 --once
observe loop here lo "tcp port $PROTD_PORT"
frame | run 10 nc -w 5 127.0.0.1 "$PROTD_PORT"
same "--once: an answer, and the client is let go" "$(cat "$OUT") $RC" "ACK 0"
observed loop
same "--once: the server closes first" "$(packets loop "tcp.flags.fin == 1" tcp.srcport |
	head -n 1)" "$PROTD_PORT"
same "the observer sees a frame on loopback once" \
	"$(packets loop "tcp.flags == 0x002" tcp.seq | wc -l)" 1
stop "$PROTD_PID"

# (-D: the server is our child, the tracer is not. -ff: in a file of each process no call is cut in
# two by those of another.)
# shellcheck disable=SC2086 # words
start strace srv $NO_LEAK_CHECK strace -D -ff -o $WORK/strace "$PROTD" -a 10.77.0.2 -p 0
says $WORK/strace.out '^listening' 10
SERVER_IP=10.77.0.2 PROTD_PORT=$(sed 's/.*://' $WORK/strace.out)
printf '{"command": "status", "id": 123}' | say
cat $WORK/strace.[0-9]* >$WORK/traced
matches "strace shows the nine bytes it read" $WORK/traced 'read\(4, "\{\\"command", 9\) += 9'
stop "$PID"
nothing_left
