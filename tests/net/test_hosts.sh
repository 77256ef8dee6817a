#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2119 # nothing_left takes no argument here
# The hosts that people have: a firewall that rejects what it does not know, answers that
# come in by another door, ports that a container publishes, root without its powers.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/net/guard.sh
. "$(dirname "$0")/guard.sh"

need iptables
net_pair
PORT=7000

# ---- an INPUT chain that rejects what conntrack does not know ------------------------

reject() {
	iptables -w 5 -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	iptables -w 5 -A INPUT -p icmp -j ACCEPT
	iptables -w 5 -A INPUT -j REJECT --reject-with icmp-host-prohibited
	rules_are_mine
}
no_reject() {
	iptables -w 5 -F INPUT
	rules_are_mine
}

# listens GUARD BACKEND: a client of the kernel's own on the other host is served
listens() {
	export RST_GUARD_BACKEND="$2"
	observe "l$1$2" srv s0 "host $CLIENT_IP"
	start "listen$1$2" here "$TCPCRAFT" listen --guard "$1" --timeout 60 \
		--data-string hello --json $PORT
	says "$WORK/listen$1$2.err" '^listening' 10
	_listener=$PID
	printf hi >"$WORK/hi"
	in_ns srv timeout 60 nc -N -w 30 "$CLIENT_IP" $PORT <"$WORK/hi" >"$OUT" 2>"$ERR"
	same "a client behind a firewall that rejects is served ($1, $2)" "$? $(cat "$OUT")" \
		"0 hello"
	wait_for 20 gone "$_listener" || stop "$_listener"
	observed "l$1$2"
	none "and was told nothing by this host's ICMP ($1, $2)" \
		"$(packets "l$1$2" "icmp && ip.src == $CLIENT_IP" icmp.type icmp.code)"
	matches "and nothing leaked ($1, $2)" "$WORK/listen$1$2.out" '"resets_leaked": *0'
	unset RST_GUARD_BACKEND
}

# Where the guard cannot stop it, it is at least told.
leak_is_told() {
	start leak here "$TCPCRAFT" listen --guard off --timeout 3 --data-string hello $PORT
	says "$WORK/leak.err" '^listening' 10
	_listener=$PID
	in_ns srv timeout 5 nc -w 2 "$CLIENT_IP" $PORT </dev/null >"$OUT" 2>"$ERR"
	wait_for 8 gone "$_listener" || stop "$_listener" INT
	matches "the ICMP errors of this host are counted and told" "$WORK/leak.err" \
		'packet filter rejects what the peer sends: [1-9][0-9]* ICMP error'
}

test_reject() {
	need nc
	reject
	for _b in iptables-nft iptables-legacy; do
		command -v $_b-restore >/dev/null && $_b -w 5 -S OUTPUT >/dev/null 2>&1 &&
			listens rst "$_b"
	done
	! command -v nft >/dev/null || listens nft nft
	listens shield iptables-nft
	leak_is_told
	no_reject
	nothing_left
}

# The rule is about our ports and peers alone.
test_icmp_scope() {
	"$GUARD" add --ports $PORT --local "$CLIENT_IP" --peer "$SERVER_IP"
	iptables -w 5 -A INPUT -p tcp -j REJECT --reject-with icmp-host-prohibited
	# Linux tells one host six errors at once, then one a second: what was asked before counts.
	echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
	observe scope srv s0 "icmp and src host $CLIENT_IP"
	for _port in $PORT $((PORT + 1)); do
		in_ns srv timeout 5 nc -w 1 "$CLIENT_IP" "$_port" </dev/null >"$OUT" 2>&1
	done
	observed scope
	same "only what quotes a guarded port is dropped" \
		"$(packets scope icmp tcp.dstport | sort -u)" $((PORT + 1))
	no_reject
	"$GUARD" del --ports $PORT --local "$CLIENT_IP" --peer "$SERVER_IP" >"$OUT"
	matches "and counted" "$OUT" '^blocked [1-9]'
	nothing_left
}

# ---- what only the host knows -----------------------------------------------------------

# Answers to 10.99.0.1 come in on c1; the route out names c0.
test_other_interface() {
	link_hosts here c1 10.78.0.1/24 srv s1 10.78.0.2/24 || return
	for _ns in here srv; do
		for _if in all default c0 c1 s0 s1; do
			in_ns $_ns sh -c "f=/proc/sys/net/ipv4/conf/$_if/rp_filter
				[ ! -e \$f ] || echo 0 >\$f"
		done
	done
	ip addr add 10.99.0.1/32 dev lo
	in_ns srv ip addr add 10.8.8.1/32 dev lo
	ip route add 10.8.8.1 via "$SERVER_IP" src 10.99.0.1
	in_ns srv ip route add 10.99.0.1 via 10.78.0.1
	protd_start srv 10.8.8.1
	run 30 "$TCPCRAFT" prot 10.8.8.1 "$PROTD_PORT" hello --timeout 1
	same "answers on another interface are not the peer's fault" "$RC" 3
	matches "and the cure is named" "$ERR" 'not on c0 .* another interface: -i any'
	matches "by connect too" "$(printf x | "$TCPCRAFT" connect 10.8.8.1 "$PROTD_PORT" \
		--timeout 1 -q 2>"$ERR"; echo "$ERR")" 'another interface: -i any'
	run 30 "$TCPCRAFT" prot 10.8.8.1 "$PROTD_PORT" hello -i any
	same "with which it works" "$RC" 0
	ip link del c1
	stop "$PROTD_PID"
	nothing_left
}

test_translated() {
	protd_start srv "$SERVER_IP"
	_far=$PROTD_PORT _server=$PROTD_PID
	protd_start here 127.0.0.1
	_near=$PROTD_PORT
	iptables -w 5 -t nat -A OUTPUT -d "$CLIENT_IP" -p tcp --dport 8080 -j DNAT \
		--to "$SERVER_IP:$_far"
	iptables -w 5 -t nat -A OUTPUT -d 127.0.0.1 -p tcp --dport 80 -j REDIRECT \
		--to-ports "$_near"
	rules_are_mine
	run 30 "$TCPCRAFT" prot "$CLIENT_IP" 8080 hello --timeout 1
	same "a published port is not the peer's fault" "$RC" 3
	matches "our SYN was not seen where it should be" "$ERR" \
		'none of our .* was seen on lo.*nat OUTPUT'
	run 30 "$TCPCRAFT" prot 127.0.0.1 80 hello --timeout 1
	same "nor is a redirected one" "$RC" 3
	matches "where it goes is named" "$ERR" "to 127.0.0.1 port $_near"
	run 30 "$TCPCRAFT" prot 127.0.0.1 "$_near" hello
	same "and there it works" "$RC" 0
	iptables -w 5 -t nat -F OUTPUT
	rules_are_mine
	stop "$PROTD_PID"
	stop "$_server"
}

test_container() {
	command -v capsh >/dev/null || { skip "root without CAP_NET_ADMIN" "no capsh (as root: apt-get install libcap2-bin)"; return; }
	protd_start srv "$SERVER_IP"
	run 30 capsh --drop=cap_net_admin,cap_sys_admin -- -c \
		"$NO_LEAK_CHECK '$TCPCRAFT' prot $SERVER_IP $PROTD_PORT hello"
	same "root without CAP_NET_ADMIN is told" "$RC" 3
	matches "which capability, and what works without" "$ERR" \
		'root lacks CAP_NET_ADMIN.*--source with an unused address.*--guard off'
	run 30 capsh --drop=cap_net_admin,cap_sys_admin -- -c \
		"$NO_LEAK_CHECK '$TCPCRAFT' prot $SERVER_IP $PROTD_PORT hello --source 10.77.0.77"
	same "which does" "$RC" 0
	run 30 capsh --drop=cap_net_raw,cap_net_admin -- -c \
		"$NO_LEAK_CHECK '$TCPCRAFT' prot $SERVER_IP $PROTD_PORT hello"
	matches "without CAP_NET_RAW too" "$ERR" 'CAP_NET_RAW, which root lacks here'
	run 60 capsh --drop=cap_net_raw,cap_net_admin -- -c "'$TCPCRAFT' doctor -q"
	matches "doctor says what works all the same" "$OUT" \
		'^works without privilege: .*show, explain'
	stop "$PROTD_PID"
}

# The route wants another MSS announced than its MTU leaves.
test_advmss() {
	ip route add 10.77.0.2/32 dev c0 advmss 777
	observe mss srv s0 "tcp and src host $CLIENT_IP"
	run 30 "$TCPCRAFT" send "$SERVER_IP" 9 -q
	run 30 "$TCPCRAFT" prot "$SERVER_IP" 9 hello
	observed mss
	same "the route's advmss is announced" \
		"$(packets mss 'tcp.options.mss' tcp.options.mss_val | sort -u)" 777
	ip route del 10.77.0.2/32 dev c0
}

# Where a subnet has no room for a spare address none is asked for; where it has, there is a choice.
test_no_room() {
	link_hosts here c2 10.79.0.1/24 srv s2 10.79.0.2/24 || return
	for _bits in 32 31; do
		ip addr flush dev c2
		ip addr add 10.79.0.0/$_bits dev c2
		ip route replace 10.79.0.1/32 dev c2
		run 30 "$TCPCRAFT" send 10.79.0.1 9 --source 10.79.9.9
		same "a subnet of /$_bits: exit 2" "$RC" 2
		matches "… has no room for another address" "$ERR" \
			'c2 \(10\.79\.0\.0/'$_bits'\), which has no room for another: leave out --source'
	done
	ip link del c2
	run 30 "$TCPCRAFT" send "$SERVER_IP" 9 --source 10.79.9.9
	matches "one of /24 has" "$ERR" 'c0 \(10\.77\.0\.1/24\): choose an unused one there'
}

# ---- send, and a server's queue -------------------------------------------------------------


half_open() { in_ns srv ss -Hnt state syn-recv | wc -l; }
none_half_open() { [ "$(half_open)" = 0 ]; }

test_send_resets() {
	start queue srv /usr/bin/python3 -c '
import socket, sys, time
s = socket.socket()
s.bind((sys.argv[1], int(sys.argv[2]))); s.listen(4)
print("listening", flush=True)
time.sleep(3600)' "$SERVER_IP" $PORT
	_server=$PID
	says "$WORK/queue.out" '^listening' 10
	for _guard in off rst shield; do
		run 60 "$TCPCRAFT" send "$SERVER_IP" $PORT tcp.seq=1-30 --guard $_guard \
			--json -c 1 --timeout 3
		same "30 SYNs to a queue of 4 are all answered (guard $_guard)" \
			"$(tail -n 1 "$OUT" | grep -o '"answered": *[0-9]*' | tr -dc 0-9)" 30
		wait_for 5 none_half_open
		same "and nothing is half open at the server (guard $_guard)" "$(half_open)" 0
	done
	observe resets srv s0 "tcp port $PORT"
	run 60 "$TCPCRAFT" send "$SERVER_IP" $PORT --json
	observed resets
	_ack=$(packets resets 'tcp.flags == 0x012' tcp.ack)
	same "the reset has the number that the SYN,ACK acknowledges, and no more" \
		"$(packets resets 'tcp.flags.reset == 1' tcp.flags tcp.seq tcp.ack)" \
		"$(printf '0x0004\t%s\t0' "$_ack")"
	matches "it is not a reset of the kernel's" "$OUT" '"resets_leaked": *0'
	# Once the guard is gone the kernel would reset them at the next SYN,ACK, a second later.
	iptables -w 5 -I OUTPUT -p tcp --tcp-flags RST RST -j DROP
	run 60 "$TCPCRAFT" send "$SERVER_IP" $PORT tcp.srcport=4000-4002 --half-open -q
	same "--half-open leaves them" "$(half_open)" 3
	iptables -w 5 -D OUTPUT -p tcp --tcp-flags RST RST -j DROP
	rules_are_mine
	stop "$_server"
	nothing_left
}

# ---- LISTEN, RFC 9293 3.10.7.2 ----------------------------------------------------------------

test_listen() {
	start lsn here "$TCPCRAFT" listen --keep $PORT
	says "$WORK/lsn.err" '^listening' 10
	_listener=$PID
	observe quiet srv s0 "tcp port $PORT"
	in_ns srv "$TCPCRAFT" send "$CLIENT_IP" $PORT tcp.srcport=5000 \
		'tcp.flags=F,0,P,U,FPU' --data-string x --guard off --timeout 1 -q >"$OUT" 2>"$ERR"
	in_ns srv "$TCPCRAFT" send "$CLIENT_IP" $PORT tcp.srcport=5001 'tcp.flags=R' \
		--guard off --timeout 1 -q >"$OUT" 2>"$ERR"
	in_ns srv "$TCPCRAFT" send "$CLIENT_IP" $PORT tcp.srcport=5002 'tcp.flags=A,SA' \
		--guard off --timeout 1 -q >"$OUT" 2>"$ERR"
	observed quiet
	same "all were sent" "$(packets quiet "ip.src == $SERVER_IP" tcp.srcport | sort | uniq -c |
		tr -s ' \n' ' ')" " 5 5000 1 5001 2 5002 "
	none "LISTEN drops what has neither SYN nor ACK nor RST, and resets" \
		"$(packets quiet "ip.src == $CLIENT_IP && tcp.dstport != 5002" tcp.flags)"
	same "and answers an ACK with a reset" \
		"$(packets quiet "ip.src == $CLIENT_IP" tcp.flags | sort | uniq -c | tr -s ' \n' ' ')" \
		" 2 0x0004 "
	stop "$_listener" INT
	nothing_left
}

# ---- TIME-WAIT ------------------------------------------------------------------------------------

test_time_wait() {
	protd_start srv "$SERVER_IP"
	run 30 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello
	! grep -q 'TIME-WAIT -> CLOSED' "$OUT"
	same "TIME-WAIT ends with the process" "$? $RC" "0 0"
	run 30 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello --msl 0.5
	matches "--msl waits for its end" "$OUT" 'TIME-WAIT -> CLOSED'
	stop "$PROTD_PID"
}

# ---- what the guard costs -------------------------------------------------------------------------

# hold_once PREFIX...: what it executes is in $WORK/execs, of which $_six look at IPv6's tables
hold_once() {
	"$@" strace -f -qq -e trace=execve,write -o "$WORK/execs" "$GUARD" hold --ports $PORT \
		--local 127.0.0.1 <"$WORK/none" >"$OUT"
	_before=$(sed '/write(1, "ready/,$d' "$WORK/execs" | grep -c 'execve(.* = 0$')
	_all=$(grep -c 'execve(.* = 0$' "$WORK/execs")
	_six=$(grep -c 'execve("[^"]*/ip6tables-.* = 0$' "$WORK/execs")
}

test_cost() {
	command -v strace >/dev/null || { skip "the cost of a guard" "no strace (as root: scripts/setup test)"; return; }
	: >"$WORK/none"
	hold_once env
	# The script itself, readlink, a look and a change. At IPv6's tables it looks afterwards,
	# once for each back end, for what the dead may have left.
	if [ "$_before" -le 4 ] && [ $((_all - _six)) -le 8 ] && [ "$_six" -le 2 ]; then
		ok "a guard is in force after 4 programs, and gone after 8, and 2 looks at IPv6's"
	else
		not_ok "a guard is in force after 4 programs, and gone after 8, and 2 looks at IPv6's" \
			"$_before and $_all" "$(grep execve "$WORK/execs")"
	fi
	hold_once unshare --net
	same "where there are no tables of IPv6 it does not look for any" "$_six" 0
	nothing_left
}

# An address of IPv6 is this host's a second or two after it was given (RFC 4862 5.4), or not at all.
test_tentative() {
	if ! { ipv6_host here && ipv6_host srv; }; then
		skip "tentative addresses" "no IPv6 in this kernel (modprobe ipv6)"
		return
	fi
	echo 1 >/proc/sys/net/ipv6/conf/c0/accept_dad
	ip addr add fd77::5/64 dev c0
	run 30 "$TCPCRAFT" connect fd77::5 9 </dev/null
	matches "an address of a moment ago is reached as our own" "$ERR" 'refused'
	ip addr add fd77::6/64 dev c0
	start tentative here "$TCPCRAFT" listen fd77::6 9999 --prot --keep -q
	check "one listens at such an address" wait_for 10 sh -c \
		"'$TCPCRAFT' prot fd77::6 9999 x -q --timeout 1 2>/dev/null | grep -q ACK"
	stop "$PID"
	in_ns srv ip addr add fd77::7/64 dev s0 nodad
	ip addr add fd77::7/64 dev c0
	run 30 "$TCPCRAFT" listen fd77::7 9999
	same "not at one that another host has: exit 3" "$RC" 3
	matches "… which is said" "$ERR" 'fd77::7: another host of its link has it, too .dadfailed'
	same "… since it does: ip" "$(ip -6 -o addr show dev c0 dadfailed | grep -c fd77::7/)" 1
	run 30 "$TCPCRAFT" send fd77::2 9 --source fd77::7
	matches "nor is it sent from" "$ERR" 'another host of its link has it'
	ip link add c3 type veth peer name s3
	echo 1 >/proc/sys/net/ipv6/conf/c3/accept_dad
	ip link set c3 up
	ip addr add fd77::8/64 dev c3
	run 30 "$TCPCRAFT" listen fd77::8 9999
	same "nor while that cannot be known: exit 3" "$RC" 3
	matches "… which is said" "$ERR" 'fd77::8 is not good yet .tentative.: whether another host'
	ip link del c3
	nothing_left
}

test_reject
test_icmp_scope
test_other_interface
test_translated
test_container
test_advmss
test_no_room
test_send_resets
test_listen
test_time_wait
test_cost
test_tentative
