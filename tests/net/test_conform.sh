#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# conform: the suite of scripts/conformance against this kernel, our own TCP and lwIP, each
# held against tests/conformance.txt; what is told of it in all forms; and run with several
# scripts. TC_LONG: all cases; else some of each kind.
#
#	tests/net/test_conform.sh --table	print the table for tests/conformance.txt
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables jq setpriv /usr/bin/python3
export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"
TC_FAMILY=4
ONLY_TABLE=${1-}
TABLE=$TC_ROOT/tests/conformance.txt
cd $WORK || exit 1
SOME='3168/not-asked 9293-listen/ack 9293-listen/rst 9293-listen/syn 9293-established/data 5961/rst-in-window
	9293-fin-wait/2-fin 9293-fin-wait/2-syn'
if [ -n "${TC_LONG-}$ONLY_TABLE" ]; then SOME=; fi
JOBS=16

# ask NAME HOST ARGUMENT...: the suite, to $WORK/NAME.jsonl; sets $RC
ask() {
	local name="$1"
	shift
	# shellcheck disable=SC2086 # words
	run 600 "$TCPCRAFT" conform "$@" $SOME --jobs $JOBS --json
	cp "$OUT" "$name.jsonl"
}

# Lines "STACK VERDICT CASE" of what is not passed, and that somebody could ask for.
found() {
	jq -r 'select(.type == "case" and .verdict != "pass" and .verdict != "not-testable") |
		"'"$1"' \(.verdict) \(.case)"' "$1.jsonl" | sort
}

# … and what the table has of them.
known() {
	sed -n "s/^\($1 [a-z-]* [^ ]*\).*/\1/p" "$TABLE" |
	if [ -n "$SOME" ]; then
		grep -E " ($(echo "$SOME" | tr -s ' \t\n' '|'))$"
	else
		cat
	fi | sort
}

# How many are asked.
asked() {
	if [ -n "$SOME" ]; then
		echo "$SOME" | wc -w
	else
		find "$TCPCRAFT_LIBEXEC/conformance" -name '*.pkt' | wc -l
	fi
}

held_against() {
	if [ -n "$ONLY_TABLE" ]; then
		found "$1"
	else
		same "$1: all are told, and the status is 4 if one failed, else 0" \
			"$(jq -r 'select(.type == "case") | .case' "$1.jsonl" | wc -l) $(jq -r \
				'select(.type == "suite") | "\(.cases) \(.exit)"' "$1.jsonl") $RC" \
			"$(asked) $(asked) $(known "$1" | awk '$2 == "fail" { n = 4 } END {
				print n + 0, n + 0 }')"
		same "$1: what it does not keep is what tests/conformance.txt says" \
			"$(found "$1")" "$(known "$1")"
	fi
}

net_pair
# Frames are what a wire would carry.
in_ns srv ip link set s0 gso_max_segs 1
cat >server.py <<'END'
import socket, sys, threading

def serve(listener, closes):
    while True:
        threading.Thread(target=talk, args=(listener.accept()[0], closes), daemon=True).start()

def talk(client, closes):
    try:
        while data := client.recv(65536):
            if closes:
                break
            client.sendall(data)
    except OSError:
        pass
    client.close()

both = [socket.create_server((sys.argv[1], port), backlog=128) for port in (7, 79)]
threading.Thread(target=serve, args=(both[0], False), daemon=True).start()
print("listening", flush=True)
serve(both[1], True)
END

test_kernel() {
	start kernel srv /usr/bin/python3 server.py "$SERVER_IP"
	KERNEL=$PID
	says kernel.out listening 10 || not_ok "the servers of the kernel's TCP listen"
	ask linux "$SERVER_IP" 7 --echo --at closes=79 --at nobody=1
	held_against linux
}

test_ours() {
	start ours srv "$TCPCRAFT" listen "$SERVER_IP" 1007 --keep --echo
	OURS=$PID
	says ours.err 'listening on' 10 || not_ok "our own TCP listens"
	start ours2 srv "$TCPCRAFT" listen "$SERVER_IP" 1079 --keep --hang-up
	OURS="$OURS $PID"
	says ours2.err 'listening on' 10 || not_ok "and one that closes"
	ask tcpcraft "$SERVER_IP" 1007 --echo --at closes=1079
	held_against tcpcraft
	for pid in $OURS; do stop "$pid"; done
}

test_lwip() {
	local echo="$TC_BUILD/peers/lwip_echo"
	if ! [ -x "$echo" ] || ! [ -c /dev/net/tun ] || ! ip tuntap add dev tap0 mode tap 2>why; then
		skip "lwIP" "none here, or no tap (scripts/setup test): $(cat why 2>/dev/null)"
		return
	fi
	ip addr add 10.78.0.1/24 dev tap0
	ip link set tap0 up
	start lwip here env PRECONFIGURED_TAPIF=tap0 "$echo" 10.78.0.2 255.255.255.0 7
	says lwip.out listening 10 || not_ok "lwIP listens"
	JOBS=4
	ask lwip 10.78.0.2 7 --echo --at nobody=1
	held_against lwip
	stop "$PID"
}

if [ -n "$ONLY_TABLE" ]; then
	test_kernel
	test_ours
	test_lwip
	exit
fi
none "every case but those of closed ports says what must hold before it asks" \
	"$(cd "$TCPCRAFT_LIBEXEC/conformance" && grep -LE '^//: (given|offer)' ./*/*.pkt | grep -v /9293-closed/)"
test_kernel
test_ours
test_lwip

# ---- in all forms ----------------------------------------------------------------------

run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen/rst 9293-fin-wait/2-syn 9293-last-ack/ack \
	--at closes=79 --tap --junit it.xml --html it.html --jobs 3
same "TAP: exit 4" "$RC" 4
same "TAP: what passed, what did not, and what could not be asked" \
	"$(sed -n 's/^\(not \)*ok [0-9]* - \([^ ]*\)\( # SKIP [a-z-]*\)*.*/\1\2\3/p' "$OUT" | sort | tr '\n' ';')" \
	"9293-last-ack/ack # SKIP not-testable;9293-listen/rst;not 9293-fin-wait/2-syn;"
same "JUnit, as another reads it" "$(/usr/bin/python3 -c '
import xml.etree.ElementTree as tree
for case in tree.parse("it.xml").iter("testcase"):
    print(case.get("name"), *[e.tag for e in case if e.tag != "system-out"], end=";")')" \
	"9293-fin-wait/2-syn failure;9293-last-ack/ack skipped;9293-listen/rst;"
matches "the page has the ladder of the one that failed" it.html '2-syn.*SYN-SENT|2-syn.*--> S '
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen/rst 9293-listen/ack --json
cp "$OUT" before.jsonl
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen/rst --baseline before.jsonl
same "nothing is another than before: exit 0" "$RC $(wc -l <"$OUT")" "0 2"
sed 's/"verdict":"pass"/"verdict":"fail"/' before.jsonl >worse.jsonl
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen/rst --baseline worse.jsonl
same "better than before: exit 0, and it is told" "$RC $(head -n 1 "$OUT")" "0 was fail:"
none "and with --json every line is JSON" "$(run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-listen/rst \
	--baseline worse.jsonl --json; jq -r '"\(.type) \(.was // .exit)"' "$OUT" 2>&1 |
	grep -vx -e 'case fail' -e 'suite 0')"
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-fin-wait/2-syn --at closes=79 \
	--baseline before.jsonl
same "a failure that was not there: exit 4, and it is told" "$RC $(head -n 1 "$OUT")" "4 was not there:"
start stopped here "$TCPCRAFT" conform "$SERVER_IP" 7 9293-fin-wait/2-syn 9293-listen/rst 9293-window \
	--at closes=79 --jobs 1 --json
says stopped.out '9293-listen/rst' 20 || not_ok "the second case is told" "$(cat stopped.err)"
stop "$PID"
same "a stop: what is known is told, what we ended was not made" "$RC $(jq -r 'select(.type == "case") |
	"\(.case) \(.verdict)"' stopped.out | grep -vE '9293-window/.* (pass|not-testable)' | tr '\n' ';')" \
	"143 9293-listen/rst pass;9293-fin-wait/2-syn fail;"
stop "$KERNEL"
run 60 "$TCPCRAFT" conform "$SERVER_IP" 7 9293-established/data 9293-window/opens --echo --baseline before.jsonl
same "nobody listens: it could not be told, exit 1" "$RC" 1
matches "and says what was in the way" "$OUT" '2 cases: 2 inconclusive'

# nobody_is_accused WHAT PORT CASES: all begin at once, so --fail-fast spares asking again
# shellcheck disable=SC2086 # words
nobody_is_accused() {
	run 100 "$TCPCRAFT" conform "$SERVER_IP" "$2" $3 --at nobody="$2" --jobs 64 --fail-fast --json
	same "$1: nothing is said of its TCP" "$RC $(jq -r 'select(.type == "case") |
		.verdict' "$OUT" | sort | uniq -c | tr -s ' ')" "1  $(echo "$3" | wc -w) inconclusive"
}

MANY='9293-listen/rst 9293-listen/syn 9293-listen/ack 9293-options/nop 9293-options/mss-cut
	3168/not-asked 3168/cwr-alone'
tables srv -A INPUT -p tcp --dport 9 -j DROP
nobody_is_accused "a port that nobody listens on" 1 "$MANY"
nobody_is_accused "a host that is silent" 9 "$MANY 9293-closed/rst 9293-closed/all-flags"

is_said_once() {
	same "what this machine cannot ($1) is said once: exit 3" \
		"$RC $(wc -l <"$ERR") $(wc -c <"$OUT")" "3 1 0"
}

run 20 "$TCPCRAFT" conform 198.51.100.9 7
is_said_once "no route"
run 20 setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs \
	"$TCPCRAFT" conform "$SERVER_IP" 7
is_said_once "no privileges"

# ---- run -------------------------------------------------------------------------------

mkdir -p mine/more
echo '0 < S 0:0(0) win 100' >mine/1.pkt
printf '%s\n' '0 < S 0:0(0) win 100' '+0~+1 > S. 0:0(0) ack 1 <...>' >mine/more/2.pkt
echo 'no script' >mine/notes.txt
run 60 "$TCPCRAFT" run mine "$SERVER_IP" 1 --jobs 2 --json --junit run.xml
same "run of a folder: one failed, exit 4" "$RC" 4
same "each tells its result, and then all" \
	"$(jq -r 'select(.type != "segment") | "\(.type) \(.verdict // .exit)"' "$OUT" | sort | tr '\n' ';')" \
	"result failed;result passed;suite 4;"
run 60 "$TCPCRAFT" run mine "$SERVER_IP" 1 --fail-fast
matches "--fail-fast begins no more" "$OUT" '2 scripts: 1 '
run 60 "$TCPCRAFT" run mine "$SERVER_IP" 1
matches "the table says which, and why" "$OUT" '2.pkt:2:1: .*tcp.flags is R\., expected S\.'
nothing_left 5
