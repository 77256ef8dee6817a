#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# --step: segments wait for an answer, are changed or dropped, and go; the timers of the
# connection wait as well.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need /usr/bin/python3 nc
own_host

# answers TEXT SECONDS CMD...: TEXT (as printf has it) is its standard input.
answers() {
	local text="$1" limit="$2"
	shift 2
	# shellcheck disable=SC2059 # a format
	printf "$text" >$WORK/answers
	may_take "$limit" "$@" <$WORK/answers >"$OUT" 2>"$ERR"
	RC=$?
}

segments() {
	grep -c '^step ' "$ERR"
}

protd_start here "$LOOPBACK" -p 9999

answers '' 30 "$TCPCRAFT" prot "$LOOPBACK" 9999 hello --step
same "without an answer all go: exit 0" "$RC" 0
same "after the first was shown" "$(segments)" 1

answers '\ngo\n\n\n\n\n\n\n\n' 30 "$TCPCRAFT" prot "$LOOPBACK" 9999 hello --step
same "every segment is let go by hand: exit 0" "$RC" 0
check "SYN, ACK, data, FIN and ACK at least" test "$(segments)" -ge 5
matches "a segment is shown as in the ladder" "$ERR" '^step S  *seq 0 win [0-9]* <mss'
matches "and what it carries" "$ERR" 'PROT magic=0x50524f54 version=1 length=5 payload="hello"'

answers 'show\nhelp\n\nrun\n' 30 "$TCPCRAFT" prot "$LOOPBACK" 9999 hello --step
same "run: no more questions" "$RC $(segments)" "0 2"
matches "show: every field" "$ERR" '^  tcp.window_size_value .* receive window'
matches "help: what there is to say" "$ERR" 'FIELD=VALUE  *change a field'

answers '\ntcp.win=77; tcp.urgent_pointer=3\n\nrun\n' 30 \
	"$TCPCRAFT" prot "$LOOPBACK" 9999 hello --step
same "two fields of the second segment: exit 0" "$RC" 0
check "the ladder says what was changed" /usr/bin/python3 -c '
import sys
text = open(sys.argv[1]).read()
sys.exit("""seq 1 ack 1 win 77""" not in text or
	 "* tcp.window_size_value 32768 -> 77\n                 * tcp.urgent_pointer 0 -> 3" not in text)
' "$OUT"

answers '\n\ntcp.win=0\nundo\ntcp.checksum=bad\n\nrun\n' 30 \
	"$TCPCRAFT" prot "$LOOPBACK" 9999 hello --step --json
same "a change taken back, another one made: exit 0" "$RC" 0
same "JSON tells it, and the wire had to repair it" "$(grep -c \
	'"mutations":\[{"field":"tcp.checksum"\|"tags":\["retransmission"' "$OUT")" 2
none "the one that was taken back is not there" "$(grep window_size "$OUT")"

answers '\n\ndrop\nrun\n' 30 "$TCPCRAFT" prot "$LOOPBACK" 9999 hello --step
same "drop: exit 0" "$RC" 0
matches "the ladder shows what was not sent" "$OUT" '--x P\.'
matches "and that it is sent again" "$OUT" '--> P\..*\[retransmission\]'

answers '\n\nsplit 4\n\nrun\n' 30 "$TCPCRAFT" prot "$LOOPBACK" 9999 hello --step \
	--mutate 'ack: tcp.urgent_pointer=9'
# The legacy server does not wait for the rest of a frame, if it is late.
check "the actions of --mutate: a reply, or the server has gone" test "$RC" -le 1
matches "split by hand" "$OUT" 'split after 4 bytes, part 2 of 2'
matches "the rule holds for what is let go" "$OUT" 'tcp.urgent_pointer 0 -> 9'

elsewhere=ip.dst=10.9.8.7
[ "$FAMILY" = 4 ] || elsewhere=ipv6.dst=fd77::99
answers "foo=1\ntcp.srcport=5\n$elsewhere\nswap\nrun\n" 30 \
	"$TCPCRAFT" prot "$LOOPBACK" 9999 hello --step
same "what cannot be is asked again: exit 0" "$RC $(segments)" "0 1"
matches "an unknown field" "$ERR" '^tcpcraft: foo: no such field'
same "another port, another host" "$(grep -c 'neither guarded nor captured' "$ERR")" 2
matches "swap" "$ERR" 'the next segment is not there yet'
none "nothing was changed" "$(grep ' \* ' "$OUT")"

answers '\nquit\n' 30 "$TCPCRAFT" prot "$LOOPBACK" 9999 hello --step
same "quit: exit 130" "$RC" 130

# Standard input that says nothing, and does not end.
mkfifo $WORK/nobody
exec 7<>$WORK/nobody
# shellcheck disable=SC2016 # for the other shell
start waiting here sh -c 'exec "$0" prot "$2" 9999 hello --step <"$1"' "$TCPCRAFT" \
	$WORK/nobody "$LOOPBACK"
check "a segment waits for its answer" says $WORK/waiting.err '^step S' 20
stop "$PID" INT
same "Ctrl-C instead of one: exit 130" "$RC" 130
exec 7>&-

# The peer's SYN,ACK is acknowledged 1.5 s late, longer than any timer of ours runs: what
# is sent then is not sent twice.
(
	echo
	sleep 1.5
	echo run
) | may_take 30 "$TCPCRAFT" prot "$LOOPBACK" 9999 hello --step --timeout 1 >"$OUT" 2>"$ERR"
same "time to think is no time for the connection: reply" \
	"$(tail -n 1 "$OUT" | cut -d : -f 1)" reply
none "no timer of ours went off" "$(grep -- '--> .*retransmission' "$OUT")"

# ---- where standard input is the payload ------------------------------------------

answers '' 30 setsid "$TCPCRAFT" connect "$LOOPBACK" 9999 --step
same "connect, no terminal: exit 2" "$RC" 2
matches "it says why" "$ERR" 'standard input is the payload, and there is no terminal'

# at_terminal ANSWERS CMD...: a terminal of its own, where prompts are answered; the
# command's standard input is "payload".
at_terminal() {
	may_take 30 /usr/bin/python3 -c '
import os, pty, subprocess, sys
master, slave = pty.openpty()
r, w = os.pipe()
os.write(w, b"payload")
os.close(w)
def own():
    os.setsid()
    import fcntl, termios
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
p = subprocess.Popen(sys.argv[2:], stdin=r, stdout=subprocess.PIPE, stderr=slave,
		     preexec_fn=own)
os.close(slave)
seen, replies = b"", sys.argv[1].encode().decode("unicode_escape").split("|")
while True:
    try:
        some = os.read(master, 4096)
    except OSError:
        break
    seen += some
    if seen.rstrip().endswith(b"step>") and replies:
        seen += b" "
        os.write(master, replies.pop(0).encode() + b"\n")
        seen = seen + b"."
    if not some:
        break
sys.stdout.buffer.write(seen + p.stdout.read())
sys.exit(p.wait())' "$@" >"$OUT" 2>"$ERR"
	RC=$?
}

start sink here nc -l "$LOOPBACK" 9998
check "netcat listens" wait_for 10 sh -c 'ss -Hlnt | grep -q :9998'
at_terminal '|tcp.urgent_pointer=7||run' "$TCPCRAFT" connect "$LOOPBACK" 9998 --step --timeout 1
matches "the terminal is asked" "$OUT" '^step> '
matches "a change is shown in the prompt" "$OUT" '^changed, step> '
matches "and in the ladder" "$OUT" 'tcp.urgent_pointer 0 -> 7'
wait_for 10 gone "$PID"
same "the payload is standard input" "$(cat $WORK/sink.out)" payload

stop "$PROTD_PID"
nothing_left
