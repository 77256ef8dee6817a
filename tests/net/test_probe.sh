#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Experiments on peers whose habits are known from their own side: sysctls, ss, the options
# they were started with. For each experiment at least two that differ. All run at once:
# most of their time is waiting.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables ss /usr/bin/python3

net_pair
new_host srv2
B_IP=10.78.0.2 MSS=1460
if [ "$FAMILY" = 6 ]; then
	B_IP=fd78::2 MSS=1440
	ipv6_host srv2
fi
{
	link_hosts here d0 10.78.0.1/24 srv2 t0 10.78.0.2/24 &&
	address6 here d0 fd78::1 fe80::3 && address6 srv2 t0 fd78::2 fe80::4
} || skip_all "no second veth pair here (as root: modprobe veth)"
in_ns srv sysctl -qw net.ipv4.tcp_synack_retries=1 net.ipv4.tcp_retries2=3 \
	net.ipv4.tcp_fastopen=3 net.ipv4.tcp_ecn=1
in_ns srv2 sysctl -qw net.ipv4.tcp_synack_retries=2 net.ipv4.tcp_retries2=1 \
	net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0 net.ipv4.tcp_window_scaling=0 \
	net.ipv4.tcp_ecn=0 net.core.somaxconn=10

# later NAME EXPERIMENT ADDR PORT [OPTION...]: in the background; result NAME KEY then
later() {
	local name="$1"
	shift
	{
		may_take 60 "$TCPCRAFT" probe "$@" --json --rate 2000 >"$WORK/r.$name" \
			2>"$WORK/r.$name.err"
		echo $? >"$WORK/r.$name.code"
	} &
	JOBS="${JOBS-} $!"
}

# In JSON: a text or a number, of the result itself or of its numbers.
result() {
	sed -n "s/.*[{,]\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$WORK/r.$1"
}

# told NAME VERDICT VALUE: and that the exit code is 0
told() {
	same "$1: $2 $3" "$(result "$1" verdict) $(result "$1" value) $(cat "$WORK/r.$1.code")" \
		"$2 $3 0"
}

# untold NAME VERDICT: exit 1, with what came last as evidence
untold() {
	same "$1: $2, exit 1" "$(result "$1" verdict) $(cat "$WORK/r.$1.code")" "$2 1"
}

sysctl_of() {
	in_ns "$1" sysctl -n "$2"
}

# about NAME KEY NUMBER: within a third and a half (the machine is busy)
about() {
	check "$1: $2 is about $3" awk "BEGIN { v = $(result "$1" "$2"); \
		exit !(v > $3 * 0.67 && v < $3 * 1.5) }"
}

# ---- read-size, against the server's own argument ---------------------------------------

for n in 4 9 12 64; do
	protd_start srv "$SERVER_IP" -p 0 --read-size $n
	eval "PORT_$n=$PROTD_PORT LOG_$n=$PROTD_LOG"
	later "read-$n" read-size "$SERVER_IP" "$PROTD_PORT"
done
# shellcheck disable=SC2154 # PORT_9, LOG_9
later read-behind read-size "$SERVER_IP" "$PORT_9" --prefix 50524f540100000015
habit srv "$SERVER_IP" 5013 exact n=13
later read-13 read-size "$SERVER_IP" 5013 --timeout 0.5 --trials 1
habit srv "$SERVER_IP" 5004 line
later read-line read-size "$SERVER_IP" 5004 --timeout 1
habit srv "$SERVER_IP" 5007 die
later read-dies read-size "$SERVER_IP" 5007
later read-closed read-size "$SERVER_IP" 1

# ---- backlog, against ss ------------------------------------------------------------------

habit srv "$SERVER_IP" 5102 ear backlog=2
later backlog-2 backlog "$SERVER_IP" 5102 --timeout 2
habit srv2 "$B_IP" 5150 ear backlog=50
later backlog-50 backlog "$B_IP" 5150 --timeout 2
later backlog-all backlog "$SERVER_IP" 5004 --most 20
if [ "$FAMILY" = 4 ] && [ -x "$TC_BUILD/peers/listen_only" ]; then
	start listen_only srv "$TC_BUILD/peers/listen_only"
	says $WORK/listen_only.out '^listening' 5
	later backlog-asm backlog "$SERVER_IP" 4444 --timeout 2
fi

# ---- schedules, against sysctls ---------------------------------------------------------

habit srv "$SERVER_IP" 5002 greet
habit srv2 "$B_IP" 5002 greet
later synack-a synack-retries "$SERVER_IP" 5002
later synack-b synack-retries "$B_IP" 5002
later synack-short synack-retries "$SERVER_IP" 5002 --timeout 0.5
# Of one whose first three answers are lost the fourth, to the first SYN, is as late as that of one
# that is far away.
habit srv2 "$B_IP" 5014 sink
for _ in 1 2 3; do
	tables srv2 -A OUTPUT -p tcp --sport 5014 --tcp-flags SYN,ACK SYN,ACK \
		-m statistic --mode nth --every 1000 --packet 0 -j DROP
done
later synack-far synack-retries "$B_IP" 5014 --timeout 0.5
later retransmit-a retransmit "$SERVER_IP" 5002
later retransmit-b retransmit "$B_IP" 5002
# One whose second copy is lost: what follows comes four times as late as the copy before did.
# (Its first data is that of the connection on which nothing is asked.) It tries for 8 s, so that a
# third copy is one of them also where a busy machine made its first wait one of a second: in the 3 s
# of tcp_retries2 the lost one would be the last from 0.43 s on.
habit srv "$SERVER_IP" 5008 greet n=100 user_timeout=8000
tables srv -A OUTPUT -p tcp --sport 5008 -m length --length 100: -m statistic --mode nth \
	--every 100 --packet 3 -j DROP
later retransmit-lost retransmit "$SERVER_IP" 5008 --timeout 40
habit srv "$SERVER_IP" 5001 sink alive=1,1,3
habit srv2 "$B_IP" 5001 sink alive=2,1,2
later retransmit-sink retransmit "$SERVER_IP" 5001 --timeout 2
later persist-a persist "$SERVER_IP" 5002 --timeout 4
later persist-sink persist "$SERVER_IP" 5001 --timeout 1
later keepalive-a keepalive "$SERVER_IP" 5001
later keepalive-b keepalive "$B_IP" 5001
habit srv "$SERVER_IP" 5003 echo fastopen=5
later keepalive-none keepalive "$SERVER_IP" 5003 --timeout 1
habit srv "$SERVER_IP" 5006 tired seconds=1
later keepalive-tired keepalive "$SERVER_IP" 5006 --timeout 3

# ---- options, isn, blind-attack ---------------------------------------------------------

later options-a options "$SERVER_IP" 5003 --echo
later options-short options "$SERVER_IP" 5003 --echo --prefix 6869
later options-b options "$B_IP" 5002
later isn-a isn "$SERVER_IP" 5003
later blind-a blind-attack "$SERVER_IP" 5003

# ---- lwIP, which differs from Linux in most of this -------------------------------------
# (A small MTU: Debian's lwIP overruns its heap when a whole Ethernet frame comes.)

LWIP_IP=10.80.0.2 LWIP=
if [ "$FAMILY" = 4 ] && [ -x "$TC_BUILD/peers/lwip_echo" ] &&
	ip tuntap add dev tap0 mode tap 2>/dev/null; then
	LWIP=yes
	ip addr add 10.80.0.1/24 dev tap0
	ip link set tap0 mtu 576 up
	start lwip here env PRECONFIGURED_TAPIF=tap0 "$TC_BUILD/peers/lwip_echo" $LWIP_IP \
		255.255.255.0 7
	says $WORK/lwip.out '^listening' 10
	later isn-l isn $LWIP_IP 7
	later options-l options $LWIP_IP 7 --echo
	later blind-l blind-attack $LWIP_IP 7
	later persist-l persist $LWIP_IP 7 --echo --timeout 8
	later retransmit-l retransmit $LWIP_IP 7 --echo --timeout 4
	later synack-l synack-retries $LWIP_IP 7 --timeout 5
elif [ "$FAMILY" = 4 ]; then
	skip "experiments on lwIP" "no lwip_echo, or no tap (as root: scripts/setup test, modprobe tun)"
fi

# shellcheck disable=SC2086 # numbers
wait $JOBS

log=''
for n in 4 9 12 64; do
	told "read-$n" fixed-size $n
	eval "log=\$LOG_$n"
	same "read-$n: the server's log has never read more" "$(sed -n \
		's/.* read=\([0-9]*\) .*/\1/p' "$log" | sort -n | tail -n 1 |
		sed 's/^32$/9/')" $n
	same "read-$n: three trials agree" "$(result "read-$n" agree)" 3
done
told read-behind fixed-size 23
told read-13 fixed-size 13
told read-line delimiter ''
same "read-line: it is the newline" "$(result read-line delimiter)" newline
untold read-dies gone
untold read-closed refused
matches "read-closed: the reset is the evidence" $WORK/r.read-closed 'evidence":\[.*<-- :[0-9]* R'

queue() {
	in_ns "$1" ss -Hltn "sport = :$2" | awk '{ print $2 }'
}
told backlog-2 limited 3
same "backlog-2: ss counts as many" "$(queue srv 5102)" 3
told backlog-50 limited 11
same "backlog-50: somaxconn of 10 holds, ss counts as many" "$(queue srv2 5150)" 11
told backlog-all no-limit-seen 20
if [ "$FAMILY" = 4 ] && [ -x "$TC_BUILD/peers/listen_only" ]; then
	told backlog-asm limited 6
	same "backlog-asm: ss counts as many" "$(queue srv 4444)" 6
fi

told synack-a gives-up "$(sysctl_of srv net.ipv4.tcp_synack_retries)"
told synack-b gives-up "$(sysctl_of srv2 net.ipv4.tcp_synack_retries)"
about synack-b first_interval_s 1
about synack-b factor 2
told synack-short none-seen 0
# (Beside load a second one of the same may have time to come: that it answers is what is asked.)
same "synack-far: it answers, however late" "$(case $(result synack-far verdict) in
	none-seen | still-retrying) echo answers ;; esac) $(cat "$WORK/r.synack-far.code")" "answers 0"
# Linux takes tcp_retries2 as a time, that of so many with an RTO of 0.2 s: as many as begin in
# it, which are fewer where a busy machine made the RTO longer, or one more; or one less, where
# it tried again after 0.5 s because its first was still in a queue
# (TCP_RESOURCE_PROBE_INTERVAL).
tries_in() {
	awk -v n="$1" -v first="$2" 'BEGIN {
		limit = (2 ^ (n + 1) - 1) * 0.2
		while (first * (2 ^ (k + 1) - 1) < limit) k++
		print k + 0 }'
}
for side in a:srv b:srv2; do
	name=retransmit-${side%:*} n=$(sysctl_of "${side#*:}" net.ipv4.tcp_retries2)
	fit=$(tries_in "$n" "$(result "$name" first_interval_s)")
	eval "fit_${side%:*}=$fit"
	check "$name: gives up after tcp_retries2 ($n, of which $fit fit), give or take one" \
		test "$(result "$name" verdict)" = gives-up -a "$(result "$name" value)" -ge $((fit - 1)) \
		-a "$(result "$name" value)" -le $((n + 1))
done
# Of the 3 so many as fit, or one less, and of the 1 no more than one more.
# shellcheck disable=SC2154 # set above
check "retransmit: 3 ($fit_a fit) is more than 1" test \
	"$(result retransmit-a value)" -ge $((fit_a - 1)) -a "$(result retransmit-b value)" -le 2 \
	-a "$fit_a" -gt "$fit_b"
same "retransmit-lost: gives up" "$(result retransmit-lost verdict)" gives-up
check "retransmit-lost: a copy that was lost was not the last" \
	test "$(result retransmit-lost value)" -ge 2
same "retransmit-lost: the peer lost it" "$(tables srv -vnxL OUTPUT | awk '$3 == "DROP" { print $1 }')" 1
untold retransmit-sink could-not-tell
same "persist-a: probes" "$(result persist-a verdict) $(result persist-a data_after)" "probes yes"
check "persist-a: at least twice" test "$(result persist-a value)" -ge 2
same "persist-a: by a number that is behind" "$(result persist-a probe)" "no data"
untold persist-sink could-not-tell
same "keepalive-a: probes" "$(result keepalive-a verdict)" probes
about keepalive-a idle_s 1
about keepalive-b idle_s 2
about keepalive-b interval_unanswered_s 1
same "keepalive: TCP_KEEPCNT probes without an answer" \
	"$(result keepalive-a probes_unanswered) $(result keepalive-b probes_unanswered)" "3 2"
same "keepalive-none: none seen" "$(result keepalive-none verdict)" none-seen
same "keepalive-tired: closes" "$(result keepalive-tired verdict)" closes
about keepalive-tired idle_s 1

yes_no() {
	[ "$(sysctl_of "$1" "$2")" = 0 ] && echo no || echo yes
}
for side in a:srv b:srv2; do
	name=options-${side%:*} ns=${side#*:}
	same "$name: as the sysctls have it" "$(for key in sack timestamps wscale ecn; do
			result "$name" $key; done)" \
		"$(for key in sack timestamps window_scaling ecn; do
			yes_no "$ns" net.ipv4.tcp_$key; done)"
done
same "options: a cookie where Fast Open is on" \
	"$(result options-a fast_open) $(result options-b fast_open)" "yes no"
same "options: path MTU and MSS are the interface's" \
	"$(result options-a path_mtu) $(result options-a mss)" "1500 $MSS"
about options-a timestamp_hz 1000
same "options-b: the MSS we named is kept to" "$(result options-b mss_honoured)" \
	"yes: 88 bytes at most"
matches "options-a: the MSS we named is kept to by an echo" $WORK/r.options-a \
	'"mss_honoured":"yes: (88|76) bytes at most'
matches "options-short: less than a segment shows nothing of the MSS" $WORK/r.options-short \
	'"mss_honoured":"cannot tell: the server said no more than 2 bytes'
same "isn: as RFC 6528 says" "$(result isn-a verdict) $(result isn-a same_tuple_monotonic)" \
	"rfc6528 yes"
told blind-a rfc5961 7

if [ -n "$LWIP" ]; then
	same "lwIP: its initial numbers can be guessed" "$(result isn-l verdict)" predictable
	same "lwIP: window scaling alone" "$(for key in sack timestamps wscale ecn; do
			result options-l $key; done)" "$(printf 'no\nno\nyes\nno')"
	same "lwIP: the path MTU is the tap's" "$(result options-l path_mtu)" 576
	same "lwIP: data with an old ACK is taken, each of 20 answered" \
		"$(result blind-l verdict) $(result blind-l data_old_ack) $(result blind-l \
		challenges_of_20)" "vulnerable taken 20"
	same "lwIP: a shut window is probed with a byte" "$(result persist-l verdict) $(result \
		persist-l probe)" "probes one byte of data"
	about retransmit-l first_interval_s 2.4
	about synack-l first_interval_s 2.5
	same "lwIP: has not died" "$(gone "$(sed -n '$p' $WORK/pids)" && echo died)" ''
fi

# Our ACK of the handshake goes out most of a second late: the peer has rested for no longer.
if tc qdisc add dev c0 root tbf rate 600bit burst 100 latency 60s 2>$WORK/tbf.err; then
	later keepalive-late keepalive "$SERVER_IP" 5001 --timeout 8
	wait "${JOBS##* }"
	tc qdisc del dev c0 root
	same "keepalive-late: probes" "$(result keepalive-late verdict)" probes
	about keepalive-late idle_s 1
else
	skip "keepalive-late" "no qdisc tbf (as root: modprobe sch_tbf): $(cat $WORK/tbf.err)"
fi

for each in "$WORK"/r.*[!er]; do
	[ "$(result "${each#"$WORK"/r.}" resets_leaked)" = 0 ] || echo "$each"
done >$WORK/leaks
same "no kernel reset leaked" "$(grep -v '\.code$\|\.err$' $WORK/leaks)" ''
for ns in srv srv2; do
	same "$ns holds no connection of ours but those it never accepts" \
		"$(in_ns $ns ss -Htan state established)" ''
done
nothing_left 5
