#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A SYN without an answer, and why: of an address of this host the kernel knows, whose queues
# ss shows; of another host it is one of three. And what meet says of bytes: the server's count.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need jq iptables ss dumpcap tshark
net_pair
FULL='full \(1 waits to be accepted, the limit of listen\(2\) is 0\)'

# client ADDR PORT: connects and stays
client() {
	start "client.$2" here /usr/bin/python3 -c 'import socket, sys, time
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
print("connected", flush=True)
time.sleep(3600)' "$@"
	says "$WORK/client.$2.out" '^connected' 10 || not_ok "a client connects" "$(cat "$ERR")"
}

# queue PORT: "WAIT LIMIT" of who listens there
queue() {
	ss -Htln "sport = :$1" | awk '{ print $2, $3 }'
}

# meets NAME HOST PORT: in the background
meets() {
	start "meet.$1" here "$TCPCRAFT" meet "$2" "$3" --timeout 2 --rate 1000 --json
	eval "MEET_$1=$PID"
}

met() {
	eval "wait \$MEET_$1"
	sed -i "/^$(eval "echo \$MEET_$1")\$/d" $WORK/pids
}

# ---- meet, all at once -------------------------------------------------------------------

habit srv "$SERVER_IP" 5301 tired seconds=3600
habit srv "$SERVER_IP" 5302 sink
habit srv "$SERVER_IP" 5303 greet n=10485760 asked=1
habit here "$CLIENT_IP" 5304 ear backlog=0
client "$CLIENT_IP" 5304
observe wire srv s0 tcp port 5301
meets unread "$SERVER_IP" 5301
meets sink "$SERVER_IP" 5302
meets large "$SERVER_IP" 5303
meets full "$CLIENT_IP" 5304

# ---- an address of this host ---------------------------------------------------------------

run 30 "$TCPCRAFT" connect "$CLIENT_IP" 5304 --timeout 2
matches "connect: the queue is full, as the kernel has it" "$ERR" \
	"no-answer: no answer to our SYN in 2 s \(sent 2 times\): its port's queue of connections is $FULL"
same "so says ss" "$(queue 5304)" "1 0"
run 30 "$TCPCRAFT" probe backlog "$CLIENT_IP" 5304 --timeout 2 --json
matches "probe backlog: nothing is left to measure" "$OUT" \
	"no answer to our SYN in 2 s: its port's queue of connections is \
full \(1 waits [^)]*\(2\) is 0\); of a queue that is full already nothing can be measured"
same "and is not answered: exit 1" "$RC $(jq -r .told "$OUT")" "1 false"
habit here "$CLIENT_IP" 5305 ear backlog=5
tables here -A INPUT -p tcp --dport 5305:5306 -j DROP
run 30 "$TCPCRAFT" connect "$CLIENT_IP" 5305 --timeout 1
matches "a server whose queue has room" "$ERR" 'a server listens there and its queue of connections has room: a firewall drops it'
same "so says ss" "$(queue 5305)" "0 5"
run 30 "$TCPCRAFT" connect "$CLIENT_IP" 5306 --timeout 1
matches "no server: the firewall" "$ERR" \
	"nothing of this host's kernel listens there: a firewall drops it, or the kernel's reset"
none "so says ss" "$(queue 5306)"
run 60 "$TCPCRAFT" probe learn "$CLIENT_IP" 5306 --timeout 0.2 --queries 50 --json
matches "probe learn knows it, too" "$OUT" \
	"no answer to anything: nothing of this host's kernel listens there: a firewall drops it"
tables here -D INPUT -p tcp --dport 5305:5306 -j DROP

# ---- another host ------------------------------------------------------------------------

habit srv "$SERVER_IP" 5307 ear backlog=0
client "$SERVER_IP" 5307
THREE="the host is down, a firewall drops it, or its port's queue of connections is full"
run 30 "$TCPCRAFT" connect "$SERVER_IP" 5307 --timeout 1
matches "connect: it may be any of three" "$ERR" "no answer to our SYN in 1 s \(sent 1 time\): $THREE"
run 30 "$TCPCRAFT" probe backlog "$SERVER_IP" 5307 --timeout 1 --json
matches "probe backlog as well" "$OUT" "$THREE; of a queue that is full already nothing can be"
tables srv -A INPUT -p tcp --dport 5307 -j DROP
run 60 "$TCPCRAFT" probe learn "$SERVER_IP" 5307 --timeout 0.2 --queries 50 --json
matches "and probe learn" "$OUT" "no answer to anything: $THREE"

# ---- what meet said ----------------------------------------------------------------------

for each in full unread sink large; do
	met $each
done
observed wire
OUT=$WORK/meet.full.out
matches "meet: the queue is full" "$OUT" "its port's queue of connections is full \(1 waits"
for each in unread sink; do
	OUT=$WORK/meet.$each.out
	COUNT="select(.experiment == \"takes\") | .value"
	same "$each: bytes are told to the last one, in all places" "$(jq -r "$COUNT == .numbers.bytes and
		(.numbers.bytes as \$n | .sentence | test(\" \\(\$n) bytes\"))" "$OUT" | tail -1)" true
done
same "sink: that is so many" "$(jq -r "$COUNT" "$OUT")" 196608
OUT=$WORK/meet.unread.out
same "unread: the most that the server's TCP acknowledged, by tshark" "$(jq -r "$COUNT" "$OUT")" \
	"$(packets wire "tcp.flags.reset == 0" tcp.stream tcp.flags.syn tcp.srcport tcp.seq tcp.ack |
	awk '$3 != 5301 { if ($2 == 1 || $2 == "True") isn[$1] = $4; next }
		{ n = ($5 - isn[$1] - 1 + 2 ^ 32) % 2 ^ 32; if (n > most) most = n }
		END { printf "%d\n", most }')"
OUT=$WORK/meet.large.out
same "10 MB in answer to anything, and no end: more is not denied" \
	"$(jq -r 'select(.experiment == "talk") | .numbers | .line, .json, .http' "$OUT" |
	grep -c 'it answers.* bytes: .*; no more was taken, it may have more to say')" 3
nothing_left
