#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Two servers under the same cases: what differs is found, made small, and captured on both
# sides, as tshark says too; what is known is folded. A script carried out at both says where they
# part. A kernel beside itself differs in nothing
# (TC_LONG: 20,000 cases), lwIP beside a kernel in what it takes though it must drop it.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables jq
own_host
FLAWED=$TC_BUILD/peers/flawed
OTHER=127.0.0.2 OTHER_HOST=127.0.0.2
[ "$FAMILY" = 4 ] || { OTHER=fd77::2 OTHER_HOST='[fd77::2]' && ip addr add $OTHER dev lo nodad; }
cd $WORK || exit 1

# servers PORT DEFECT: one without, and one with it.
servers() {
	start one here "$FLAWED" "$LOOPBACK" "$1" none
	ONE=$PID
	start two here "$FLAWED" $OTHER "$1" "$2"
	TWO=$PID
	wait_for 10 both_listen "$1" || not_ok "two servers listen at port $1" "$(cat one.err two.err)"
}

both_listen() {
	[ "$(ss -Hltn "sport = :$1" | wc -l)" = 2 ]
}

against() {
	run 900 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --against $OTHER --seed 1 --json --force \
		--parallel 1 --timeout 0.5 --journal a.jsonl "$@"
}

# (Those of a script are others than those of the cases, of which some connections live on at a
# peer.)
servers 7790 none
servers 7777 none
against --cases "${TC_LONG:+20}200"
cp "$OUT" first
# (A server that a busy machine keeps from its work for seconds has hung: a case or two of that are
# asked again.)
CASES=$(jq -r 'select(.type == "finding") | .case' first)
[ "$RC" = 4 ] && [ "$(echo "$CASES" | wc -w)" -le 2 ] || CASES=
for case in $CASES; do
	echo "# differs, asked again: $(grep "\"case\":$case," first)"
	run 60 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --against $OTHER --json --force --timeout 0.5 \
		--parallel 1 --replay a.jsonl --case "$case"
	[ "$RC" = 0 ] || break
done
same "a kernel beside itself: exit 0" "$RC" 0
none "no case differs" "$(grep '"type":"finding"' "$OUT")"
matches "what the guard of either did is told of either" first \
	'"guard":\{[^}]*"resets_blocked":[1-9].*"guard_against":\{[^}]*"resets_blocked":[1-9]'
cat >talk.pkt <<END
0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 65535
+0 < P. 1:4(3) ack 1 win 65535
* > . 1:1(0) ack 4
END
# (On a busy machine a segment, or a thousand, may come otherwise each time: asked again then.)
both() {
	for _ in 1 2 3 4 5; do
		run 60 "$TCPCRAFT" run "$@"
		grep -q unsteady "$OUT" || break
	done
}
both talk.pkt "$LOOPBACK" 7790 --against $OTHER --seed 1 --timeout 2
same "a script at a kernel and itself: exit 0" "$RC" 0
matches "which is said" "$OUT" '^same: .*7790 and .*7790 do the same'
same "both ladders stand beside each other" "$(grep -c -- '--> S seq 0 .*| .*--> S seq 0' "$OUT")" 1
both talk.pkt "$LOOPBACK" 7777 --against "$OTHER_HOST:9" --json
same "a port that nobody listens on: exit 4" "$RC" 4
matches "the line at which they part" "$OUT" \
	'"type":"difference".*"name":"line 2","a":"S. seq 0 ack 1","b":"R. seq 0 ack 1"'
same "and nothing behind it" "$(grep -c '"type":"difference"' "$OUT")" 1
both talk.pkt "$LOOPBACK" 9 --against "$OTHER_HOST:9"
matches "what fails at both in the same way is the same" "$OUT" \
	"^same: .*; both fail at line 2"
for what in "-w x.pcap|-w is of one peer" "--against a,b|.a,b. is more than one host" \
	"--tap|--tap is of many scripts" "--jobs 2|--jobs is of many" \
	"--fail-fast|--fail-fast is of many" "--check|--check asks nobody" \
	"--explain|--explain asks nobody" "--dut own|--against: "; do
	# shellcheck disable=SC2086 # words
	both talk.pkt "$LOOPBACK" 7777 --against $OTHER ${what%%|*}
	same "run --against, ${what%%|*}: exit 2, a line" "$RC $(wc -l <"$ERR")" "2 1"
	matches "which says why" "$ERR" "${what#*|}"
done
cp talk.pkt "$(printf 'b\303d')"
both "$(printf 'b\303d')" "$LOOPBACK" 7777 --against $OTHER --json
same "a script whose name is not UTF-8 is told of in JSON, too" \
	"$RC $(jq -r 'select(.type == "result") | .verdict' "$OUT")" "0 same"
cat talk.pkt - >long.pkt <<END
repeat 1100 { +0 < . 4:4(0) ack 1 win 65535 }
END
both long.pkt "$LOOPBACK" 7777 --against $OTHER -q
same "what is longer than is compared: exit 1" "$RC" 1
matches "which is said" "$OUT" '^could-not-tell: .* do the same as far as it was compared: [0-9]* more'
both long.pkt "$LOOPBACK" 7777 --against $OTHER --json
same "and in JSON" "$(jq -c 'select(.type == "result") | [.verdict, .left_out > 0]' "$OUT")" \
	'["could-not-tell",true]'
stop $TWO
against --cases 5
same "no second server: exit 1" "$RC" 1
stop $ONE

# What one answers first is always another, what it answers then each time.
cat >growing.py <<END
import socket, sys
host, first, grows = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])
family = socket.AF_INET6 if ":" in host else socket.AF_INET
s = socket.create_server((host, 7778), family=family)
print("listens", flush=True)
n = 0
while True:
    c = s.accept()[0]
    n += grows
    try:
        c.recv(9)
        c.send(first)
        c.recv(9)
        c.send(b"y" * (2 + n))
        c.recv(9)
    except ConnectionError:
        pass
END
cat >two.pkt <<END
0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 65535
+0 < P. 1:2(1) ack 1 win 65535
+0 > . 1:1(0) ack 2
* > P. 1:4(3) ack 2
+0 < P. 2:3(1) ack 4 win 65535
* > P. 4:6(2) ack 3
END
start growing_one here /usr/bin/python3 growing.py "$LOOPBACK" one 0
ONE=$PID
start growing_two here /usr/bin/python3 growing.py $OTHER two 1
TWO=$PID
for each in one two; do
	says $WORK/growing_$each.out listens 10 || not_ok "server $each listens"
done
both two.pkt "$LOOPBACK" 7778 --against $OTHER --json
same "of two differences the one is told that is the same each time: exit 4" "$RC" 4
same "... and not the other" "$(jq -r 'select(.type == "difference") |
	[.name, .a, .b] | join("|")' "$OUT")" "line 6|P. seq 1:4 (3) ack 2|other bytes"
stop $TWO
stop $ONE

# Each answers otherwise, and one of both is slow to close.
cat >closing.py <<END
import socket, sys, threading, time
host, reply, wait = sys.argv[1], sys.argv[2].encode(), float(sys.argv[3])
def serve(c):
    try:
        while c.recv(99):
            c.send(reply)
        time.sleep(wait)
    except ConnectionError:
        pass
    c.close()
s = socket.create_server((host, 7779), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
print("listens", flush=True)
while True:
    threading.Thread(target=serve, args=(s.accept()[0],)).start()
END
start closing_one here /usr/bin/python3 closing.py "$LOOPBACK" one 0
ONE=$PID
start closing_two here /usr/bin/python3 closing.py $OTHER two 0.005
TWO=$PID
for each in one two; do
	says $WORK/closing_$each.out listens 10 || not_ok "server $each listens"
done
run 100 "$TCPCRAFT" fuzz "$LOOPBACK" 7779 --against $OTHER --oracle connect --seed 1 --json --force \
	--parallel 1 --data-string hello --segments data --strategy boundary --fields tcp.urgptr \
	--cases 12 --journal c.jsonl
same "another answer of who is slow to close, too: exit 4" "$RC" 4
matches "is found, and nothing else of it" "$OUT" '"why":"payload: 3 bytes 6f6e65 against 3 bytes 74776f"'
stop $TWO
stop $ONE

servers 7777 weak-checksum
set -- --segments data --strategy boundary,flip --fields 'prot.checksum' --cases 18
against --minimize "$@" --save-known known
same "a checksum that is looked at by half: exit 4" "$RC" 4
matches "found, and made small" "$OUT" '"kind":"differs".*"mutate":"data.1.: prot.checksum.*"why":"answer: closed against reply; must be dropped: dropped against taken"'
same "once" "$(grep -c '"type":"finding"' "$OUT")" 1
one=$(sed -n 's/.*"capture":"\([^"]*\)".*/\1/p' "$OUT")
two=$(sed -n 's/.*"other_capture":"\([^"]*\)".*/\1/p' "$OUT")
for file in "$one" "$two"; do
	tshark -n -r "${file:-/dev/null}" -d tcp.port==1-65535,data -Y 'tcp.srcport == 7777 &&
		tcp.payload == 41:43:4b' -T fields -e ip.src -e ipv6.src 2>/dev/null |
		tr -d '\t' | sort -u
done >acked
same "only the other one says ACK to it" "$(grep -c . acked) $(grep -c "^$OTHER\$" acked)" "1 1"
run 900 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --against $OTHER --seed 1 --force --parallel 1 \
	--timeout 0.5 --journal b.jsonl "$@" --html b.html
same "for people: both ladders beside each other, and where they part" \
	"$(grep -c -- '<-- F. seq 1 ack .*# .*<-- P. seq 1:4 (3)' "$OUT")" 1
matches "the page has them too" b.html '"ladders":".*F. seq 1 ack [^#]*# [^#]*P. seq 1:4 .3.'
matches "its name is written down" known '^prot.checksum data: answer: closed against reply; must'
against --minimize "$@" --known known
same "what is known is no finding: exit 0" "$RC $(grep -c '"type":"finding"' "$OUT")" "0 0"
stop $TWO
stop $ONE

servers 7777 crash-length
against --segments data --strategy boundary --fields prot.length --cases 9
cat "$OUT" "$ERR" >all
matches "one dies, the other does not: it is told of" all \
	'"why":"death: lives against |does not answer any more'
stop $ONE
start two here "$FLAWED" $OTHER 7777 none
TWO=$PID
listens() {
	ss -Hltn "sport = :7777" | grep -q .
}
wait_for 10 listens || not_ok "the other server listens" "$(cat two.err)"
against --segments data --strategy boundary --fields prot.length --cases 9 --minimize \
	--spawn "exec $FLAWED $LOOPBACK 7777 crash-length" --save-known deaths
same "and who starts again is told of by name" "$RC $(cat deaths)" \
	"4 prot.length data: death: died against lives"
stop $TWO

# ---- our own TCP ---------------------------------------------------------------------------------

# Two echo servers, the kernel's and ours: what differs is what tests/ours.txt says, no more.
if [ "$FAMILY" = 4 ]; then
	net_pair
	start echo srv /usr/bin/python3 "$TC_ROOT/tests/peers/echo.py" "$SERVER_IP"
	ECHO_PID=$PID
	says $WORK/echo.out '^listening' 10 || not_ok "the kernel's server listens" "$(cat echo.err)"
	start ours srv "$TCPCRAFT" listen "$SERVER_IP" 9 --keep --echo
	says $WORK/ours.err '^listening' 10 || not_ok "our server listens" "$(cat ours.err)"
	run 900 "$TCPCRAFT" fuzz "$SERVER_IP" 7 --against "$SERVER_IP:9" --oracle connect --seed 1 \
		--data-string hello --fields 'tcp.*,ip.*' --strategy boundary,flip,options,sequence \
		--cases "${TC_LONG:+30}60" --timeout 0.5 --force --journal ours.jsonl \
		--known "$TC_ROOT/tests/ours.txt"
	jq -r 'select(.type == "finding") | "\(.mutate): \(.why)"' ours.jsonl >found
	sed -n 's/^# = //p' "$TC_ROOT/tests/ours.txt" >rules
	none "no difference of our own TCP beside Linux is not in tests/ours.txt" \
		"$(grep -vxF -f rules found)"
	same "and the status says whether there is one" "$RC" "$([ -s found ] && echo 4 || echo 0)"
	matches "some are, and were met" "$OUT" '; [1-9][0-9]* known'
	stop "$PID"
	stop "$ECHO_PID"
fi

# ---- words -----------------------------------------------------------------------------------

echo 'no colon' >bad
for what in "--known bad|--known and --save-known are of differences" \
	"--against $OTHER --known bad|bad: .no colon. is not FIELD SEGMENT: HOW" \
	"--against $OTHER --known none|none: No such file" \
	"--against a,b|.a,b. is more than one host" \
	"--against $OTHER --dry-run|--dry-run and --against do not go together"; do
	# shellcheck disable=SC2086 # words
	run 10 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 ${what%%|*}
	same "${what%%|*}: exit 2, a line" "$RC $(wc -l <"$ERR")" "2 1"
	matches "which says why" "$ERR" "${what#*|}"
done

# ---- a TCP that was not written here -----------------------------------------------------------

# lwip_whole: all that tests/lwip.txt says of it, and all that the atlas does, where they part
lwip_whole() {
	local name parts
	lwip data,fin boundary 40 --fields tcp.ack,tcp.flags.ack --minimize
	for name in tcp.ack tcp.flags.ack; do
		check "lwIP takes data of a bad $name" grep -qxF "$name data: answer: reply against \
unacked; must be dropped: taken against dropped" new
	done
	lwip ack,data pairwise 60 --fields tcp.flags.syn,tcp.checksum --minimize
	! lwip_known | grep -q 'SYN in a synchronized' ||
		matches "and data with a SYN where its handshake is not over" new \
			'^tcp.flags.syn data & tcp.checksum ack: .*must be dropped: taken against dropped'
	start stack here sh -c "$LWIP"
	LWIP_PID=$PID
	says $WORK/stack.out '^listening' 10 || not_ok "lwIP listens" "$(cat stack.err)"
	# shellcheck source=tests/stacks/linux
	. "$TC_ROOT/tests/stacks/linux"
	stack_start || not_ok "a kernel listens in \`srv\`" "$(cat linux.err)"
	parts=$(awk '$1 == "stack" { at[$3] = $2 } /^[#s]/ { next }
		substr($0, at["linux:"], 1) == "+" && substr($0, at["lwip:"], 1) == "F" { print $2 }' \
		"$TC_ROOT/tests/atlas.txt")
	for name in $parts; do
		both "$TC_ROOT/scripts/conformance/$name.pkt" 10.78.0.2 7 --against "$SERVER_IP" \
			--seed 1 --timeout 2
		same "$name: lwIP and a kernel part" "$RC" 4
	done
	same "of the atlas that is ten cases and more" "$(echo "$parts" | awk 'END { print (NR > 9) }')" 1
	stop "$PIDS"
	stop $LWIP_PID KILL
}

ECHO=$TC_BUILD/peers/lwip_echo
if [ "$FAMILY" = 6 ] || ! [ -x "$ECHO" ] || ! [ -c /dev/net/tun ] ||
	! ip tuntap add dev tap0 mode tap 2>/dev/null; then
	skip "lwIP beside a kernel" "no lwIP or no tap here (as root: scripts/setup test, modprobe tun)"
else
	ip addr add 10.78.0.1/24 dev tap0
	ip link set tap0 up
	LWIP="exec env PRECONFIGURED_TAPIF=tap0 $ECHO 10.78.0.2 255.255.255.0 7"
	start echo here /usr/bin/python3 "$TC_ROOT/tests/peers/echo.py" 10.78.0.1 7
	ECHO_PID=$PID
	# lwip SEGMENTS STRATEGY CASES OPTION...: the names of what differs are in `new`
	lwip() {
		local segments="$1" strategy="$2" cases="$3"
		shift 3
		run 300 "$TCPCRAFT" fuzz 10.78.0.2 7 --oracle connect --against 10.78.0.1 --seed 1 \
			--spawn "$LWIP" --data-string hello --json --force --segments "$segments" \
			--strategy "$strategy" --cases "$cases" --journal lwip.jsonl --save-known new "$@"
	}
	lwip data sequence "${TC_LONG:+2}40"
	same "lwIP beside a kernel: exit 4" "$RC" 4
	matches "it takes data without ACK" "$OUT" \
		'"kind":"differs".*data.1.: tcp.flags=.*must be dropped: taken against dropped'
	lwip fin flip 10 --fields tcp.seq --minimize
	# (It dies when its next case is under way.)
	if lwip_known | grep -q '^died *fin'; then
		same "it dies of a FIN from far ahead, the kernel does not" "$RC $(cat new)" \
			"4 tcp.seq fin: death: died against lives"
	else
		same "it lives with a FIN from far ahead, as the kernel does" "$RC $(cat new)" "0 "
	fi
	[ -z "${TC_LONG-}" ] || lwip_whole
	stop $ECHO_PID
fi
nothing_left 5
