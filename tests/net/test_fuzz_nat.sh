#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Clients behind a NAT: a segment that the NAT finds no way back for, it resets itself, and the
# client knows nothing of it; a SYN that is sent again may come from another port; several share
# one address. Honest ones are accused of nothing, and who hangs is still found.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need iptables
net_router
CALLER=$TC_BUILD/peers/caller
cd $WORK || exit 1

# nat OPTION...: behind the router's address from now on
nat() {
	in_ns rtr iptables -w -t nat -F &&
		in_ns rtr iptables -w -t nat -A POSTROUTING -o r0 -p tcp -j MASQUERADE "$@"
}

# it forgets what has ended after 1 s
short_memory() {
	# shellcheck disable=SC2016 # there
	in_ns rtr sh -c 'cd /proc/sys/net/netfilter && for each in close close_wait fin_wait \
		last_ack time_wait; do echo 1 >nf_conntrack_tcp_timeout_$each || exit; done' 2>/dev/null
}

# fuzz OPTION...
fuzz() {
	run 200 "$TCPCRAFT" fuzz --listen "$CLIENT_IP" 7777 --json --force --timeout 2 --seed 1 "$@"
}

# accuses_nobody WHAT JOURNAL CASES
accuses_nobody() {
	same "$1: exit 0, all cases" "$RC $(grep -c '"type":"case"' "$2")" "0 $3"
	none "$1: is accused of nothing" "$(grep '"type":"finding"' "$OUT" |
		grep -v '"kind":"novel"'; cat "$ERR")"
}

nat || skip_all "no NAT here (as root: modprobe nf_nat)"
start caller srv "$CALLER" "$CLIENT_IP" 7777 none
CALLERS=$PID
observe one here c0 'tcp dst port 7777 and tcp[13] & 4 != 0 and ip[8] == 64'
fuzz --strategy boundary --segments syn,data,fin --fields \
	tcp.seq,tcp.dstport,tcp.flags.syn,tcp.flags.reset --cases 60 --journal one.jsonl
observed one
accuses_nobody "a client behind a NAT" one.jsonl 60
same "the NAT had reset some itself, with a TTL of its own" "$(packets one tcp frame.number |
	awk 'END { print (NR > 3) }')" 1

for n in 2 3; do
	start caller$n srv "$CALLER" "$CLIENT_IP" 7777 none
	CALLERS="$CALLERS $PID"
done
fuzz --parallel 3 --cases 40 --journal three.jsonl
accuses_nobody "three behind one address" three.jsonl 40

# (A port that has just been used is given out again, and a SYN sent again has another.)
if short_memory && nat --to-ports 40000-40063; then
	fuzz --strategy sequence,boundary --segments syn --fields tcp.ack,tcp.flags.ack --cases 40 \
		--journal reuse.jsonl
	accuses_nobody "clients whose ports are few" reuse.jsonl 40
else
	skip "clients whose ports are few" "no times of the NAT's can be set here"
fi

# ---- and one that hangs -----------------------------------------------------------------------

for pid in $CALLERS; do stop "$pid"; done
start hangs srv "$CALLER" "$CLIENT_IP" 7777 window-zero
nat
fuzz --strategy boundary --segments data \
	--fields tcp.window_size_value,tcp.urgent_pointer \
	--journal hangs.jsonl
same "one behind a NAT that hangs: exit 4" "$RC" 4
matches "is found" "$OUT" '"kind":"hang".*"mutate":"data.1.: tcp.window_size_value=0"'
nothing_left 5
