#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Walls of running commands, as the kernel tells of them: of each thread no capability, no new
# privileges, and system calls that are filtered. What stands behind them works as it did; the
# guard's own process keeps what it needs. (From inside they are tried by the unit tests.)
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119,SC2086 # words
. "$(dirname "$0")/lib.sh"

need iptables pgrep
case ${TC_SAN-} in
*thread*) skip_all "ThreadSanitizer has a thread of its own, which nobody tells of walls" ;;
esac
net_pair
protd_start srv $SERVER_IP -p 9999

# What this kernel and this build have.
case $("$TCPCRAFT" --version) in *'no seccomp'*) filtered=0 ;; *) filtered=2 ;; esac

# status PID: what of its threads is not behind the walls; that it is gone
status() {
	cat /proc/"$1"/task/*/status 2>/dev/null | awk -v filtered=$filtered '
		/^State:/ && $2 !~ /^[ZX]/ { threads++ }
		/^CapEff:/ && $2 !~ /^0+$/ || /^CapPrm:/ && $2 !~ /^0+$/ { print }
		/^Seccomp:/ && $2 != filtered { print }
		/^NoNewPrivs:/ && filtered && $2 != 1 { print }
		END { if (!threads) print "gone" }' | sort | uniq -c
}
stands() { [ -z "$(status "$1")" ]; }
# inside NAME PID: every thread of it, when its wall is up
inside() {
	wait_for 10 stands "$2"
	none "$1: no thread has a capability or all system calls" "$(status "$2")"
}
# interrupted NAME: it was there until now, and ends by SIGINT
interrupted() {
	stop "$PID" INT
	same "$1: is ended from outside, no sooner" "$RC" 130
}
# child_inside NAME PID: the same of its child, which is the one that listens to the peer
child_stands() { child=$(pgrep -P "$1") && [ -z "$(status "$child")" ]; }
child_inside() {
	wait_for 20 child_stands "$2"
	none "$1: its child is behind the walls" "$(status "$(pgrep -P "$2")" 2>&1)"
}

# The server waits for more, and so do we.
for more in "" "--inject raw" "--source 10.77.0.9"; do
	start prot here "$TCPCRAFT" prot $SERVER_IP 9999 hello --set prot.length=99 --timeout 600 -v \
		-w $WORK/it.pcapng --force $more
	check "prot $more is connected" says $WORK/prot.out 'SYN-SENT -> ESTABLISHED' 10
	inside "prot $more" "$PID"
	case $more in
	--source*) ;;
	*) check "its guard's process has CAP_NET_ADMIN" sh -c "pgrep -P $PID |
		while read -r child; do grep -q '^CapEff:.*[13579bdf]...\$' /proc/\$child/status ||
			exit 1; done" ;;
	esac
	stop "$PID" INT
	same "prot $more ends as it should" "$RC" 130
	check "and its capture has its name" test -s $WORK/it.pcapng
done
run 20 "$TCPCRAFT" prot $SERVER_IP 9999 hi -w $WORK/new.pcap --html $WORK/new.html \
	--record $WORK/new.pkt
same "an exchange is one as before: exit 0" "$RC" 0
check "and its outputs are there" test -s $WORK/new.pcap -a -s $WORK/new.html -a -s $WORK/new.pkt

start listen here "$TCPCRAFT" listen $CLIENT_IP 7777 --keep
check "listen listens" says $WORK/listen.err 'listening' 10
inside listen "$PID"
printf 'hello' | in_ns srv nc -N -w 20 $CLIENT_IP 7777
stop "$PID" INT
same "and serves a client" "$(tail -n 1 $WORK/listen.err)" "1 clients, 5 bytes received"

# A traced program is not behind the wall of who talks to it, and ends with him.
seconds=90$$
start traced here "$TCPCRAFT" listen $CLIENT_IP 7778 --keep --trace-exec "exec sleep $seconds"
check "with --trace-exec listen listens" says $WORK/traced.err 'listening' 20
inside "listen --trace-exec" "$PID"
runs() { pgrep -f "^sleep $seconds\$" >/dev/null; }
ended() { ! runs; }
check "its program runs" wait_for 10 runs
stop "$PID" INT
check "and ends with it" wait_for 10 ended

# What waits for a server that does not answer is behind its wall all the same.
in_ns srv iptables -A INPUT -p tcp --dport 9999 -j DROP
printf '0 < S 0:0(0) win 5\n* > S. 0:0(0) ack 1 <...>\n' >$WORK/ask.pkt
for asks in "meet $SERVER_IP 9999" "probe synack-retries $SERVER_IP 9999" \
	"probe learn $SERVER_IP 9999" "run $WORK/ask.pkt $SERVER_IP 9999" \
	"fuzz $SERVER_IP 9999 --cases 5 --journal $WORK/walls.jsonl"; do
	start asks here "$TCPCRAFT" $asks --timeout 600
	inside "${asks%% "$SERVER_IP"*}" "$PID"
	interrupted "${asks%% "$SERVER_IP"*}"
done

# Where programs are started again and again who starts them is another process, and they may do
# what their user may.
printf '#!/bin/sh\nexec sleep %s\n' $seconds >$WORK/program
# (A server that would end with its input, which has no end.)
printf '#!/bin/sh\nsleep %s &\nexec cat\n' $seconds >$WORK/server
chmod +x $WORK/program $WORK/server
free() { program=$(pgrep -f "^sleep $seconds\$") && grep -q '^NoNewPrivs:.0' /proc/$program/status; }
for asks in "fuzz $SERVER_IP 9999 --spawn $WORK/server" \
	"probe syn-data $SERVER_IP 9999 --spawn $WORK/program --revive $WORK/program" \
	"fuzz --listen 7779 --call $WORK/program"; do
	start asks here "$TCPCRAFT" $asks --timeout 600
	inside "${asks%%"$WORK"*}" "$PID"
	check "and its program runs in front of them" wait_for 10 free
	interrupted "${asks%%"$WORK"*}"
	check "and ends with it" wait_for 10 ended
done
start asks here "$TCPCRAFT" fuzz $SERVER_IP 9999 --pid $$ --oracle exec:true --timeout 600
inside "fuzz --pid --oracle exec:" "$PID"
interrupted "fuzz --pid --oracle exec:"
start asks here "$TCPCRAFT" probe compare $SERVER_IP:9999,$CLIENT_IP:9999 --timeout 600
child_inside "probe compare, of its first host" "$PID"
interrupted "probe compare"
in_ns srv iptables -D INPUT -p tcp --dport 9999 -j DROP
run 60 "$TCPCRAFT" fuzz $SERVER_IP 9999 --cases 5 --journal $WORK/walls.jsonl --base $WORK/new.pcap
same "fuzz has the journal that it needs behind it" "$RC $(grep -c '"type":"case"' $WORK/walls.jsonl)" "0 5"

# This machine's kernel as the peer, which is held in a call when the end comes.
cat >$WORK/held.pkt <<'END'
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 1000
* > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 1000
+0 accept(3, ..., ...) = 4
+0 %{ assert tcpi_state == 1 }%
+0...600 read(4, ..., 10) = 5
+0~+600 > P. 1:5(4) ack 1
END
start held here "$TCPCRAFT" run --dut local $WORK/held.pkt --timeout 600
inside "run --dut local" "$PID"
stop "$PID" INT
same "and is ended from behind it" "$RC" 130

# Whose sockets are the kernel's; and who makes a script's calls there, by what that says.
start dut srv "$TCPCRAFT" dut --tcp $SERVER_IP:7780
DUT=$PID
check "dut waits" says $WORK/dut.err 'requests' 10
inside dut "$DUT"
sed '/%{/d' $WORK/held.pkt >$WORK/far.pkt
for way in tcp:$SERVER_IP:7780 "exec:nsenter --net=/run/netns/srv $TCPCRAFT dut --stdio"; do
	start held here "$TCPCRAFT" run --dut "$way" $WORK/far.pkt $SERVER_IP --timeout 600
	check "a script is held at --dut ${way%%:*}:" says $WORK/held.out '<-- S\.' 20
	inside "run --dut ${way%%:*}:" "$PID"
	hands=$(pgrep -x -P "$PID" tcpcraft)
	check "the hand that speaks with it is a process" test -n "$hands"
	for hand in $hands; do inside "and the hand that speaks with it" "$hand"; done
	stop "$PID" INT
	same "and is ended from behind it" "$RC" 130
done
stop "$DUT" INT

# What each command tries from inside, wherever it puts up a wall (tests/net/inside.c): the one who
# asks the server, who reads a capture first, each that carries out a script. WALLS COMMAND…
cp "$TC_ROOT/pcaps/lo-openbsd-mislabelled.pcap" $WORK/wrong.pcap
mkfifo $WORK/shark.fifo
S="$SERVER_IP 9999"
# from_inside WALLS COMMAND...
from_inside() {
	local walls="$1"
	shift
	: >$WORK/inside
	truncate -s 65536 $WORK/inside
	run 60 env LD_PRELOAD=$WORK/inside.so INSIDE=$WORK/inside "$TCPCRAFT" "$@" </dev/null
	ran=$((ran + 1))
	same "$*: from inside, $walls times, nothing is to be had, and it does its work" \
		"$RC $(tail -c +5 $WORK/inside | tr -d '\0' | sort | uniq -c | xargs)" "0 $walls tried"
}
if [ $filtered = 0 ]; then
	skip "from inside nothing is to be had" "this build or kernel filters no system calls"
elif ! why=$(${CC:-cc} -shared -fPIC -o $WORK/inside.so "$TC_ROOT/tests/net/inside.c" -ldl 2>&1); then
	not_ok "what tries from inside is made" "$why"
else
	start shark here cat $WORK/shark.fifo
	ran=0
	while read -r walls asks; do from_inside "$walls" $asks; done <<-END
		1 prot $S hi -w $WORK/in.pcapng --html $WORK/in.html --record $WORK/in.pkt
		1 connect $S --data-string hi
		1 send $S
		1 meet $S
		1 probe isn $S
		1 fuzz $S --seed 1 --cases 3 --journal $WORK/in.jsonl
		2 fuzz $S --seed 1 --cases 3 --journal $WORK/in.jsonl --force --base $WORK/new.pcap
		1 run $WORK/ask.pkt $S
		2 run $WORK/ask.pkt $WORK/ask.pkt $S
		1 run $WORK/in.pkt $WORK/in.pcapng
		1 conform $S 9293-listen/syn-data
		1 teach handshake --auto
		1 show $WORK/new.pcap
		1 show --both $WORK/new.pcap $WORK/new.pcap
		1 explain $WORK/new.pcap
		1 relabel $WORK/wrong.pcap $WORK/right.pcap
		1 extcap --extcap-interface tcpcraft --capture --fifo $WORK/shark.fifo --target $SERVER_IP:9999
	END
	export INSIDE_SERVES=1
	from_inside 1 dut --stdio
	unset INSIDE_SERVES
	same "each was tried" $ran 18
	wait_for 10 gone "$PID" || stop "$PID"
fi

# A pupil who has not answered yet, and captures from a pipe of which nothing has come.
mkfifo $WORK/input
sleep 600 >$WORK/input &
echo $! >>$WORK/pids
# shellcheck disable=SC2016 # it is for the other shell
start pupil here sh -c 'exec "$@" <$0' $WORK/input "$TCPCRAFT" teach guard --log $WORK/scores.log
child_inside "teach, of the first part of two" "$PID"
stop "$PID" INT
same "teach is ended while it waits" "$RC" 130
check "and writes its scores" grep -q '"exit":130' $WORK/scores.log
for reader in "show -" "show - --html $WORK/page.html --force" "explain -"; do
	"$TCPCRAFT" $reader <$WORK/input >/dev/null 2>&1 &
	reading=$!
	echo $reading >>$WORK/pids
	inside "$reader" $reading
	kill $reading
	wait $reading 2>/dev/null
done

run 20 "$TCPCRAFT" prot $SERVER_IP 9999 hi --no-sandbox
matches "--no-sandbox says that there are none" "$ERR" '^tcpcraft: --no-sandbox: no walls'
run 20 "$TCPCRAFT" run $WORK/ask.pkt $WORK/ask.pkt $SERVER_IP 9999 --no-sandbox --json
same "and once, of two scripts as well" "$RC $(grep -c 'no walls' "$ERR")" "0 1"
run 20 "$TCPCRAFT" prot $SERVER_IP 9999 hi -q
same "and without it nobody speaks of them" "$(cat "$ERR")" ""
# shellcheck disable=SC2046 # words
kill $(cat $WORK/pids) 2>/dev/null
nothing_left
