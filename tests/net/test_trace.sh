#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# --trace-exec and --trace-pid: the other program's system calls in the ladder, in an order
# that can be; and nothing of it left when we end, in whatever way.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need nc strace
own_host

# in_order FILE ERE...: lines that match, one after the other.
in_order() {
	/usr/bin/python3 - "$@" <<-'END' || { cat "$1"; return 1; }
		import re, sys
		lines = open(sys.argv[1], errors="replace").read().split("\n")
		at = 0
		for want in sys.argv[2:]:
		    while at < len(lines) and not re.search(want, lines[at]):
		        at += 1
		    if at == len(lines):
		        sys.exit(f"not found, or not behind what was before it: {want}")
		    at += 1
	END
}

# What cannot be, whatever the machine's load: counted over the JSON lines.
cannot_be() {
	/usr/bin/python3 - "$1" <<-'END'
		import json, sys
		sent = got = 0
		fin = ack = False
		for line in open(sys.argv[1]):
		    j = json.loads(line)
		    if j["type"] == "segment" and j["direction"] == "sent":
		        sent += j.get("length", 0)
		        fin |= "F" in j["flags"]
		        ack |= "S" not in j["flags"]
		    if j["type"] != "syscall" or j["kind"] != "call" or "result" not in j:
		        continue
		    if j["name"].startswith("accept") and j["result"] >= 0 and not ack:
		        print("accept before our ACK", j)
		    if j["name"] in ("read", "recvfrom") and j["result"] >= 0:
		        got += j["result"]
		        if got > sent or (j["result"] == 0 and not fin):
		            print("read what was not sent", j)
		    if j["duration_us"] > 5_000_000 and not "accept" in j["name"]:
		        print("took long", j)
	END
}

SERVE="$NO_LEAK_CHECK $PROTD -a $LOOPBACK --max-seconds 60"

# ---- servers -----------------------------------------------------------------------

run 30 "$TCPCRAFT" prot "$LOOPBACK" 9999 hello --trace-exec "$SERVE -p 9999"
same "prot with protd traced: exit 0" "$RC" 0
check "protd's calls are among the segments" in_order "$OUT" '\|.*bind\(3' \
	'\|.*listen\(3' '--> S ' '<-- S\.' '\|.*accept4?\(3' \
	'\|.*read\(4, "hello", 5\) = 5' '--> F\.' '\|.*read\(4, "", [0-9]*\) = 0' \
	'\|.*exited with 0'
matches "its answer is there, and the segment" "$OUT" 'sendto\(4, "ACK", 3'
none "descriptors are shown without what -yy says" "$(grep -E 'TCP:\[|</' "$OUT")"
nothing_left

run 30 "$TCPCRAFT" prot "$LOOPBACK" 9998 hello --json --trace-exec "$SERVE -p 9998"
same "as JSON: exit 0" "$RC" 0
none "no call ends before what it needs is there" "$(cannot_be "$OUT")"
matches "a syscall line has time, pid, name, result, duration" \
	"$OUT" '"time_us":[0-9]*,"epoch_ns":[0-9]*,"connection":1,"pid":[0-9]*,"kind":"call","name":"read".*"result":.*"duration_us":'

run 30 "$TCPCRAFT" prot "$LOOPBACK" 9997 hello --timeout 0.5 --trace-exec "nc -l $LOOPBACK 9997"
same "netcat as the server reads, and does not answer: exit 1" "$RC" 1
check "its calls are among the segments" in_order "$OUT" '--> S ' '\|.*accept4?\(3' \
	'\|.*read\(4, "PROT' '\|.*close\(4\) = 0'

run 30 "$TCPCRAFT" connect "$LOOPBACK" 9996 --data-string hi --timeout 2 \
	--trace-exec "nc -l $LOOPBACK 9996"
check "connect: netcat's calls are in the ladder on stderr" in_order "$ERR" \
	'\|.*listen\(3' '--> S ' '\|.*read\(4, "hi", [0-9]*\) = 2' '\|.*close\(4\)'
same "what netcat printed is there too, and netcat is not on our stdout" \
	"$(grep -c '^hi' "$ERR")$(cat "$OUT")" 1

run 30 "$TCPCRAFT" send "$LOOPBACK" 9995 --trace-exec "nc -l $LOOPBACK 9995"
same "send: exit 0" "$RC" 0
check "send: the server's calls come before the packet" in_order "$OUT" '\|.*listen\(3' \
	'1 .*S\. '

# (Where the test is of IPv4: its words in what the other family's calls are given.)
if [ "$FAMILY" = 4 ] && ipv6_host here; then
	run 30 "$TCPCRAFT" connect ::1 9993 --data-string hi --timeout 2 \
		--trace-exec 'nc -l ::1 9993'
	check "IPv6: netcat's calls are among the segments" in_order "$ERR" \
		'\|.*socket\(AF_INET6' '\|.*listen\(3' '--> S ' '<-- S\.' \
		'\|.*accept4?\(3, \{sa_family=AF_INET6' '\|.*read\(4, "hi", [0-9]*\) = 2' \
		'\|.*close\(4\)'
	start server here nc -lk ::1 9992
	server=$PID
	wait_for 10 nc -z ::1 9992 || not_ok "netcat listens on ::1"
	run 30 "$TCPCRAFT" connect ::1 9992 --data-string hi --timeout 2 --trace-pid "$server"
	check "IPv6: the calls of a server that runs" in_order "$ERR" '--> S ' \
		'\|.*accept4?\(3' '\|.*read\(4, "hi", [0-9]*\) = 2'
	stop "$server"
	nothing_left
fi

# ---- a client -----------------------------------------------------------------------

run 30 "$TCPCRAFT" listen "$LOOPBACK" 9994 --data-string hi \
	--trace-exec "echo hello | nc -N $LOOPBACK 9994"
same "listen with netcat as the client: exit 0" "$RC" 0
# (connect(2) may end long after its SYN is out, where being traced takes long.)
check "its calls are among the segments" in_order "$ERR" '<-- S ' \
	'--> S\.' '\|.*write\(3, "hello' '\|.*close\(3\)'
check "… connect, too" in_order "$ERR" '\|.*connect\(3' '\|.*write\(3, "hello'
same "what it sent is on our stdout" "$(cat "$OUT")" hello

# ---- a process that runs ------------------------------------------------------------

# shellcheck disable=SC2086 # words
start served here $SERVE -p 9993
SERVER=$PID
check "a server runs" says $WORK/served.out '^listening' 10
run 30 "$TCPCRAFT" prot "$LOOPBACK" 9993 hello --json --trace-pid "$SERVER"
same "--trace-pid: exit 0" "$RC" 0
none "its calls stand where they can" "$(cannot_be "$OUT")"
check "they are those of that process" grep -q "\"pid\":$SERVER,.*\"name\":\"accept" "$OUT"
check "it goes on" kill -0 "$SERVER"
run 30 "$TCPCRAFT" prot "$LOOPBACK" 9993 again
same "and serves" "$RC" 0

start tracer here strace -q -o /dev/null -p "$SERVER"
TRACER=$PID
check "another strace has it" wait_for 10 grep -q "TracerPid:[^0-9]*$TRACER" \
	"/proc/$SERVER/status"
run 30 "$TCPCRAFT" prot "$LOOPBACK" 9993 hello --trace-pid "$SERVER"
same "a process that is traced already is a notice: exit 0" "$RC" 0
matches "the notice says by whom" "$ERR" "process $SERVER is traced by process $TRACER"
stop "$TRACER"
stop "$SERVER"

# ---- when it cannot be ----------------------------------------------------------------

mkdir $WORK/bin
for each in /usr/sbin /usr/bin /sbin /bin; do
	cp -s $each/* $WORK/bin 2>/dev/null
done
rm -f $WORK/bin/strace
run 30 env PATH=$WORK/bin "$TCPCRAFT" prot "$LOOPBACK" 9992 hello --trace-exec "$SERVE -p 9992"
same "without strace the program is started all the same: exit 0" "$RC" 0
matches "the notice says what to do" "$ERR" 'strace: not found; install it'
none "there are no calls" "$(grep '|' "$OUT")"
nothing_left

cat >$WORK/bin/strace <<'END'
#!/bin/sh
echo "strace: ptrace(PTRACE_TRACEME, ...): Operation not permitted" >&2
exit 1
END
chmod +x $WORK/bin/strace
run 30 env PATH=$WORK/bin "$TCPCRAFT" prot "$LOOPBACK" 9991 hello --trace-exec "$SERVE -p 9991"
same "where ptrace is not permitted: exit 0" "$RC" 0
matches "the notice gives strace's reason" "$ERR" \
	'PTRACE_TRACEME.*not permitted; .*ptrace_scope.*runs all the same'

# Another user's process, without the capability that it takes.
if setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
	start others here setpriv --reuid=65534 --regid=65534 --clear-groups \
		nc -l "$LOOPBACK" 9987
	check "another user's netcat listens" wait_for 10 sh -c 'ss -Hlnt | grep -q :9987'
	run 30 setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace "$TCPCRAFT" connect \
		"$LOOPBACK" 9987 --data-string hi --timeout 20 --trace-pid "$PID"
	same "a process that we may not trace: the run goes on" \
		"$(tail -n 1 "$ERR" | cut -d : -f 1)" closed
	matches "and it is said why" "$ERR" 'PTRACE_SEIZE.*not permitted; '
	stop "$PID"
else
	skip "a process that we may not trace" "no other user here"
fi

run 30 "$TCPCRAFT" prot "$LOOPBACK" 9990 hello --trace-exec 'exit 3'
same "a program that ends: the SYN is refused, exit 1" "$RC" 1
matches "and it is said why" "$ERR" "'exit 3' ended before it listened on port 9990"

run 30 "$TCPCRAFT" prot "$LOOPBACK" 9990 hello --trace-pid 4194303
same "no such process: exit 2" "$RC $(cat "$ERR")" "2 tcpcraft: there is no process 4194303"
run 30 "$TCPCRAFT" prot "$LOOPBACK" 9990 --trace-pid 1 --trace-exec true
same "both at once: exit 2" "$RC" 2

# ---- what is left ----------------------------------------------------------------------

start killed here "$TCPCRAFT" connect "$LOOPBACK" 9989 --no-nagle \
	--trace-exec "setsid sleep 1000 & (sleep 1000 &) ; nc -lk $LOOPBACK 9989"
check "a run whose program has started others" says $WORK/killed.err '\|.*accept' 10
stop "$PID" KILL
nothing_left 5

start stopped here "$TCPCRAFT" prot "$LOOPBACK" 9988 hello \
	--trace-exec 'trap "" TERM; sleep 1000 & sleep 1001'
check "the program runs" wait_for 10 pgrep -f 'sleep 100[1]' >/dev/null
stop "$PID" INT
same "Ctrl-C while the program does not listen yet: exit 130" "$RC" 130
nothing_left 5
