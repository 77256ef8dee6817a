#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Rough edges of connect, prot, listen, send and teach: how many bytes came, uploads that
# end well, peers that stall, terminals and what is sent to them.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need nc /usr/bin/python3 dumpcap tshark iptables

listens() {
	in_ns "$1" ss -Hlnt | grep -q ":$2 "
}

# serve PORT BODY: a kernel server; BODY has the accepted socket as c.
serve() {
	start serve srv /usr/bin/python3 -c '
import socket, sys, time
l = socket.create_server((sys.argv[1], int(sys.argv[2])), family=(2, 10)[":" in sys.argv[1]])
c = l.accept()[0]
exec(sys.argv[3])' "$SERVER_IP" "$1" "$2"
	SERVE=$PID
	check "a server on $1" wait_for 10 listens srv "$1"
}

# on_tty SECONDS CMD...: on a terminal of its own; what it shows is $OUT, what goes to
# standard error $ERR. Standard input is $TYPED, then nothing more.
TYPED=''
on_tty() {
	local limit="$1"
	shift
	run "$limit" /usr/bin/python3 -c '
import os, pty, select, subprocess, sys
master, slave = pty.openpty()
own = os.environ["OWN_ERR"] == "yes"
p = subprocess.Popen(sys.argv[2:], stdin=slave, stdout=slave,
                     stderr=None if own else slave, start_new_session=True)
os.close(slave)
typed, shown, asked = sys.argv[1].encode().decode("unicode_escape").encode(), b"", 0
while True:
    try:
        more = os.read(master, 65536)
    except OSError:
        break
    if not more:
        break
    shown += more
    while typed and shown.count(b"step> ") > asked:
        asked += 1
        line, typed = typed[:1], typed[1:]
        os.write(master, line)
os.write(1, shown)
sys.exit(p.wait())' "$TYPED" "$@"
}
OWN_ERR=yes
export OWN_ERR

# bytes FILE: how Python writes them.
bytes() {
	/usr/bin/python3 -c 'import sys; print(open(sys.argv[1], "rb").read())' "$1"
}

net_pair
# as HOST:PORT has it
SERVER=$SERVER_IP
[ "$FAMILY" = 4 ] || SERVER="[$SERVER_IP]"
rules_are_mine

# ---- how many bytes came ------------------------------------------------------------

serve 45000 'c.recv(9); c.sendall(bytes(30000000)); c.close()'
run 120 "$TCPCRAFT" connect "$SERVER_IP" 45000 --data-string go
same "connect: 30,000,000 bytes came, exit 0" "$RC $(wc -c <"$OUT")" "0 30000000"
matches "and that is the number told" "$ERR" \
	'^reply: the peer replied with 30000000 bytes: "\\x00.*\.\.\. \(30000000 bytes\);'
serve 45001 'c.recv(9); c.sendall(b"x" * 100000); c.close()'
run 60 "$TCPCRAFT" connect "$SERVER_IP" 45001 --data-string go --json
matches "as JSON" "$OUT" '"bytes_received":100000,'
serve 45002 'c.recv(9); c.sendall(b"y"); c.close()'
run 60 "$TCPCRAFT" connect "$SERVER_IP" 45002 --data-string go
matches "one byte is one byte" "$ERR" '^reply: the peer replied with 1 byte: "y";'

# ---- uploads that are taken, and then closed -----------------------------------------

head -c 300000 /dev/urandom >$WORK/up
start sink srv sh -c "exec nc -l $SERVER_IP 45010 >$WORK/nc.got"
check "nc waits" wait_for 10 listens srv 45010
run 60 "$TCPCRAFT" connect "$SERVER_IP" 45010 <$WORK/up
same "an upload to nc -l: exit 0" "$RC" 0
matches "and the sentence" "$ERR" \
	'^closed: .* all 300000 bytes, then closed \(FIN\) without a word: all was taken, an orderly end;'
check "nc has it all" cmp $WORK/up $WORK/nc.got
serve 45011 'f = open("/run/test/all.got", "wb")
while d := c.recv(65536): f.write(d)
f.close(); c.close()'
run 60 "$TCPCRAFT" connect "$SERVER_IP" 45011 --json <$WORK/up
same "an upload to one that reads to the end: exit 0" "$RC" 0
matches "its verdict keeps its name" "$OUT" '"verdict":"closed".*"exit":0'
wait_for 10 gone "$SERVE"
check "it has all" cmp $WORK/up $WORK/all.got
start half srv sh -c "exec nc -l $SERVER_IP 45012 >$WORK/half.got"
check "nc waits for --data" wait_for 10 listens srv 45012
run 60 "$TCPCRAFT" connect "$SERVER_IP" 45012 -q --data-string "one line"
same "--data as well: exit 0, and nothing to say" "$RC $(cat "$ERR")" "0 "

# A peer that closes before it has heard all has not taken it.
serve 45013 'c.recv(1); c.shutdown(1); time.sleep(60)'
mkfifo $WORK/fifo
start feeder here sh -c "exec 9>$WORK/fifo; echo begun >&9; exec sleep 60"
FEEDER=$PID
run 20 "$TCPCRAFT" connect "$SERVER_IP" 45013 --timeout 1 <$WORK/fifo
same "a peer that closes while there is input: exit 1" "$RC" 1
stop "$FEEDER"
stop "$SERVE"
serve 45014 'c.close()'
run 20 "$TCPCRAFT" connect "$SERVER_IP" 45014 </dev/null
same "nothing sent, nothing said: exit 1" "$RC" 1
protd_start srv "$SERVER_IP" -p 0
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" x --set prot.checksum=bad
same "prot: a request without an answer is exit 1" "$RC" 1
matches "and says only that" "$OUT" '^closed: .* without a word; handshake'

# ---- peers that stall ----------------------------------------------------------------

serve 45020 'c.recv(9); c.sendall(b"h" * 204); time.sleep(60)'
run 20 "$TCPCRAFT" connect "$SERVER_IP" 45020 --data-string go --timeout 1
same "a reply, and no end: exit 0" "$RC" 0
matches "but the missing end is told, and why it may be missing" "$ERR" \
	'^reply: .* 204 bytes: .*; the peer did not close in 1 s: .*path MTU'
stop "$SERVE"

# stalls PORT SECONDS COMMAND...: how long from COMMAND until connect, which has sent
# something, ends. Between: its standard input is open.
stalls() {
	local limit="$2" port="$1"
	shift 2
	serve "$port" 'c.recv(5); print("has it", flush=True); time.sleep(100)'
	rm -f $WORK/fifo
	mkfifo $WORK/fifo
	start feeder here sh -c "exec 9>$WORK/fifo; echo begun >&9
		until [ -e $WORK/cut.$port ]; do sleep 0.02; done; echo more >&9; exec sleep 100"
	FEEDER=$PID
	start connect here sh -c "exec \"\$@\" <$WORK/fifo" sh \
		"$TCPCRAFT" connect "$SERVER:$port" ${LIMIT:+"$LIMIT"}
	CONNECT=$PID
	PID=$SERVE
	check "$port: the server has the first line" says $WORK/serve.out 'has it' 10
	"$@"
	now
	local began="$CLOCK_NOW"
	: >"$WORK/cut.$port"
	check "$port: it gives up" wait_for "$limit" gone "$CONNECT"
	wait "$CONNECT"
	local code=$?
	now
	check "$port: not before its time" test "$((CLOCK_NOW - began))" -ge $((LEAST * 100 - 20))
	stop "$FEEDER"
	stop "$SERVE" KILL
	RC=$code
}

LIMIT='--timeout=2' LEAST=1
stalls 45022 30 tables srv -I INPUT -p tcp --dport 45022 -j DROP
same "a black hole: exit 1" "$RC" 1
matches "how far it got" $WORK/connect.err \
	'^unacked: the peer.s TCP acknowledged 6 of our 11 bytes in 2 s'
LIMIT='--timeout=2'
stalls 45023 30 ip link set c0 down
same "our device went down: exit 3" "$RC" 3
matches "and it is named" $WORK/connect.err '^tcpcraft: nothing can be sent on c0: Network is down'
ip link set c0 up
check "the device is back" wait_for 10 carrier here c0
LIMIT=''
LEAST=4
stalls 45024 30 tables srv -I INPUT -p tcp --dport 45024 -j DROP
same "without --timeout its default holds: exit 1" "$RC" 1
matches "and that is told" $WORK/connect.err '^unacked: .* 6 of our 11 bytes in 5 s'

# A peer that is alive and reads nothing is waited for, unless --timeout says how long.
serve 45025 'time.sleep(7); n = 0
while d := c.recv(65536): n += len(d)
print("got", n, flush=True)'
head -c 8000000 /dev/zero >$WORK/big
run 60 "$TCPCRAFT" connect "$SERVER_IP" 45025 <$WORK/big
same "a reader that rests for 7 s gets all: exit 0" "$RC" 0
check "says the reader" says $WORK/serve.out 'got 8000000' 10
serve 45026 'time.sleep(100)'
run 30 "$TCPCRAFT" connect "$SERVER_IP" 45026 --timeout 1 <$WORK/big
same "with --timeout it is given up: exit 1" "$RC" 1
matches "its window is shut" "$ERR" '^unacked: .* of our [0-9]* bytes in 1 s; its window is shut'
stop "$SERVE"

# ---- terminals ------------------------------------------------------------------------

NASTY='b"\x1b[2Jone\x9b2J\xc2\x9b\x07two\x7f\r\n\xc3\xbc\x1b]0;t\x07"'
SAFE='\\x1b[2Jone\\x9b2J\\xc2\\x9b\\x07two\\x7f\r\r\n\xc3\xbc\\x1b]0;t\\x07\r\n'
for how in '' -q; do
	serve 45030 "c.recv(9); c.sendall($NASTY); c.close()"
	# shellcheck disable=SC2086 # a word or none
	on_tty 20 "$TCPCRAFT" connect "$SERVER_IP" 45030 --data-string go $how
	same "connect $how on a terminal: nothing that it would obey" "$(bytes "$OUT")" "b'$SAFE'"
done
serve 45031 "c.recv(9); c.sendall($NASTY); c.close()"
on_tty 20 "$TCPCRAFT" connect "$SERVER_IP" 45031 --data-string go --binary
same "--binary: as it came" "$(bytes "$OUT")" \
	"b'\\x1b[2Jone\\x9b2J\\xc2\\x9b\\x07two\\x7f\\r\\r\\n\\xc3\\xbc\\x1b]0;t\\x07'"
serve 45032 "c.recv(9); c.sendall($NASTY); c.close()"
run 20 "$TCPCRAFT" connect "$SERVER_IP" 45032 --data-string go
same "to a file: as it came" "$(bytes "$OUT")" \
	"b'\\x1b[2Jone\\x9b2J\\xc2\\x9b\\x07two\\x7f\\r\\n\\xc3\\xbc\\x1b]0;t\\x07'"
serve 45033 "c.recv(9); c.sendall($NASTY); c.close()"
on_tty 20 "$TCPCRAFT" prot "$SERVER_IP" 45033 x -q
same "prot -q on a terminal" "$(bytes "$OUT")" "b'$SAFE'"
serve 45034 'c.recv(9); c.sendall(b"\x1b" * 200000); c.close()'
on_tty 60 "$TCPCRAFT" connect "$SERVER_IP" 45034 -q --data-string go
same "more than the window, escaped: all of it" "$(grep -o 'x1b' "$OUT" | wc -l)" 200000
on_tty 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" x -q
same "-q: the prompt has a line of its own" "$(bytes "$OUT")" "b'ACK\\r\\n'"
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" x -q
same "in a pipe the reply is the reply" "$(bytes "$OUT")" "b'ACK'"
# shellcheck disable=SC2016
on_tty 30 sh -c '"$1" listen "$2" 45035 --keep -q & l=$!
while [ -e /proc/$l ]; do sleep 0.02
	printf "%b" "\033[2J\n" | nsenter --net=/run/netns/srv nc -N -w 2 "$2" 45035 && break
done; kill -INT $l; wait $l; true' sh "$TCPCRAFT" "$CLIENT_IP"
matches "listen --keep as well" "$OUT" '^\\x1b\[2J'

OWN_ERR=no TYPED='\n\n\n\n\n\n\n\n\n'
on_tty 30 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" x --step
same "the first step> says how to answer, once" \
	"$(grep -c 'Enter sends it, FIELD=VALUE changes it, help tells the rest' "$OUT")" 1
check "before it" /usr/bin/python3 -c '
import sys
text = open(sys.argv[1], "rb").read()
sys.exit(not 0 < text.find(b"Enter sends it") < text.find(b"step> "))' "$OUT"
OWN_ERR=yes TYPED=''

# ---- prot ------------------------------------------------------------------------------

serve 45040 'c.recv(100); print("has it", flush=True); time.sleep(60)'
observe stopped srv s0 "tcp port 45040"
start prot here "$TCPCRAFT" prot "$SERVER_IP" 45040 x --timeout 50
PROT=$PID
PID=$SERVE
check "the server has the frame" says $WORK/serve.out 'has it' 10
stop "$PROT" INT
same "Ctrl-C: exit 130" "$RC" 130
observed stopped
same "our reset is on the wire" \
	"$(packets stopped "ip.src == $CLIENT_IP && tcp.flags.reset == 1" tcp.flags | wc -l)" 1
matches "and in the ladder" $WORK/prot.out '^ *[0-9.]+ .*--> R'
stop "$SERVE"
serve 45041 'c.recv(100); c.sendall(b"NAK"); c.close()'
run 20 "$TCPCRAFT" prot "$SERVER_IP" 45041 x
same "another reply: exit 1" "$RC" 1
matches "what was expected is said" "$OUT" \
	'^bad-reply: .* 3 bytes: "NAK"; prot expects "ACK"; handshake'

# ---- host and port in one word -----------------------------------------------------------

run 20 "$TCPCRAFT" prot "$SERVER:$PROTD_PORT" x -q
same "prot HOST:PORT TEXT" "$RC $(cat "$OUT")" "0 ACK"
run 20 "$TCPCRAFT" connect "$SERVER:$PROTD_PORT" -q --data 50524f54010000000178 78
same "connect HOST:PORT, and one word too many" "$RC" 2
start colon here "$TCPCRAFT" listen :45050 -q
check "takes clients" wait_for 10 nsenter --net=/run/netns/srv sh -c \
	"echo hello | nc -N -w 2 $CLIENT_IP 45050"
check "and has what they send" wait_for 10 grep -q hello $WORK/colon.out
wait_for 5 gone "$PID" || stop "$PID"

# ---- send: more than anybody means ----------------------------------------------------------

observe flood srv s0 tcp
run 20 "$TCPCRAFT" send "$SERVER_IP" 1-1024 tcp.seq=0-4294967295
same "4398046511104 packets are not begun: exit 2" "$RC $(wc -c <"$OUT")" "2 0"
matches "how many, how long, the cure" "$ERR" \
	'^tcpcraft: these are 4398046511104 packets, 1.22e\+07 hours at 100 a second: .* -c 1 '
observed flood
none "and none was sent" "$(packets flood "ip.src == $CLIENT_IP" tcp.seq)"
run 20 timeout -s INT 2 "$TCPCRAFT" send "$LOOPBACK" 9 tcp.seq=0-1000000 -c 1 --timeout 0.1 -q
same "-c 1 says that it is meant" "$(grep -c 'these are' "$ERR")" 0

stop "$PROTD_PID"
nothing_left
