#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The guard of real runs: what an independent observer on the server's side sees, what
# others notice, and what is left when a run dies.
export FLOODS=yes
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/net/guard.sh
. "$(dirname "$0")/guard.sh"

SHAKES=200
[ -z "${TC_LONG-}" ] || SHAKES=2000
# Each kind of death, in one process after the other.
[ "$MOMENTS" -gt 8 ] || MOMENTS=8
need iptables nft tcpdump tshark nc

# of FAMILY: what the tests below are about. (Of IPv6 libpcap has no tcp[]: RFC 8200 3, the
# flags are the 14th byte of what follows 40.)
of() {
	family "$1"
	STACK=ipv4 OPENS_OR_RESETS="tcp[tcpflags] & (tcp-rst|tcp-syn) != 0"
	[ "$1" = 4 ] || STACK=ipv6 OPENS_OR_RESETS="ip6[6] == 6 and ip6[53] & 6 != 0"
}

# ---- what anybody crafts under the guard -----------------------------------------

# Connection requests from a block of ports that nobody has, to a server that answers: the
# kernel resets each answer.
cat >"$WORK/server.py" <<'END'
import signal, socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.bind((sys.argv[1], 0))
s.listen(1000)
print("listening on", s.getsockname()[1], flush=True)
signal.pause()
END
cat >"$WORK/knock.py" <<'END'
import socket, struct, sys
me, peer, port, first, n = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
family = socket.AF_INET6 if ":" in me else socket.AF_INET
s = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
s.bind((me, 0))
ends = socket.inet_pton(family, me) + socket.inet_pton(family, peer)
def checksum(b):
    t = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while t >> 16:
        t = (t & 65535) + (t >> 16)
    return t ^ 65535
for i in range(n):
    syn = struct.pack("!HHIIBBHHH", first + i, port, 1000 * i, 0, 0x50, 2, 65535, 0, 0)
    pseudo = ends + struct.pack("!HH", 6, len(syn))
    syn = syn[:16] + struct.pack("!H", checksum(pseudo + syn)) + syn[18:]
    s.sendto(syn, (peer, 0))
END

CRAFTED=200 CRAFT_FIRST=20000
blocked_all() {
	echo count >&8
	[ "$(sed -n 's/^blocked //p' "$WORK/crafted.out" | tail -n 1)" -ge $CRAFTED ] 2>/dev/null
}

# resets: how many the kernel has sent, of both families
resets() { awk '/^Tcp: [0-9]/ { print $15 }' /proc/net/snmp; }
reset_all() { [ "$(resets)" -ge "$1" ]; }

# crafted MODE: "off" is the proof that the test can fail. Each has ports of its own: the server
# says its SYN,ACK again to those before, which nobody guards any more.
crafted() {
	CRAFT_FIRST=$((CRAFT_FIRST + CRAFTED))
	_ours="tcp.srcport >= $CRAFT_FIRST &&"
	observe craft srv s0 "src host $CLIENT_IP and $OPENS_OR_RESETS"
	rm -f "$WORK/crafted.in"
	mkfifo "$WORK/crafted.in"
	# shellcheck disable=SC2016
	start crafted here sh -c 'in=$1; shift; exec "$@" <"$in"' sh "$WORK/crafted.in" \
		"$TC_BUILD/peers/guard_owner" "$1" "$CLIENT_IP" $CRAFT_FIRST $((CRAFT_FIRST + CRAFTED - 1)) \
		"$SERVER_IP" "$CRAFT_PORT"
	_owner=$PID
	exec 8>"$WORK/crafted.in"
	wait_for 10 grep -q '^ready ' "$WORK/crafted.out" ||
		not_ok "guard: it is in force for crafted segments" "$(cat "$WORK/crafted.err")"
	_all=$(($(resets) + CRAFTED))
	/usr/bin/python3 "$WORK/knock.py" "$CLIENT_IP" "$SERVER_IP" "$CRAFT_PORT" $CRAFT_FIRST $CRAFTED
	case $1 in
	off) wait_for 20 reset_all "$_all" ;;
	*) wait_for 20 blocked_all ;;
	esac
	observed craft
	exec 8>&-
	buried "$_owner"
	_resets=$(packets craft "$_ours tcp.flags.reset==1" tcp.srcport | sort -u | wc -l)
	same "guard: $CRAFTED crafted SYNs are on the wire (IPv$FAMILY, $1)" \
		"$(packets craft "$_ours tcp.flags.syn==1" tcp.srcport | sort -u | wc -l)" $CRAFTED
	if [ "$1" = off ]; then
		same "guard: without it the kernel resets them all (IPv$FAMILY)" "$_resets" $CRAFTED
	else
		same "guard: with it none (IPv$FAMILY, $1)" "$_resets" 0
		check "guard: and counts them" test "$(sed -n 's/^stopped //p' "$WORK/crafted.out")" \
			-ge $CRAFTED
	fi
	nothing_left
}

test_crafted() {
	start listens srv /usr/bin/python3 "$WORK/server.py" "$SERVER_IP"
	_server=$PID
	says "$WORK/listens.out" '^listening' 10 || not_ok "a server listens" "$(cat "$WORK/listens.err")"
	CRAFT_PORT=$(sed 's/.* //' "$WORK/listens.out")
	for _mode in off rst shield nft; do crafted $_mode; done
	stop "$_server"
}

# ---- tcpcraft's own ----------------------------------------------------------------

verdicts() { sed -n 's/.*"type":"result".*"verdict":"\([a-z-]*\)".*/\1/p' "$@"; }
number() { sed -n "s/.*\"type\":\"result\".*\"$1\":\([0-9]*\).*/\1/p" "$OUT"; }

# shakes MODE: connection after connection, and not one reset on the wire
shakes() {
	observe wire srv s0 "src host $CLIENT_IP and $OPENS_OR_RESETS"
	run 120 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello --count "$SHAKES" --rate 100000 \
		--guard "$1" --json
	observed wire
	same "guard: $SHAKES connections with $1$2 all reply" \
		"$RC $(verdicts "$OUT") $(number connections)" "0 reply $SHAKES"
	same "guard: the server saw their SYNs and no reset ($1$2)" \
		"$(packets wire tcp.flags.syn==1 tcp.srcport | sort -u | wc -l) $(
			packets wire tcp.flags.reset==1 frame.number | wc -l)" "$SHAKES 0"
	same "guard: tcpcraft says the same ($1$2)" "$(number resets_leaked)" 0
	case $1 in
	auto | shield) [ "$1$(auto_guard)" = autorst ] || check "guard: a segment of each, at least, was hidden ($1$2)" \
		test "$(number segments_hidden)" -ge "$SHAKES" ;;
	*) check "guard: the kernel wanted to reset each of them ($1$2)" \
		test "$(number resets_blocked)" -ge "$SHAKES" ;;
	esac
	nothing_left
}

# mode_is MODE COMMAND...: what `auto`, the default, comes to. (Where it hides there are so many
# connections at least.)
HIDDEN_FEWEST=20
mode_is() {
	_want=$1
	shift
	_resets=$(resets)
	run 60 "$TCPCRAFT" "$@" --json
	_resets=$(($(resets) - _resets))
	same "guard: auto is $_want ($*)" \
		"$(sed -n 's/.*"guard":{"mode":"\([a-z]*\)".*/\1/p' "$OUT")" "$_want"
	# What is hidden the kernel does not answer; what comes when all is over it may.
	case $_want in
	shield) check "guard: and the kernel counts hardly any resets" \
		test $_resets -lt $((HIDDEN_FEWEST / 4)) ;;
	*) check "guard: and the kernel counts resets" test $_resets -ge 1 ;;
	esac
	nothing_left
}

one_guard() { [ "$(guards)" = 1 ]; }

# Hidden are several, of ports that nobody else gets: of many in the kernel's own range not all are
# bound. A fuzzer that changes our port sends from any.
test_auto() {
	cd "$WORK" || exit 1 # for what a fuzzer finds
	_inside=$(($(cut -f 1 /proc/sys/net/ipv4/ip_local_port_range) + 100))
	_hidden=$(auto_guard)
	mode_is rst prot "$SERVER_IP" "$PROTD_PORT" hello
	start auto here "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello --count 64 --parallel 64 \
		--hold 3
	check "guard: auto is in force while it runs, as nft and iptables tell" wait_for 10 one_guard
	buried "$PID"
	same "guard: the run ends well" "$RC" 0
	same "guard: and there is none behind it" "$(guards)" 0
	if [ "$_hidden" = shield ]; then
		_libexec=${TCPCRAFT_LIBEXEC-}
		export TCPCRAFT_LIBEXEC=/nonexistent # no script, and so neither iptables nor nft
		mode_is shield prot "$SERVER_IP" "$PROTD_PORT" hello --count 1024
		export TCPCRAFT_LIBEXEC="$_libexec"
	fi
	mode_is "$_hidden" prot "$SERVER_IP" "$PROTD_PORT" hello --count 64 -g $_inside
	mode_is rst prot "$SERVER_IP" "$PROTD_PORT" hello --count 65 -g $_inside
	mode_is "$_hidden" fuzz "$SERVER_IP" "$PROTD_PORT" --fields 'prot.*' --cases 20 --parallel 4
	mode_is rst fuzz "$SERVER_IP" "$PROTD_PORT" --fields tcp.srcport --cases 20 --parallel 4
	cd "$OLDPWD" || exit 1
}

test_shakes() {
	for _mode in auto rst shield nft; do
		shakes $_mode ''
	done
	echo 1 >/proc/sys/net/$STACK/fwmark_reflect
	echo 1 >/proc/sys/net/ipv4/tcp_fwmark_accept
	for _mode in rst shield nft; do
		# (The shield asks for no mark.)
		[ $_mode != shield ] || [ -n "${TC_LONG-}" ] || continue
		shakes $_mode ', marks reflected'
	done
	echo 0 >/proc/sys/net/$STACK/fwmark_reflect
	echo 0 >/proc/sys/net/ipv4/tcp_fwmark_accept
}

# A connection is held open on port 7000 while ordinary programs use its neighbours.
test_others() {
	mkfifo "$WORK/stdin"
	# shellcheck disable=SC2016
	start held here sh -c 'in=$1; shift; exec "$@" <"$in"' sh "$WORK/stdin" \
		"$TCPCRAFT" connect "$SERVER_IP" "$PROTD_PORT" -g 7000
	_held=$PID
	exec 9>"$WORK/stdin"
	if ! wait_for 10 grep -q ESTABLISHED "$WORK/held.err"; then
		not_ok "guard: a connection is held open" "$(cat "$WORK/held.err")"
	fi
	printf 'PROT\001\000\000\000\001aa\000' |
		may_take 10 nc -N -p 6999 "$SERVER_IP" "$PROTD_PORT" >"$OUT"
	same "guard: a kernel connection from the neighbouring port works" "$(cat "$OUT")" ACK
	for _port in 6998 7001; do
		run 30 "$TC_BUILD/peers/dial" "$SERVER_IP" 1 20000 $_port
		same "guard: a closed port refuses a client on port $_port" "$(cat "$OUT")" refused
		in_ns srv "$TC_BUILD/peers/dial" "$CLIENT_IP" $_port 20000 >"$OUT"
		same "guard: our closed port $_port resets as always" "$(cat "$OUT")" refused
	done
	printf 'PROT\001\000\000\000\001aa\000' >&9
	exec 9>&-
	buried "$_held"
	same "guard: the held connection got its reply after all that" \
		"$RC $(cat "$WORK/held.out")" "0 ACK"
	nothing_left
}

test_parallel() {
	_pids=
	_i=0
	while [ $_i -lt "$PARALLEL" ]; do
		start "run.$_i" here "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" "run $_i" --json
		_pids="$_pids $PID"
		_i=$((_i + 1))
	done
	for _pid in $_pids; do
		wait "$_pid"
		sed -i "/^$_pid\$/d" "$WORK/pids"
	done
	same "guard: $PARALLEL runs at once to one server all reply" \
		"$(verdicts "$WORK"/run.*.out | sort | uniq -c | sed 's/^ *//')" "$PARALLEL reply"
	nothing_left
}

# die_once WHAT MODE: the moments go from before the guard to the midst of the connections.
# "full" is the disk that a capture goes to.
die_once() {
	set -- "$1" "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello --count 5000 --rate 100000 -q \
		--guard "$2"
	[ "$1" != full ] || set -- "$@" -w "$WORK/small/capture.pcap"
	_what=$1
	shift
	next_random 400
	start doomed here "$@"
	_run=$PID
	if [ "$_what" = full ]; then
		CHILD=0
		buried "$_run"
		[ "$RC" = 3 ] || not_ok "guard: a full disk is exit 3" "$RC" "$(cat "$WORK/doomed.err")"
		rm -f "$WORK/small/capture.pcap"
	else
		sleep "0.$((RANDOM_N / 100))$((RANDOM_N / 10 % 10))$((RANDOM_N % 10))"
		dies "$_what" "$_run"
		# What the run survives it must end well after, too.
		case $_what in child | PIPE) kill -TERM "$_run" 2>/dev/null ;; esac
		buried "$_run"
	fi
	if [ "$_what" = session ]; then
		run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" next -q
		[ $RC = 0 ] || not_ok "guard: the run after a killed one works" "$(cat "$ERR")"
	fi
	within_a_second clean "$_run" "$CHILD" && return
	not_ok "guard: nothing is left after $_what, $RANDOM_N ms after the start" \
		"TC_SEED=$FIRST_SEED" "$("$GUARD" list)" "$(ps -ef)"
	DIRTY=$((DIRTY + 1))
}

test_death() {
	mkdir -p "$WORK/small"
	mount -t tmpfs -o size=64k tmpfs "$WORK/small"
	FIRST_SEED=$SEED DIRTY=0 _i=0
	for _guard in auto rst; do
		while [ $_i -lt "$MOMENTS" ]; do
			next_of owner child session TERM INT HUP PIPE full
			die_once "$NEXT" $_guard
			_i=$((_i + 1))
		done
		_i=0
	done
	umount "$WORK/small"
	echo "seed $FIRST_SEED: twice $MOMENTS random moments"
	same "guard: twice $MOMENTS runs that die at random moments leave nothing" "$DIRTY" 0
	nothing_left
}

# test_runs FAMILY
test_runs() {
	of "$1"
	protd_start srv "$SERVER_IP"
	test_shakes
	test_auto
	test_others
	# What does not look at an address is asked over IPv4; of dying over IPv6 test_guard6.sh.
	if [ "$1" = 4 ] || [ -n "${TC_LONG-}" ]; then
		test_parallel
		test_death
	fi
	stop "$PROTD_PID"
}

RUNS_FAMILY=${RUNS_FAMILY:-4}
net_pair 6
case " $FAMILIES " in
*" $RUNS_FAMILY "*) ;;
*) skip_all "this kernel has no IPv6 (as root: modprobe ipv6)" ;;
esac
of "$RUNS_FAMILY"
test_crafted
test_runs "$RUNS_FAMILY"
