#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Experiments about ACKs, user timeouts and path MTU, on hosts whose kernels say what the verdicts
# must be: nstat, ss, sysctls, routes, options of sockets.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need jq /usr/bin/python3 nstat ss iptables
net_pair 6
new_host srv2
B_IP=10.78.0.2
{
	link_hosts here d0 10.78.0.1/24 srv2 t0 10.78.0.2/24
} || skip_all "no second veth pair here (as root: modprobe veth)"
in_ns srv2 ip route change 10.78.0.0/24 dev t0 quickack 1
in_ns srv2 sysctl -qw net.ipv4.ip_no_pmtu_disc=2

for each in "srv $SERVER_IP" "srv2 $B_IP"; do
	# shellcheck disable=SC2086 # two words
	habit $each 5001 sink
	# shellcheck disable=SC2086
	habit $each 5002 greet n=100000
done
habit srv "$SERVER_IP" 5003 greet user_timeout=3000
habit srv "$SERVER_IP" 5004 echo
# Its ACKs are late: a defect that is planted.
start late srv "$TCPCRAFT" listen --keep --guard rst "$SERVER_IP" 5005 --mutate 'acks: delay 700'
LATE=$PID
says $WORK/late.err '^listening' 10

# counted NS NAME: a counter of the kernel's since the last time
counted() {
	in_ns "$1" env NSTAT_HISTORY="$WORK/nstat.$1" nstat -z "$2" |
		awk -v name="$2" '$1 == name { print $2 }'
}

# asks_once NAME EXPERIMENT ADDR PORT [OPTION...]
asks_once() {
	local name="$1"
	shift
	may_take 90 "$TCPCRAFT" probe "$@" --json >"$WORK/r.$name" 2>"$WORK/r.$name.err"
	RC=$?
	echo "$RC" >"$WORK/r.$name.code"
}

# asks NAME EXPERIMENT ADDR PORT [OPTION...]: where the machine is busy an answer may be late
asks() {
	for _ in 1 2 3; do
		asks_once "$@"
		[ $RC = 1 ] || break
	done
}

of() {
	jq -r "select(.type == \"result\") | $2" "$WORK/r.$1"
}

# told NAME JQ WANT
told() {
	same "$1: $2" "$(of "$1" "$2" 2>&1) $(cat "$WORK/r.$1.code")" "$3 0"
}

# ---- user timeouts, in the background: they take their time --------------------------------

asks timeout user-timeout "$SERVER_IP" 5003 --timeout 8 &
one=$!
asks keeps user-timeout "$SERVER_IP" 5002 --timeout 7 &
two=$!

# ---- ACKs ------------------------------------------------------------------------------------

counted srv2 TcpExtDelayedACKs >/dev/null
asks each ack-policy $B_IP 5001
told each .verdict each
same "each: the kernel has delayed none (route quickack 1)" "$(counted srv2 TcpExtDelayedACKs)" 0
# (After a pause of a time-out's length, which a busy machine makes, Linux begins anew with quick
# ACKs: then it has delayed few, and there is nothing to see; nor where its timer was so late that
# the next segment came before. The counter is of one run.)
for _ in 1 2 3 4; do
	counted srv TcpExtDelayedACKs >/dev/null
	asks_once linux ack-policy "$SERVER_IP" 5001
	N=$(counted srv TcpExtDelayedACKs)
	SAME=".numbers.delayed | . > 4 and . <= $N and . + 2 >= $N"
	runnable
	if [ "$N" -gt 8 ]; then
		[ "$(of linux "$SAME")" != true ] || break
		[ "$CLOCK_RUNS" -gt $((2 * CLOCK_CPUS)) ] || break
	fi
done
told linux .verdict each-second
told linux "$SAME" true
told linux '.numbers.quick_at_the_start > 4' true
told linux '.value >= 0.03 and .value < 0.3' true
told linux '.numbers.pairs_at_once > 4' true
asks speaks ack-policy "$SERVER_IP" 5004
same "speaks: who answers cannot be told" "$(of speaks .verdict) $(cat $WORK/r.speaks.code)" "speaks 1"
asks late ack-policy "$SERVER_IP" 5005
told late '"\(.verdict) \(.value > 0.5)"' "too-late true"
stop "$LATE"
wait $one $two
told timeout '"\(.verdict) \(.numbers.our_user_timeout) \(.value >= 2.5 and .value < 6)"' \
	"ends ignored true"
told keeps '"\(.verdict) \(.numbers.our_user_timeout)"' "keeps ignored"

# ---- path MTU --------------------------------------------------------------------------------

no_mtu() {
	none "$1: the kernel has no other MTU for us" \
		"$(in_ns srv2 ip route get 10.78.0.1 | grep -o 'mtu [0-9]*')"
}
observe df srv2 t0 "tcp src port 5002 or icmp"
asks no-df pmtud $B_IP 5002
observed df
told no-df .verdict no-df
none "no-df: no data of its forbids routers to fragment it (ip_no_pmtu_disc)" \
	"$(packets df "tcp.len > 0 && ip.flags.df == 1" frame.number)"
[ -n "$(packets df "tcp.len > 0 && ip.flags.df == 0" frame.number)" ] || not_ok "no-df: it sends data"
none "no-df: no error is sent" "$(packets df icmp frame.number)"
no_mtu no-df
# A firewall that drops ICMP; then a TCP that gets smaller without.
in_ns srv2 sysctl -qw net.ipv4.ip_no_pmtu_disc=0
tables srv2 -A INPUT -p icmp --icmp-type fragmentation-needed -j DROP
habit srv2 $B_IP 5003 greet n=100000
asks ignores pmtud $B_IP 5003
told ignores .verdict ignores
told ignores .numbers.believes_what_it_never_sent no
no_mtu ignores
in_ns srv2 sysctl -qw net.ipv4.tcp_mtu_probing=1 net.ipv4.tcp_retries1=1
asks_once anyway pmtud $B_IP 5003
same "smaller-anyway: is not taken for belief in a forged error" \
	"$(of anyway .verdict) $(cat $WORK/r.anyway.code)" "smaller-anyway 1"
no_mtu smaller-anyway
asks follows pmtud "$SERVER_IP" 5002
told follows '"\(.verdict) \(.value) \(.numbers.believes_what_it_never_sent)"' "follows 1240 no"
same "follows: the kernel says the same of the way to us" \
	"$(in_ns srv ip route get "$CLIENT_IP" | grep -o 'mtu [0-9]*')" "mtu 1280"
if [ "$FAMILIES" = "4 6" ]; then
	habit srv "$SERVER_IP6" 5007 greet n=100000
	asks six pmtud "$SERVER_IP6" 5007
	told six '"\(.verdict) \(.value) \(.numbers.believes_what_it_never_sent)"' "follows 1220 no"
else
	skip "pmtud over IPv6" "no IPv6 here (as root: modprobe ipv6)"
fi
asks_once again pmtud "$SERVER_IP" 5002
same "again: the kernel still knows, which is said" \
	"$(of again '"\(.verdict) \(.sentence | contains("from an error"))"')" "too-short true"

# ---- a peer that goes away without a word ------------------------------------------------------

habit srv2 $B_IP 5006 greet n=100000
two_there() {
	[ "$(in_ns srv2 ss -Htn state established sport = :5006 | wc -l)" = 2 ]
}
asks_once silent user-timeout $B_IP 5006 --timeout 7 &
one=$!
wait_for 20 two_there || not_ok "silent: two connections" "$(in_ns srv2 ss -tan)"
tables srv2 -A OUTPUT -p tcp --sport 5006 -j DROP
wait $one
same "silent: nothing is said of how long it keeps them" \
	"$(of silent .verdict) $(cat $WORK/r.silent.code)" "silent 1"
nothing_left 5
