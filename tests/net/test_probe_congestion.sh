#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Experiments about windows, losses, SACK, ECN and Fast Open on two hosts that differ in their
# sysctls and routes, which say what the verdicts must be. All run at once.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need jq /usr/bin/python3 tshark
net_pair
new_host srv2
B_IP=10.78.0.2
{
	link_hosts here d0 10.78.0.1/24 srv2 t0 10.78.0.2/24
} || skip_all "no second veth pair here (as root: modprobe veth)"
in_ns srv sysctl -qw net.ipv4.tcp_fastopen=3 net.ipv4.tcp_ecn=1 \
	net.ipv4.tcp_congestion_control=reno
in_ns srv2 sysctl -qw net.ipv4.tcp_fastopen=0 net.ipv4.tcp_ecn=0 net.ipv4.tcp_dsack=0 \
	net.ipv4.tcp_reordering=5 net.ipv4.tcp_min_snd_mss=100 net.ipv4.tcp_syncookies=0 \
	net.ipv4.tcp_challenge_ack_limit=10 net.ipv4.tcp_invalid_ratelimit=0 \
	net.ipv4.tcp_mtu_probing=1 net.ipv4.tcp_base_mss=600 net.ipv4.tcp_retries1=1
in_ns srv2 ip route change 10.78.0.0/24 dev t0 initcwnd 4

# Another congestion control than reno has another share of the window left after a loss.
new_host srv3
C_IP=10.79.0.2
{
	link_hosts here e0 10.79.0.1/24 srv3 u0 10.79.0.2/24
} || skip_all "no third veth pair here (as root: modprobe veth)"
in_ns srv3 sysctl -qw net.ipv4.tcp_reordering=12
CUBIC=yes
in_ns srv3 ip route change 10.79.0.0/24 dev u0 congctl cubic 2>/dev/null || CUBIC=

# It takes more duplicate ACKs for a loss than are sent.
new_host srv4
D_IP=10.80.0.2
{
	link_hosts here f0 10.80.0.1/24 srv4 v0 10.80.0.2/24
} || skip_all "no fourth veth pair here (as root: modprobe veth)"
in_ns srv4 sysctl -qw net.ipv4.tcp_reordering=24

# One that leaves its window nearly as it was.
new_host srv5
E_IP=10.81.0.2
{
	link_hosts here g0 10.81.0.1/24 srv5 w0 10.81.0.2/24
} || skip_all "no fifth veth pair here (as root: modprobe veth)"
BBR=yes
in_ns srv5 ip route change 10.81.0.0/24 dev w0 congctl bbr 2>/dev/null || BBR=

habit srv "$SERVER_IP" 5001 greet n=1000000
habit srv "$SERVER_IP" 5002 echo fastopen=5
habit srv "$SERVER_IP" 5003 greet n=3000
habit srv "$SERVER_IP" 5005 greet n=1000000 asked=1
habit srv2 $B_IP 5001 greet n=1000000
habit srv3 $C_IP 5001 greet n=1000000
habit srv4 $D_IP 5001 greet n=1000000
habit srv5 $E_IP 5001 greet n=1000000
habit srv2 $B_IP 5002 echo
habit srv "$SERVER_IP" 5004 echo backlog=8
habit srv2 $B_IP 5004 echo backlog=8

# later NAME EXPERIMENT ADDR PORT: in the background; of NAME KEY then. Where the machine is busy
# a server may be so slow that it cannot be told: then once more.
later() {
	local name="$1"
	shift
	echo "$*" >"$WORK/r.$name.words"
	{
		for _ in 1 2 3; do
			may_take 60 "$TCPCRAFT" probe "$@" --json --echo >"$WORK/r.$name" \
				2>"$WORK/r.$name.err"
			code=$?
			[ $code = 1 ] || break
		done
		echo "$code" >"$WORK/r.$name.code"
	} &
	JOBS="${JOBS-} $!"
}

of() {
	jq -r "select(.type == \"result\") | $2" "$WORK/r.$1"
}

# alone NAME: the same once more, without the others
alone() {
	# shellcheck disable=SC2046 # words
	later "$1" $(cat "$WORK/r.$1.words")
	wait "${JOBS##* }"
}

# told NAME JQ WANT: what could not be told beside all the others is asked without them, once.
told() {
	if [ "$(cat "$WORK/r.$1.code")" = 1 ] && mkdir "$WORK/r.$1.alone" 2>/dev/null; then
		alone "$1"
	fi
	same "$1: $2" "$(of "$1" "$2" 2>&1) $(cat "$WORK/r.$1.code")" "$3 0"
}

# told_alone NAME JQ WANT: so is what came out otherwise: a round of a server whose processor is late
# is told as two.
told_alone() {
	local left=3
	while [ "$(of "$1" "$2" 2>&1)" != "$3" ] && [ $left -gt 0 ]; do
		mkdir -p "$WORK/r.$1.alone"
		alone "$1"
		left=$((left - 1))
	done
	told "$@"
}

observe wire srv s0 "tcp"
for each in icw min-mss slow-start loss-response; do
	later "$each.a" $each "$SERVER_IP" 5001
	later "$each.b" $each $B_IP 5001
done
later loss-response.c loss-response $C_IP 5001
later loss-response.d loss-response $D_IP 5001
later loss-response.e loss-response $E_IP 5001
# Data in a SYN is taken without a cookie.
in_ns srv3 sysctl -qw net.ipv4.tcp_fastopen=0x603
habit srv3 $C_IP 5002 echo
later fastopen.c fastopen $C_IP 5002
for each in sack-receiver ecn fastopen challenge-limit; do
	later "$each.a" $each "$SERVER_IP" 5002
	later "$each.b" $each $B_IP 5002
done
later ecn.much ecn "$SERVER_IP" 5005
later ack-of-unsent.a ack-of-unsent "$SERVER_IP" 5002
later syn-flood-defence.a syn-flood-defence "$SERVER_IP" 5004
later syn-flood-defence.b syn-flood-defence $B_IP 5004
later pmtud-blackhole.a pmtud-blackhole "$SERVER_IP" 5001 --timeout 4
later pmtud-blackhole.b pmtud-blackhole $B_IP 5001
later icw.short icw "$SERVER_IP" 5003
later icw.silent icw "$SERVER_IP" 5002
# shellcheck disable=SC2086 # words
wait $JOBS
JOBS=""
in_ns srv2 sysctl -qw net.ipv4.tcp_sack=0
later sack-receiver.off sack-receiver $B_IP 5002
wait "${JOBS# }"
observed wire

MSS=1460
[ "$FAMILY" = 4 ] || MSS=1440
told icw.a "\"\(.verdict) \(.numbers.segments_mss_536) \(.numbers.bytes_mss_$MSS)\"" \
	"rfc6928 10 $((10 * MSS))"
told icw.b '"\(.value) \(.numbers.bytes_mss_536)"' "4 2144"
same "icw: an answer that is shorter is no window" "$(of icw.short .verdict)" too-short
same "icw: nor is an echo of ten bytes" "$(of icw.silent .told)" false
told min-mss.a '"\(.verdict) \(.value)"' \
	"floor $(in_ns srv sysctl -n net.ipv4.tcp_min_snd_mss)"
told min-mss.b '"\(.numbers.segment_at_216) \(.numbers.segment_at_1)"' \
	"216 $(in_ns srv2 sysctl -n net.ipv4.tcp_min_snd_mss)"
told_alone slow-start.a '"\(.verdict) \(.numbers.segments_a_round | split(" ")[:3])"' \
	'slow-start ["10","20","40"]'
told_alone slow-start.b '"\(.verdict) \(.numbers.segments_a_round | split(" ")[:2])"' \
	'slow-start ["4","8"]'
told loss-response.a '"\(.verdict) \(.value) \(.numbers.segments_after_timeout)"' \
	"fast-retransmit 3 1"
told loss-response.a '.numbers.segments_after / .numbers.segments_before | . >= 0.4 and . <= 0.6' \
	true
told loss-response.c .value 12
if [ -n "$CUBIC" ]; then
	told_alone loss-response.c '.numbers.segments_after / .numbers.segments_before | . >= 0.65 and . <= 0.75' \
		true
else
	skip "loss-response.c: 0.7 of the window" "this kernel has no cubic (modprobe tcp_cubic)"
fi
told loss-response.b .value "$(in_ns srv2 sysctl -n net.ipv4.tcp_reordering)"
if [ -n "$BBR" ]; then
	told_alone loss-response.e .verdict keeps-its-window
else
	skip "loss-response.e: keeps its window" "this kernel has no bbr (modprobe tcp_bbr)"
fi
told_alone loss-response.d '"\(.verdict) \(.numbers.duplicate_acks)"' "no-fast-retransmit 12"
told sack-receiver.a '"\(.verdict) \(.numbers.dsack)"' "right yes"
told sack-receiver.b '"\(.verdict) \(.numbers.dsack)"' "right-no-dsack no"
told sack-receiver.off .verdict off
told ecn.a '"\(.verdict) \(.numbers.its_data_is_capable) \(.numbers.reacts_to_an_echo)"' \
	"works yes yes"
told ecn.b .verdict off
# What was under way when we echoed a mark has no CWR yet.
told ecn.much .verdict works
told fastopen.a '"\(.verdict) \(.value) \(.numbers.data_with_wrong_cookie)"' "works 8 left"
told fastopen.b .verdict off
told fastopen.c .verdict needs-no-cookie
told ack-of-unsent.a '"\(.numbers.established), \(.numbers.handshake)"' \
	"answered with an ACK, reset"
told challenge-limit.a '"\(.verdict) \(.value < 20)"' "per-connection true"
told challenge-limit.b .verdict shared
told pmtud-blackhole.a .verdict never-smaller
told pmtud-blackhole.b '"\(.verdict) \(.value)"' \
	"smaller $(in_ns srv2 sysctl -n net.ipv4.tcp_base_mss)"
told_alone syn-flood-defence.a '"\(.verdict) \(.numbers.takes_a_byte)"' "cookies yes"
told_alone syn-flood-defence.b .verdict drops
check_wire wire "ip.src == $CLIENT_IP"
nothing_left
