#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Around the experiments of `probe`: targets and rows, rates and addresses, files, signals,
# peers that do not play along, comparisons, a router on the way.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables dumpcap tshark /usr/bin/python3

probe() {
	run 30 "$TCPCRAFT" probe "$@"
}

# usage MESSAGE ARGS...: exit 2, and the line says so
usage() {
	local what="$1"
	shift
	probe "$@"
	same "exit 2: $*" "$RC" 2
	matches "… it says: $what" "$ERR" "$what"
}

result() {
	sed -n "s/.*[{,]\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$OUT"
}

net_pair
ALL=0.0.0.0 SECOND=10.77.0.3 NOBODY=10.77.0.9 BITS=24 PUBLIC=8.8.8.8 PUBLIC_NET=8.8.8.0/24
TWO=10.77.0.2/31:1 CROWD=10.78.0. CROWD_NET=10.78.0.0/28 CROWD_SOME=10.78.0.0/30 CROWD_N=14 SOME='1 2' OTHER=::1
REJECT='--reject-with icmp-admin-prohibited' SAYS='type 3 code 13'
if [ "$FAMILY" = 6 ]; then
	ALL=:: SECOND=fd77::3 NOBODY=fd77::9 BITS=64 PUBLIC=2606:4700::1 PUBLIC_NET=2606:4700::/32
	TWO='[fd77::2]/127:1' CROWD=fd78:: CROWD_NET=fd78::/124 CROWD_SOME=fd78::/126 CROWD_N=15 SOME='1 2 3'
	OTHER=2001:db8:99::1 REJECT='--reject-with icmp6-adm-prohibited' SAYS='type 1 code 1'
fi
# at HOST PORT: as one word
at() {
	case $1 in *:*) echo "[$1]:$2" ;; *) echo "$1:$2" ;; esac
}
in_ns srv ip addr add $SECOND/$BITS dev s0
[ "$FAMILY" = 4 ] || comes $SECOND has_address6 srv s0 $SECOND
protd_start srv $ALL -p 9999
habit srv $ALL 5003 echo
ip route add $PUBLIC_NET via "$SERVER_IP"

# ---- the command line ---------------------------------------------------------------------

usage 'no experiment .nonsense' nonsense "$SERVER_IP" 80
usage 'which port of' isn "$SERVER_IP"
usage 'neither this host nor in a private' isn $PUBLIC 80
usage 'length is 0 to 32' isn 10.0.0.0/33 80
usage 'more than 65536' isn 10.0.0.0/8 80
usage 'too many arguments' isn "$(at "$SERVER_IP" 1)" 9999
usage 'nowhere' isn @/nowhere 80
usage 'one target, here are 2' isn "$SERVER_IP,$SECOND" 80 -w $WORK/x.pcap
usage 'two hosts' compare "$SERVER_IP" 9999
usage 'two hosts' compare "$SERVER_IP,$SECOND" 9999 --against /dev/null
usage 'prefix' read-size "$SERVER_IP" 9999 --prefix 5g
usage 'trials' read-size "$SERVER_IP" 9999 --trials 0
echo '{"type":"result"' >$WORK/cut
usage 'cut: a line is not JSON' compare "$SERVER_IP" 9999 --against $WORK/cut
echo '{}' >$WORK/empty
usage 'no results' compare "$SERVER_IP" 9999 --against $WORK/empty
probe --list
same "--list needs nothing else" "$RC $(grep -c '^read-size ' "$OUT")" "0 1"

# ---- targets: one row each ----------------------------------------------------------------

printf '%s # the first\n%s\n\n%s\n' "$SERVER_IP" "$(at $SECOND 5003)" $NOBODY >$WORK/hosts
probe read-size "@$WORK/hosts,$TWO" 9999 --csv --rate 2000 --timeout 1
same "exit of the worst" "$RC" 1
same "one row a target, in order" "$(sed 1d "$OUT" | cut -d, -f1-4 | tr -d '"')" \
	"$SERVER_IP,9999,read-size,fixed-size
$SECOND,5003,read-size,replies
$NOBODY,9999,read-size,no-way
$SERVER_IP,1,read-size,refused
$SECOND,1,read-size,refused"
same "csv has a heading" "$(head -n 1 "$OUT" | cut -d, -f1-5)" \
	"host,port,experiment,verdict,value"

printf 'no.such.host.invalid\n%s\n' $OTHER >$WORK/odd
probe isn @$WORK/odd 9999 --csv
same "rows tell why nothing was sent" "$(grep -cE \
	"no-way.*(unknown host 'no.such.host.invalid'|no route to $OTHER)" "$OUT")" 2

# ---- several at once ------------------------------------------------------------------------

in_ns srv ip route add local $CROWD_NET dev lo
ip route add $CROWD_NET via "$SERVER_IP"
start crowd here "$TCPCRAFT" probe synack-retries $CROWD_NET 5003 --csv --rate 5000 \
	--save $WORK/crowd.kept
asked_at_once() {
	[ "$(in_ns srv ss -Htan state syn-recv | grep -c " \[*${CROWD}[0-9a-f]*\]*:5003 ")" = $CROWD_N ]
}
check "$CROWD_N targets are asked at the same time" wait_for 10 asked_at_once
same "… behind one guard" "$(tables here -S TCPCRAFT-OUT | grep -c -e --sport)" 1
stop "$PID" INT
same "stopped, each tells what it has seen, in the order of the list" \
	"$RC $(sed 1d $WORK/crowd.out | cut -d, -f1,4 | tr -d '"' | tr '\n' ' ')" \
	"130 $(for i in $(seq $CROWD_N); do printf '%s%s,interrupted ' "$CROWD" "$(
		[ "$FAMILY" = 4 ] && echo "$i" || printf %x "$i")"; done)"
probe read-size "$CROWD_SOME,$(at "${CROWD}9" 5003)" 9999 --json --rate 500 --save $WORK/crowd.all
same "what it keeps is of all, whole lines" \
	"$RC $(/usr/bin/python3 -c 'import json, sys
for line in sorted((json.loads(line) for line in sys.stdin), key=lambda line: line["host"]):
    print(line["host"], line["verdict"], end=" ")' <$WORK/crowd.all)" \
	"0 $(for i in $SOME; do printf '%s%s fixed-size ' "$CROWD" "$i"; done)${CROWD}9 replies "
observe shared srv s0 "tcp port 5003"
probe isn "$CROWD_SOME,${CROWD}9" 5003 --most 40 --csv
observed shared
# (each has its part, and a second may begin in the middle of one's turn)
same "the rate is of all together: off-host no second has more than 100 packets" \
	"$(packets shared "ip.src == $CLIENT_IP" frame.time_epoch |
	awk '{ n[int($1)]++ } END { for (s in n) if (n[s] > 105) bad++; print bad + 0, (NR > 100) }')" "0 1"
nothing_left 5

# ---- what is sent ---------------------------------------------------------------------------

observe rate srv s0 "tcp port 5003"
probe isn "$SERVER_IP" 5003 --most 40 --json -w $WORK/run.pcapng --html $WORK/run.html
same "isn: rfc6528" "$(result verdict) $RC" "rfc6528 0"
observed rate
# (One that a busy machine sent late is nearer to the next; but not twenty behind it.)
same "off-host 100 packets a second at most: no twenty within 180 ms" "$(
	packets rate "ip.src == $CLIENT_IP" frame.time_epoch |
	awk '{ at[NR] = $1 } NR > 20 && $1 - at[NR - 20] < 0.18 { n++ } END { print n + 0 }')" 0
check_wire rate "ip.src == $CLIENT_IP"
same "the capture has as many of ours as the observer saw" \
	"$(tshark -n -r $WORK/run.pcapng -Y "$(named ip.src) == $CLIENT_IP" 2>/dev/null | wc -l)" \
	"$(packets rate "ip.src == $CLIENT_IP" frame.number | wc -l)"
check "the page tells the verdict" grep -q 'isn: rfc6528: unrelated' $WORK/run.html
same "the server holds nothing of it" "$(in_ns srv ss -Htan state connected)" ''
probe read-size "$SERVER_IP" 9999 --rate 2000
matches "the evidence is shown" "$OUT" '^ +[0-9.]+ --> :[0-9]+ P\. +seq 1:11 \(10\)'
matches "and the clause" "$OUT" 'RFC 9293 3\.10\.4'
probe read-size "$SERVER_IP" 9999 --rate 2000 -q
same "-q: the verdict alone" "$(wc -l <"$OUT")" 1
probe read-size "$SERVER_IP" 9999 --rate 2000 -v
check "-v: every segment" test "$(grep -c -- '--> :' "$OUT")" -gt 20

# ---- peers that do not play along -------------------------------------------------------

tables srv -A INPUT -p tcp --dport 81 -j DROP
# shellcheck disable=SC2086 # words
tables srv -A INPUT -p tcp --dport 82 -j REJECT $REJECT
EACH=$("$TCPCRAFT" probe --list | grep -v '\[of clients\]' | sed -n 's/^\([a-z-]*\) .*/\1/p' |
	grep -vxE 'all|compare|simultaneous-open|path')
for each in $EACH; do
	"$TCPCRAFT" probe "$each" "$SERVER_IP" 81 --timeout 1 --rate 2000 --json >"$WORK/f.$each" \
		2>&1 &
	eval "PID_$(echo "$each" | tr - _)=$!"
done
for each in $EACH; do
	eval "wait \$PID_$(echo "$each" | tr - _)"
	RC=$? OUT=$WORK/f.$each
	same "filtered: $each" "$(result verdict) $RC" "no-answer 1"
done
OUT=$WORK/out
probe read-size "$SERVER_IP" 82 --timeout 1 --json
same "prohibited" "$(result verdict) $RC" "unreachable 1"
matches "its evidence is the ICMP error" "$OUT" "ICMP(v6)? from $SERVER_IP $SAYS"
probe read-size "$SERVER_IP" 9999 --guard off --rate 2000 --json
same "without a guard our kernel interferes, and that is said" "$(result verdict) $RC" \
	"kernel-reset 1"
# one that goes away for good in the middle
start vanishing here "$TCPCRAFT" probe keepalive "$SERVER_IP" 5003 --timeout 3 --json
two_open() {
	[ "$(in_ns srv ss -Htn state established | grep -c :5003)" = 2 ]
}
check "both its connections are open" wait_for 5 two_open
in_ns srv ip link set s0 down
wait "$PID"
RC=$?
OUT=$WORK/vanishing.out
same "a silent wire: what is seen is told, and that nobody is there any more" \
	"$(result verdict) $(result target_after) $RC" "none-seen no-answer 1"
in_ns srv ip link set s0 up
wait_for 5 carrier here c0
ip route replace $PUBLIC_NET via "$SERVER_IP"
OUT=$WORK/out
nothing_left 5

# ---- signals ----------------------------------------------------------------------------------

for signal in INT TERM; do
	start stopped here "$TCPCRAFT" probe synack-retries "$SERVER_IP" 5003 --json
	check "SIG$signal: it begins" wait_for 5 sh -c \
		"nsenter --net=/run/netns/srv ss -Htan state syn-recv | grep -q :5003"
	stop "$PID" $signal
	OUT=$WORK/stopped.out
	same "SIG$signal: the verdict and what was seen" "$(result verdict) $RC" \
		"interrupted $([ $signal = INT ] && echo 130 || echo 143)"
	matches "SIG$signal: partial evidence" "$OUT" 'evidence":\[".* S '
	same "SIG$signal: nothing is left at the peer" "$(in_ns srv ss -Htan state syn-recv)" ''
done
OUT=$WORK/out
nothing_left 5

# Each of these has its verdict before it ever waits.
yes "$SERVER_IP" | head -n 300 >$WORK/many
start sweep here "$TCPCRAFT" probe isn @$WORK/many 6 --csv
check "a list begins" wait_for 10 grep -q ,refused, $WORK/sweep.out
stop "$PID" INT
same "SIGINT ends a list of quick targets" \
	"$RC $(test "$(grep -c refused $WORK/sweep.out)" -lt 100 && echo early)" "130 early"
nothing_left 5

# ---- comparisons ------------------------------------------------------------------------------

protd_start srv $SECOND -p 9998 --read-size 12
probe read-size "$SERVER_IP" 9999 --rate 2000 --save $WORK/saved -q
probe read-size "$SERVER_IP" 9999 --save $WORK/saved -q
same "--save does not overwrite" "$RC" 2
"$TCPCRAFT" probe compare $SECOND 9998 --against $WORK/saved --timeout 0.5 --rate 2000 \
	>$WORK/other 2>&1 &
other=$!
"$TCPCRAFT" probe compare "$SERVER_IP" 9999 --against $WORK/saved --timeout 0.5 --rate 2000 \
	--json >$WORK/same 2>&1 &
itself=$!

# ---- a router -----------------------------------------------------------------------------------

new_host rtr
new_host far
FAR=198.18.3.2 LESS=40 ERRORS='icmp --icmp-type fragmentation-needed'
[ "$FAMILY" = 4 ] || both_families rtr far
link_hosts here e0 10.79.1.1/24 rtr r0 10.79.1.254/24
link_hosts rtr r1 198.18.3.254/24 far f0 198.18.3.2/24 1300
if [ "$FAMILY" = 6 ]; then
	FAR=2001:db8:3::2 LESS=60 ERRORS='icmpv6 --icmpv6-type packet-too-big'
	address6 here e0 fd79::1 fe80::1
	address6 rtr r0 fd79::fe fe80::fe
	address6 rtr r1 2001:db8:3::fe fe80::fe
	address6 far f0 $FAR fe80::2
	in_ns rtr sysctl -qw net.ipv6.conf.all.forwarding=1
	ip route add 2001:db8:3::/64 via fd79::fe
	in_ns far ip route add default via 2001:db8:3::fe
else
	in_ns rtr sysctl -qw net.ipv4.ip_forward=1
	ip route add 198.18.3.0/24 via 10.79.1.254
	in_ns far ip route add default via 198.18.3.254
fi
habit far $FAR 5003 echo
probe options $FAR 5003 --echo --rate 1000 --json
same "options: the path MTU is the router's word" "$(result path_mtu) $(result mss)" \
	"1300 $((1300 - LESS))"
# shellcheck disable=SC2086 # words
tables rtr -A OUTPUT -p $ERRORS -j DROP
probe options $FAR 5003 --echo --rate 1000 --json
same "options: without that word it is found by trial" "$(result path_mtu)" 1300

# ---- what came of the comparisons ----------------------------------------------------------

wait $itself
same "with itself: the same, exit 0" "$? $(grep -c '"verdict":"same"' $WORK/same)" "0 1"
wait $other
same "with another: exit 4" "$?" 4
matches "what differs, and how" $WORK/other '^read-size +bytes +12 +9$'
same "and that alone" "$(wc -l <$WORK/other)" 2
nothing_left 5
