#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run --local: every experiment of scripts/experiments passes on this kernel over IPv4, over
# IPv6 and on sockets of IPv6 over IPv4; what is not
# as a script says is found, with its line; what cannot be carried out has not passed. And
# a connection that was recorded plays again.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119,SC2016 # backquotes are the script's
. "$(dirname "$0")/lib.sh"

# (user_namespaces(7): unshare(2) is for a process of one thread, TSan adds another.)
case ${TC_SAN-} in
*thread*) skip_all "with TSan no process can leave its user namespace" ;;
esac
need iptables tshark

export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"
EXPERIMENTS=$TC_ROOT/scripts/experiments
JOBS=6
# The machine may be busy: a timer of the kernel may be late by more than 4 ms then.
SLACK="--tolerance_usecs 50000"
AGAIN=5

# ---- the experiments -----------------------------------------------------------------

# Three lines: what it shows, where that is written, and what Linux does.
headers() {
	for file in "$EXPERIMENTS"/*.pkt; do
		head -n 3 "$file" | awk '
			NR == 1 && !/^\/\/ .*[.?]$/ { bad = 1 }
			NR == 2 && !/^\/\/ (RFC|.*RFC) [0-9]+ / { bad = 1 }
			NR == 3 && !/^\/\/ Linux: .*\.$/ { bad = 1 }
			END { exit bad || NR < 3 }' || echo "$file"
	done
}

# What --ip_version may be here.
versions() {
	echo ipv4
	[ ! -e /proc/net/if_inet6 ] || echo ipv6 ipv4-mapped-ipv6
}

# ask_again NAME FILE VERSION: without the others beside it, where the machine was late, as the
# run says; twice at most where only the kernel's timer was
ask_again() {
	local left=$AGAIN
	while [ "$left" -gt 0 ] && [ "$(cat "$WORK/$1.rc")" != 0 ] && grep -qE \
		'(this machine was .* ms late|ms too (early|late)|differs   time)' "$WORK/$1.log"; do
		echo "$1: asked again, $(grep -oE '[0-9.]+ ms (too early|too late|late)' \
			"$WORK/$1.log" | head -n 1)"
		# shellcheck disable=SC2086 # words
		may_take 60 "$TCPCRAFT" run --local --ip_version="$3" $SLACK "$2" >"$WORK/$1.log" 2>&1
		echo $? >"$WORK/$1.rc"
		grep -q 'this machine was .* ms late' "$WORK/$1.log" || [ $left -le 2 ] || left=2
		left=$((left - 1))
	done
}

# experiments VERSION: all of them, several at a time
experiments() {
	local file name
	patience 60
	# shellcheck disable=SC2016
	find "$EXPERIMENTS" -name '*.pkt' -print0 | xargs -0 -P $JOBS -I FILE sh -c '
		log=$1/$(basename "$2")
		timeout -k 5 $5 "$3" run --local --ip_version=$6 $4 "$2" >"$log.log" 2>&1
		echo $? >"$log.rc"' sh $WORK FILE "$TCPCRAFT" "$SLACK" $PATIENCE "$1"
	for file in "$EXPERIMENTS"/*.pkt; do
		name=$(basename "$file")
		[ "$(cat "$WORK/$name.rc")" = 0 ] || ask_again "$name" "$file" "$1"
		if [ "$(cat "$WORK/$name.rc")" = 0 ]; then
			ok "$name, $1"
		else
			not_ok "$name, $1" "$(tail -n 12 "$WORK/$name.log")"
		fi
		rm "$WORK/$name.rc"
	done
}

test_experiments() {
	local name version
	none "every experiment says what it shows, the clause, and what Linux does" "$(headers)"
	for version in $(versions); do
		experiments "$version"
	done
	check "there are at least 25" [ "$(find "$EXPERIMENTS" -name '*.pkt' | wc -l)" -ge 25 ]
	for name in handshake data close retransmission reset window sack backlog; do
		check "among them $name" sh -c "ls $EXPERIMENTS/$name-*.pkt >/dev/null"
	done
}

# Two hundred times what depends on timers, many at a time and with the ordinary tolerance:
# that the machine is busy is never the kernel's fault.
test_long() {
	local name
	for name in handshake-synack-again handshake-syn-again window-zero retransmission-timeout; do
		patience 60
		# shellcheck disable=SC2016
		seq 200 | xargs -P 20 -I RUN timeout $PATIENCE sh -c '
			"$1" run --local "$2" -q >"$3/long.RUN" 2>&1 || echo RUN' sh "$TCPCRAFT" \
			"$EXPERIMENTS/$name.pkt" $WORK >$WORK/long
		none "200 times $name, without a false alarm" "$(cat $WORK/long)"
	done
}

# ---- verdicts ------------------------------------------------------------------------

LISTEN='0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
'
ACCEPT="$LISTEN"'+0 < S 0:0(0) win 30000 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 30000
+0 accept(3, ..., ...) = 4
'

# (Its SYN-ACK comes again after a second.)
EARLY="$LISTEN"'+0 < S 0:0(0) win 30000 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+2 > S. 0:0(0) ack 1 <...>'

# gives EXIT WHAT ERE SCRIPT [OPTION...]: what a script comes to, and how that is said; asked
# again where the machine was late.
gives() {
	local want="$1" what="$2" line="$3" left=$AGAIN
	printf '%s\n' "$4" >$WORK/s.pkt
	shift 4
	# shellcheck disable=SC2086 # words
	until
		run 30 "$TCPCRAFT" run --local $SLACK "$@" $WORK/s.pkt
		[ "$left" = 0 ] || ! grep -q 'this machine was .* ms late' "$OUT" "$ERR"
	do
		left=$((left - 1))
	done
	same "$what: exit $want" "$RC" "$want"
	cat "$ERR" >>"$OUT"
	matches "$what: says so" "$OUT" "$line"
}

test_failed() {
	gives 4 "a longer segment" 'length is 1000 bytes, expected 10:' "$ACCEPT"'+0 write(4, ..., 1000) = 1000
+0 > P. 1:11(10) ack 1'
	gives 4 "one segment where two are expected" 's.pkt:9:1: .*length is 800 bytes, expected 400' \
		"$ACCEPT"'+0 write(4, ..., 800) = 800
+0 > P. 1:401(400) ack 1
+0 > P. 401:801(400) ack 1'
	gives 4 "the length of an option" 'getsockopt: the length is 4, expected 8' \
		"$ACCEPT"'+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [8]) = 0'
	gives 4 "the length of an address" 'accept: the length is 16, expected 20' \
		"$LISTEN"'+0 < S 0:0(0) win 30000 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 30000
+0 accept(3, ..., [20]) = 4'
	gives 4 "a clock that does not go on as in the script" 'tcp.options.timestamp.tsval is 10[0-9]., expected 3000' \
		"--tcp_ts_tick_usecs=1000
$LISTEN"'+0 < S 0:0(0) win 30000 <mss 1000,sackOK,TS val 1 ecr 0>
+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1000 ecr 1>
+.01 < P. 1:2(1) ack 1 win 30000 <nop,nop,TS val 1 ecr 1000>
+0 > . 1:1(0) ack 2 <nop,nop,TS val 3000 ecr 1>'
	gives 4 "another result" 's.pkt:8:1: .*write returned 3, expected 4' \
		"$ACCEPT"'+0 write(4, "abc", 3) = 4'
	gives 4 "another errno" 'returned -1 EBADF .*, expected -1 ENOTSOCK' \
		'0 listen(7, 1) = -1 ENOTSOCK (Socket operation on non-socket)'
	gives 4 "an error that was not expected" 'returned -1 ENOTCONN .*, expected 0' \
		'0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
		+0 shutdown(3, SHUT_WR) = 0'
	gives 4 "other bytes" 'read: byte 1 is 0x65, expected 0x61' \
		"$ACCEPT"'+.1 < P. 1:6(5) ack 1 win 30000 "hello"
		* > . 1:1(0) ack 6
		+0 read(4, "hallo", 100) = 5'
	gives 4 "another option value" 'getsockopt: the value is 1000, expected 1460' \
		"$ACCEPT"'+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [1460], [4]) = 0'
	gives 4 "other events of poll" 'poll: revents is 0x4, expected 0x1' \
		"$ACCEPT"'+0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1'
	gives 4 "a call that blocks" 's.pkt:8:1: .*read blocks' "$ACCEPT"'+0 read(4, ..., 1) = 1'
	gives 4 "a blocking call that ends early" 's.pkt:9:3: .*read ended [0-9.]+ ms too early' \
		"$ACCEPT"'+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
		+0...0.5 read(4, ..., 1) = -1 EAGAIN'
	gives 4 "a blocking call that ends late" 's.pkt:8:1: .*poll ended [0-9.]+ ms too late' \
		"$ACCEPT"'+0...0.1 poll([{fd=4, events=POLLIN, revents=0}], 1, 500) = 0'
	gives 4 "a blocking call that never ends" 's.pkt:8:1: .*read still blocks' \
		"$ACCEPT"'+0...0.1 read(4, ..., 1) = 1'
	gives 4 "a packet that does not come" 'nothing came within' \
		"$ACCEPT"'+0 > P. 1:2(1) ack 1'
}

# One whose process did not get a processor for longer than the kernel waits for an ACK has
# nothing to say of what came meanwhile. (A round trip of 0.9 s makes that 2.7 s or more.)
test_late() {
	printf '%s\n' "$LISTEN"'+0 < S 0:0(0) win 30000 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+.9 < . 1:1(0) ack 1 win 30000
+0 accept(3, ..., ...) = 4
+0 write(4, "hello", 5) = 5
+0 > P. 1:6(5) ack 1
+1.5 < . 1:1(0) ack 6 win 30000
+0 write(4, "world", 5) = 5
+0 > P. 6:11(5) ack 1' >$WORK/late.pkt
	# (Where it is late by itself, before, it is asked again.)
	for _ in 1 2 3; do
		# shellcheck disable=SC2086 # words
		start late here "$TCPCRAFT" run --local $SLACK $WORK/late.pkt
		says $WORK/late.out 'write(4, "hello"' 20 || continue
		kill -STOP "$PID"
		sleep 4
		kill -CONT "$PID"
		wait_for 20 gone "$PID"
		wait "$PID"
		RC=$?
		! grep -q 'late.pkt:12:' $WORK/late.err || break
	done
	same "the machine was late: exit 1" $RC 1
	matches "it says so, and by how much" $WORK/late.err \
		'^inconclusive: .*late.pkt:12:[0-9]+: this machine was [0-9.]+ ms late, and that may be why: '
	matches "and what was seen instead" $WORK/late.err '^  seen +> P. 1:6'
	gives 4 "in time, the same is a failure" 's.pkt:11:1: tcp.seq is 1, expected 6' \
		"$ACCEPT"'+0 write(4, "hello", 5) = 5
+0 > P. 1:6(5) ack 1
+.9 write(4, "world", 5) = 5
+0~+2 > P. 6:11(5) ack 1'
}

test_passed() {
	gives 0 "two calls that block at a time" 'passed' "$ACCEPT"'
		+0...0.2 read(4, "x", 10) = 1
		+0...0.1 poll([{fd=3, events=POLLIN, revents=0}], 1, 100) = 0
		+.2 < P. 1:2(1) ack 1 win 30000 "x"
		* > . 1:1(0) ack 2'
	gives 0 "options, flags and addresses" 'passed' "$ACCEPT"'
		+0 fcntl(4, F_GETFL) = 0x2
		+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
		+0 recv(4, ..., 1, 0) = -1 EAGAIN (Resource temporarily unavailable)
		+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=0, linger=0}, [8]) = 0
		+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0
		+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=...}, [8]) = 0
		+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=0}, 16) = 0
		+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, "reno", [16]) = 0
		+0 socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0) = 5
		+0 bind(5, {sa_family=AF_INET, sin_port=htons(8081), sin_addr=inet_addr("192.168.0.1")}, 16) = 0
		+0 bind(5, {sa_family=AF_INET, sin_port=htons(8081), sin_addr=inet_addr("192.0.2.77")}, 16) = -1 EADDRNOTAVAIL (Cannot assign requested address)
		+0 close(5) = 0
		+0 sendto(4, "hi", 2, 0, NULL, 0) = 2
		+0 > P. 1:3(2) ack 1 "hi"
		+0 close(4) = 0'
	gives 0 "addresses and ports of its own" 'passed' "--local_ip=10.1.2.3
--remote_ip=10.1.2.254
--bind_port=99
--mtu=1200
$LISTEN"'+0 < S 0:0(0) win 30000 <mss 1460>
		+0 > S. 0:0(0) ack 1 <mss 1160>'
	if chrt --rr 1 true 2>/dev/null; then gives 0 \
		"calls are made before other processes, and commands, with what they start" 'passed' \
		'0 `chrt -p $PPID | grep -q SCHED_RR && chrt -p $$ | grep -q SCHED_RR && sh -c "chrt -p \$\$" | grep -q SCHED_RR`' --allow-shell
	else
		skip "calls are made before other processes" "no right to real-time scheduling here (as root)"
	fi
	gives 0 "... but none of them for longer than 2 s on end" 'passed' \
		'0 `sh -c "grep \"^Max realtime timeout  *2000000  *2000000 \" /proc/\$\$/limits"`' --allow-shell
	[ -z "${TC_LONG-}" ] || gives 0 "one that keeps a processor is killed" 'passed' \
		'0 `sh -c "while :; do :; done"; test $? = 137`' --allow-shell
	gives 0 "a gateway that a command names is there, and its MTU holds" 'passed' '--strict_segments
0 `ip route change 192.0.2.1 via 192.168.0.2 dev tun0 mtu lock 640`
'"$ACCEPT"'+0 write(4, ..., 1000) = 1000
+0 > . 1:601(600) ack 1
+0 > P. 601:1001(400) ack 1' --allow-shell
	gives 0 "an MTU that a command gives the interface is that of what the kernel sends" 'passed' \
		'0 `ip link set dev tun0 mtu 9000`
'"$LISTEN"'+0 < S 0:0(0) win 30000 <mss 8960>
+0 > S. 0:0(0) ack 1 <mss 8960>' --allow-shell
	gives 0 "... and the rest of its route, which another command gave it, stays" 'passed' \
		'0 `ip route change 192.0.2.1 dev tun0 initcwnd 20 quickack 1 mtu 900`
0 `ip link set dev tun0 mtu 9000`
0 `ip route show 192.0.2.1 | grep -q "mtu 9000 initcwnd 20 quickack 1"`
0 `ip route del 192.0.2.1 && ip link set dev tun0 mtu 3000`
0 `ip link show dev tun0 | grep -q "mtu 3000"`' --allow-shell
	gives 0 "--mss: a long segment comes as several that a card put together" 'passed' "--mss=1000
$ACCEPT"'+0 < . 1:10001(10000) ack 1 win 30000
+0 > . 1:1(0) ack 10001
+0 %{ assert tcpi_rcv_mss == 1000, tcpi_rcv_mss }%'
	gives 4 "... and the command line's goes before the script's" 'AssertionError: 900' "--mss=1000
$ACCEPT"'+0 < . 1:10001(10000) ack 1 win 30000
+0 > . 1:1(0) ack 10001
+0 %{ assert tcpi_rcv_mss == 1000, tcpi_rcv_mss }%' --mss 900
	gives 0 "the command line's go before them" 'passed' "--mtu=1300
--bind_port=98
--tolerance_percent=0
$LISTEN"'+0 getsockopt(3, SOL_TCP, TCP_INFO, ..., ...) = 0
		+0 < S 0:0(0) win 30000 <mss 1460>
		+0 > S. 0:0(0) ack 1 <mss 1160>' --mtu=1200 --bind_port 99 -w $WORK/given.pcap \
		--gateway_ip=192.168.0.1 --netmask_ip=255.255.0.0 --send_omit_free
	same "and the port too" "$(tshark -n -r $WORK/given.pcap -Y tcp.flags.syn==1 -T fields \
		-e tcp.dstport | head -n 1)" 99
	gives 0 "--tcp_ts_ecr_scaled: what was never seen is echoed" 'passed' "--tcp_ts_ecr_scaled
$LISTEN"'+0 < S 0:0(0) win 30000 <mss 1000,sackOK,TS val 1 ecr 0>
+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1000 ecr 1>
+0 < . 1:1(0) ack 1 win 30000 <nop,nop,TS val 1 ecr 1000>
+0 accept(3, ..., ...) = 4
+0 < P. 1:5(4) ack 1 win 30000 <nop,nop,TS val 2 ecr 900>
+0 > . 1:1(0) ack 5 <nop,nop,TS val 1000 ecr 2>'
	gives 4 "what comes half too early has not passed" 's.pkt:6:1: it came .* ms too early' \
		"$EARLY"
	gives 0 "... but with --tolerance_percent=60 it has" 'passed' "--tolerance_percent=60
$EARLY"
	gives 0 "... and with the command line's" 'passed' "$EARLY" --tolerance_percent 60
	gives 0 "numbers count from the SYN, whatever its own is" 'passed' "$LISTEN"'+0 < S 123:123(0) win 30000 <mss 1000>
+0 > S. 7000:7000(0) ack 124 <...>
+0 < P. 1:4(3) ack 1 win 30000
+0 > . 1:1(0) ack 4' -w $WORK/from.pcap
	same "its first number is the script's, and the next one more" "$(tshark -n -r $WORK/from.pcap \
		-o tcp.relative_sequence_numbers:FALSE -Y 'ip.src == 192.0.2.1 && tcp.flags.reset == 0' \
		-T fields -e tcp.seq | xargs)" "123 124"
	gives 0 "without ports each listen begins a new peer" 'passed' "$ACCEPT"'+0 < R. 1:1(0) ack 1 win 0
+0 close(4) = 0
+0 close(3) = 0
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 500:500(0) win 30000 <mss 1000>
+0 > S. 0:0(0) ack 501 <...>
+0 < . 1:1(0) ack 1 win 30000
+0 accept(3, ..., ...) = 4'
	gives 0 "and each connect a new pair" 'passed' '0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
+0 < S. 77:77(0) ack 1 win 30000 <mss 1000>
+0 > . 1:1(0) ack 1
+0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4
+0 connect(4, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
+0 < S. 9:9(0) ack 1 win 30000 <mss 1000>
+0 > . 1:1(0) ack 1'
	gives 0 "and one that was called may call" 'passed' "$ACCEPT"'+0 connect(4, AF_UNSPEC, ...) = 0
+0 > R. 1:1(0) ack 1
+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(4, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
+0 < S. 5:5(0) ack 1 win 30000 <mss 1000>
+0 > . 1:1(0) ack 1'
	gives 0 "one line is met by several segments" 'passed' "$ACCEPT"'+0 write(4, ..., 2000) = 2000
+0 > P. 1:2001(2000) ack 1'
	gives 0 "... each of which has the time of the line" 'passed' "--tcp_ts_tick_usecs=1000
$LISTEN"'+0 < S 0:0(0) win 30000 <mss 1012,sackOK,TS val 1 ecr 0>
+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1000 ecr 1>
+0 < . 1:1(0) ack 1 win 30000 <nop,nop,TS val 1 ecr 1000>
+0 accept(3, ..., ...) = 4
+0 write(4, ..., 2000) = 2000
+0 > P. 1:2001(2000) ack 1 <nop,nop,TS val 1000 ecr 1>'
	gives 0 "silence takes its time and no more" 'passed' "$LISTEN"'repeat 12 { silence .02 }' --json
	same "twelve times 20 ms are less than a second" \
		"$(jq -r 'select(.type == "result") | .duration_us < 1000000' "$OUT")" true
	gives 0 "JSON" '"type":"result".*"verdict":"passed"' "$ACCEPT" --json
}

not_run() {
	local what="$1" why="$2" script="$3"
	shift 3
	gives 2 "$what" "$why" "$script" "$@"
	none "$what: nothing says it passed" "$(grep -i passed "$OUT")"
	gives 2 "$what, as JSON" '"verdict":"not-run"' "$script" --json "$@"
}

# What sockets and packets of a version are, as a capture and the calls tell.
test_versions() {
	local six='{sa_family=AF_INET6, sin6_port=htons(8080), sin6_addr=inet_pton(AF_INET6, '
	local whom='{sa_family=AF_INET6, sin6_port=..., sin6_addr=inet_pton('
	gives 0 "names of IPv6" 'passed' "--ip_version=ipv6
--local_ip=fd00::7
--remote_ip=2001:db8::9/64
--mtu=1400
0 socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_IPV6, IPV6_V6ONLY, [1], 4) = 0
+0 bind(3, $six\"::1234\")}, 28) = -1 EADDRNOTAVAIL (Cannot assign requested address)
+0 bind(3, $six\"fd00::7\")}, 28) = 0
+0 listen(3, 1) = 0
+0 < [tos 0x28, ttl 9] S 0:0(0) win 30000 <mss 1000>
+0 >[ttl 64] S. 0:0(0) ack 1 <mss MSS>
+0 < . 1:1(0) ack 1 win 30000
+0 accept(3, $whom\"2001:db8::9\")}, [28]) = 4
+0 < icmp packet_too_big mtu 1280 [1:1(0)]" -w $WORK/six.pcap
	same "its packets are those of IPv6, and ICMPv6" "$(tshark -n -r $WORK/six.pcap \
		-Y 'ipv6.src == 2001:db8::9 && (tcp || icmpv6.type == 2)' -T fields -e ipv6.tclass \
		-e ipv6.hlim -e icmpv6.mtu -e icmpv6.checksum.status -e tcp.options.mss_val |
		sed -n 's/[[:space:]]\{1,\}/ /g; s/ $//; 1p; 3p')" "0x00000028 9 1000
0x00000000,0x00000000 64,64 1280 1"
	same "the kernel says what it has room for" "$(tshark -n -r $WORK/six.pcap \
		-Y 'ipv6.src == fd00::7 && tcp.flags.syn == 1' -T fields -e tcp.options.mss_val)" 1340
	gives 4 "another hop limit" 'ipv6.hlim is 64, expected 63' "--ip_version=ipv6
$LISTEN+0 < S 0:0(0) win 30000
+0 >[ttl 63] S. 0:0(0) ack 1 <...>"
	gives 0 "sockets of IPv6 over IPv4" 'passed' "--ip_version=ipv4-mapped-ipv6
$LISTEN+0 < S 0:0(0) win 30000
+0 > S. 0:0(0) ack 1 <mss 1460>
+0 < . 1:1(0) ack 1 win 30000
+0 accept(3, $whom\"::ffff:192.0.2.1\")}, [28]) = 4" -w $WORK/mapped.pcap
	same "its packets are those of IPv4" "$(tshark -n -r $WORK/mapped.pcap -Y tcp -T fields \
		-e ip.version | sort -u)" 4
	not_run "an error that this family has not" \
		'not one of ICMP: the peer is reached over IPv4' "$LISTEN+0 < S 0:0(0) win 30000
+0 > S. 0:0(0) ack 1 <...>
+0 < icmp unreachable not_neighbour [0:0(0)]"
}

# but_not WHAT SED ERE: the script before, changed so, fails, and that is said
but_not() {
	gives 4 "... and not $1" "$3" "$(sed "$2" $WORK/s.pkt)" --allow-shell
}

# Words that the kernel itself answers for: what it spares, when it sent, what it keeps apart.
test_words() {
	local told='msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=MSG_ERRQUEUE'
	local when="0 recvmsg(4, {$told|MSG_TRUNC, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=0, scm_nsec="
	local how='}}, {cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_type=0, ee_code=0, ee_info=SCM_TSTAMP_'
	gives 0 "MSG_ZEROCOPY, and the error queue tells that it was copied" 'passed' "$ACCEPT"'
+0 setsockopt(4, SOL_SOCKET, SO_ZEROCOPY, [1], 4) = 0
+0 sendmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0}, MSG_ZEROCOPY) = 1000
+0 > P. 1:1001(1000) ack 1
+.01 < . 1:1(0) ack 1001 win 30000
+.01 recvmsg(4, {'"$told"', msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=0, ee_origin=SO_EE_ORIGIN_ZEROCOPY, ee_type=0, ee_code=SO_EE_CODE_ZEROCOPY_COPIED, ee_info=0, ee_data=0}}]}, MSG_ERRQUEUE) = 0'
	but_not "that it was spared" 's/SO_EE_CODE_ZEROCOPY_COPIED/0/' 'recvmsg: ee_code is 0x1, expected 0'
	gives 0 "SO_TIMESTAMPING: when it was sent and acknowledged" 'passed' "$ACCEPT"'
+0 setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, [SOF_TIMESTAMPING_TX_SCHED|SOF_TIMESTAMPING_TX_ACK|SOF_TIMESTAMPING_SOFTWARE|SOF_TIMESTAMPING_OPT_ID], 4) = 0
+0 write(4, ..., 1000) = 1000
+0 > P. 1:1001(1000) ack 1
+.3 < . 1:1(0) ack 1001 win 30000
+.'"${when}100000000${how}SCHED, ee_data=999}}]}, MSG_ERRQUEUE) = 0
+${when}400000000${how}ACK, ee_data=999}}]}, MSG_ERRQUEUE) = 0"
	but_not "at another time" 's/nsec=400000000/nsec=200000000/' 'recvmsg: the time is .* later than 0.2'
	gives 0 "MSG_EOR keeps apart what MSG_MORE puts together" 'passed' "$LISTEN"'+0 < S 0:0(0) win 1000 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 1000
+0 accept(3, ..., ...) = 4
+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
+0 send(4, ..., 1000, MSG_EOR) = 1000
+0 > P. 1:1001(1000) ack 1
+0 send(4, ..., 300, MSG_EOR) = 300
+0 send(4, ..., 300, 0) = 300
+0 ioctl(4, SIOCOUTQ, [1600]) = 0
+.01 < . 1:1(0) ack 1001 win 2000
+0 > P. 1001:1301(300) ack 1
+0 > P. 1301:1601(300) ack 1
+.01 < . 1:1(0) ack 1601 win 2000
+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [0], 4) = 0
+0 send(4, ..., 300, MSG_MORE) = 300
+.01 send(4, ..., 300, 0) = 300
+0 > P. 1601:2201(600) ack 1'
	but_not "without MSG_EOR" 's/300, MSG_EOR/300, 0/' 'length is 600 bytes, expected 300'
	head -c 5000 /dev/zero >$WORK/five
	gives 0 "sendfile and splice" 'passed' "$ACCEPT"'
+0 open("'$WORK'/five", O_RDONLY) = 5
+0 sendfile(4, 5, [0], 1000) = 1000
+0 > P. 1:1001(1000) ack 1
+.01 < P. 1:11(10) ack 1001 win 30000 "0123456789"
+0 > . 1001:1001(0) ack 11
+0 pipe([6, 7]) = 0
+0 splice(4, NULL, 7, NULL, 10, 0) = 10
+0 readv(6, [{"01234", 5}, {"56789", 9}], 2) = 10' --allow-shell
	but_not "fewer bytes" 's/1000) = 1000/1000) = 999/' 'sendfile returned 1000, expected 999'
	gives 0 "MSG_FASTOPEN begins a new pair; a listener has its key; any address with IP_FREEBIND" 'passed' '0 `echo 5 >/proc/sys/net/ipv4/tcp_fastopen`
+0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0 sendto(3, ..., 100, MSG_FASTOPEN, ..., ...) = 100
+0 > S 0:100(100) <...>
+0 < S. 7:7(0) ack 101 win 30000 <mss 1000>
+0 > . 101:101(0) ack 1
+0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4
+0 sendto(4, ..., 50, MSG_FASTOPEN, ..., ...) = 50
+0 > S 0:50(50) <...>
+0 < S. 9:9(0) ack 51 win 30000 <mss 1000>
+0 > . 51:51(0) ack 1
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 5
+0 setsockopt(5, SOL_TCP, TCP_FASTOPEN_KEY, "0123456789abcdef", 16) = 0
+0 getsockopt(5, SOL_TCP, TCP_FASTOPEN_KEY, "0123456789abcdef", [16]) = 0
+0 setsockopt(5, SOL_IP, IP_FREEBIND, [1], 4) = 0
+0 bind(5, {sa_family=AF_INET, sin_port=htons(81), sin_addr=inet_addr("203.0.113.9")}, 16) = 0' --allow-shell
	but_not "less in the SYN" 's/S 0:50(50)/S 0:40(40)/' 'length is 50 bytes, expected 40'
	if ! command -v ethtool >/dev/null; then
		skip "an interface that leaves segments to the card, or does not" "no ethtool here (as root: scripts/setup test)"
		return
	fi
	for tso in on off; do
		gives 0 "an interface with TSO $tso" 'passed' "0 \`ethtool -K tun0 tso $tso gso $tso\`
$ACCEPT"'+0 write(4, ..., 4000) = 4000
+0 > P. 1:4001(4000) ack 1' --allow-shell
	done
}

test_not_run() {
	not_run "a call that is not in the list" 'epoll_create9\(\) is not one of the calls' \
		'0 epoll_create9(1) = 3'
	not_run "a word that is not known" 'the word SOCK_RED is not known' \
		'0 socket(..., SOCK_RED, 0) = 3'
	not_run "a member that is not known" 'a member that is not known' \
		"$LISTEN"'+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {on=1}, 8) = 0'
	not_run "an argument too many" 'listen: an argument too many' '0 listen(3, 1, 2) = 0'
	not_run "a shell command" 'a shell command: --allow-shell' "0 \`true\`
$LISTEN"
	not_run "an echo of what was never seen" 'TS ecr 900: no segment had this TS val' \
		"$LISTEN"'+0 < S 0:0(0) win 30000 <mss 1000,sackOK,TS val 1 ecr 0>
+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1000 ecr 1>
+0 < . 1:1(0) ack 1 win 30000 <nop,nop,TS val 1 ecr 900>'
	not_run "a connection at the port of one that was called" 'more than 63 connections' \
		"$ACCEPT"'+0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 5
+0 connect(5, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
for I in 1..62 { +0 < 1000+I > 8080 S 0:0(0) win 9 }'
	for option in speed=1000 is_anyip non_fatal=packet wire_client udp_encapsulation=tcp \
		tcp_md5_secret=x; do
		not_run "--$option" "s.pkt:1:1: --${option%=*} is not done here" "--$option
$LISTEN"
	done
	not_run "another version" '--ip_version=ipv5: ipv4, ipv6 or ipv4-mapped-ipv6 is expected' \
		"--ip_version=ipv5
$LISTEN"
	not_run "an address of the other family" 's.pkt: --local_ip: .*10.1.2.3' \
		"--ip_version=ipv6
--local_ip=10.1.2.3
$LISTEN"
	run 10 "$TCPCRAFT" run --local $WORK/s.pkt 127.0.0.1 80
	same "--local takes no host: exit 2" "$RC" 2
}

# Code sees the newest socket as it was at its line, and can do nothing but compute.
test_code() {
	gives 0 "code has TCP_INFO, SO_MEMINFO and their words, each as it was at its line" 'passed' "$LISTEN"'
%{ assert tcpi_state == TCP_LISTEN and tcpi_ca_state == TCP_CA_Open; seen = tcpi_state }%
+0 < S 0:0(0) win 30000 <mss 1000,sackOK>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 30000
+0 accept(3, ..., ...) = 4
%{
	assert seen == TCP_LISTEN and tcpi_state == TCP_ESTABLISHED, tcpi_state
	for option in TCPI_OPT_SACK, TCPI_OPT_WSCALE:
		assert bool(tcpi_options & option) == (option == TCPI_OPT_SACK)
	assert tcpi_snd_mss == 1000 and SK_MEMINFO_SNDBUF > 4096
}%
+0 write(4, ..., 1000) = 1000
+0 > P. 1:1001(1000) ack 1
%{ assert tcpi_unacked == 1 }%
+.1 < . 1:1(0) ack 1001 win 30000
%{ assert tcpi_unacked == 0 and tcpi_bytes_acked == 1000
assert tcpi_snd_cwnd == 10, "cwnd is %d" % tcpi_snd_cwnd }%'
	gives 4 "what code asserts is judged, at its own line" 's.pkt:6:1: the code: AssertionError: 3' \
		"$LISTEN%{
x = 3
assert x == 4, x }%"
	gives 4 "code that Python cannot read" 's.pkt:4:1: the code: SyntaxError' "$LISTEN%{ assert ) }%"
	gives 4 "code without a socket" 's.pkt:1:1: .*about the newest socket: there is none' \
		'0 %{ assert True }%'
	gives 0 "code cannot read a file, write one, begin a process or end one" 'passed' "$LISTEN%{
import os
def refused(call, *a):
	try: call(*a)
	except OSError: return True
assert refused(open, '/etc/passwd') and refused(open, '$WORK/written', 'w')
assert refused(os.fork) and refused(os.kill, os.getpid(), 0) and refused(os.listdir, '/')
}%"
	gives 0 "code cannot open a socket" 'passed' "$LISTEN%{
import ctypes
assert ctypes.CDLL(None, use_errno=True).socket(2, 1, 0) == -1 and ctypes.get_errno() == 1 }%"
	gives 4 "code cannot fill the memory with what it writes" 'the code: OSError: .*File too large' \
		"$LISTEN%{
import os
for fd in 1, 2, 3:
	for i in range(100): os.write(fd, b'x' * 1000000)
}%"
	gives 2 "code without an end was not run" 'the code in %. .% has not ended within 0.500 s' \
		"$LISTEN%{
while True: pass }%" --timeout .5
	without_modules
	interrupted "code" "$LISTEN%{
while True: pass }%"
}

# A python3 that lacks a module says nothing of the peer. (The mount is this test's own.)
without_modules() {
	local python
	python=$(readlink -f /usr/bin/python3)
	printf '#!/bin/sh\nexit 1\n' >$WORK/no_modules
	chmod +x $WORK/no_modules
	mount --bind $WORK/no_modules "$python"
	gives 2 "code was not run where python3 cannot" 'ended with exit code 1 .has it' \
		"$LISTEN%{ assert True }%"
	umount "$python"
}

runs() {
	pgrep -f "$1" >/dev/null
}

# interrupted WHAT SCRIPT: it takes half a minute, unless it is told to stop
interrupted() {
	local signal
	printf '%s\n' "$2" >$WORK/s.pkt
	for signal in TERM INT; do
		# shellcheck disable=SC2086 # words
		start stopped here "$TCPCRAFT" run --local --allow-shell $SLACK $WORK/s.pkt
		check "$1 runs" wait_for 10 runs '^python3 -I|^sleep 1234$'
		stop "$PID" $signal
		matches "$1: SIG$signal interrupts it" $WORK/stopped.out 'interrupted after'
	done
}

# The settings are those of the script's network, and gone with it.
# shellcheck disable=SC2016 # the backticks are the script's
test_shell() {
	local before
	before=$(cat /proc/sys/net/ipv4/tcp_sack /proc/sys/net/ipv4/ip_default_ttl)
	gives 0 "a sysctl" 'passed' '0 `echo 0 >/proc/sys/net/ipv4/tcp_sack; echo 33 >/proc/sys/net/ipv4/ip_default_ttl`
'"$LISTEN"'+0 < S 0:0(0) win 30000 <mss 1000,sackOK>
+0 >[ttl 33] S. 0:0(0) ack 1 <mss 1460>' --allow-shell
	same "our own network has its settings still" \
		"$(cat /proc/sys/net/ipv4/tcp_sack /proc/sys/net/ipv4/ip_default_ttl)" "$before"
	gives 4 "a command that fails" 'the command ended with exit code 3' '0 `exit 3`' --allow-shell
	gives 2 "a command without an end was not run" 'the command has not ended within 0.500 s' \
		'0 `sleep 60; exit`' --allow-shell --timeout .5
	echo '0 `cat`' >$WORK/input.pkt
	run 60 script -qefc "$TCPCRAFT run --local --allow-shell $WORK/input.pkt" /dev/null
	matches "on a terminal one that reads has no input" "$OUT" 'passed:.* 1 events'
	interrupted "a command" '0 `exec sleep 1234`'
	gives 0 "one that takes longer than a call may" 'passed' '0 `sleep 1.2`
+0 `tc qdisc show dev tun0 >/dev/null && ip link show dev tun0 >/dev/null`
'"$LISTEN"'+.1 < S 0:0(0) win 30000 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>' --allow-shell
	gives 0 "commands have one parent, whose number is in PACKETDRILL_PID" 'passed' \
		"0 \`echo \$PPID >$WORK/parent; sleep 60 & \`
+0 \`[ \$PPID = \$PACKETDRILL_PID ] && [ \$PPID = \$(cat $WORK/parent) ]\`" --allow-shell
	mkdir -p $WORK/suite/common $WORK/suite/a $WORK/suite/b
	echo 'echo 44 >/proc/sys/net/ipv4/ip_default_ttl' >$WORK/suite/common/defaults.sh
	printf '%s\n' '0 `sh ../common/defaults.sh`' "$LISTEN"'+0 < S 0:0(0) win 30000 <mss 1000>
+0 >[ttl 44] S. 0:0(0) ack 1 <mss 1460>' | tee $WORK/suite/a/1.pkt >$WORK/suite/b/2.pkt
	run 60 "$TCPCRAFT" run --local --allow-shell --tolerance_usecs 50000 $WORK/suite
	same "commands find what is beside their script, in a folder of them" \
		"$RC $(grep -c '^pass ' "$OUT")" "0 2"
	run 60 "$TCPCRAFT" run --local --allow-shell --tolerance_usecs 50000 $WORK/suite/a/1.pkt
	same "… and of one alone" "$RC" 0
	nothing_left
}

# An ordinary user has a user namespace instead.
test_nobody() {
	if [ "$(id -u)" != 0 ] || ! setpriv --reuid=65534 --regid=65534 --clear-groups \
		unshare -Urn true 2>/dev/null; then
		skip "an ordinary user runs an experiment" \
			"no ordinary user with namespaces here (run it as root, where users may have them)"
		return
	fi
	cp "$EXPERIMENTS/data-read.pkt" "$TCPCRAFT" $WORK/tmp
	chmod 755 $WORK/tmp/*
	run 30 setpriv --reuid=65534 --regid=65534 --clear-groups \
		$WORK/tmp/tcpcraft run --local $WORK/tmp/data-read.pkt
	same "an ordinary user runs an experiment" "$RC" 0
	rm $WORK/tmp/*
}

# Where there can be no network of one's own, that is said.
test_no_network() {
	unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
		echo 0 >/proc/sys/user/max_net_namespaces
		exec "$@"' sh "$TCPCRAFT" run --local "$EXPERIMENTS/data-read.pkt" >"$OUT" 2>"$ERR"
	same "no namespace: exit 3" $? 3
	matches "no namespace: the cure is named" "$ERR" \
		'no network of our own can be had here .* tcpcraft doctor'
}

# However it ends, its process, and the networks with it, end too.
test_ends() {
	printf '%s+0...60 accept(3, ..., ...) = 4\n' "$LISTEN" >$WORK/wait.pkt
	for signal in INT TERM KILL; do
		start wait here "$TCPCRAFT" run --local $WORK/wait.pkt
		says $WORK/wait.out 'accept' 10
		stop "$PID" $signal
		same "SIG$signal ends it" "$RC" "$(case $signal in
			INT) echo 130 ;; TERM) echo 143 ;; KILL) echo 137 ;; esac)"
		nothing_left
	done
}

# ---- recorded ------------------------------------------------------------------------

test_record() {
	net_pair
	protd_start srv 0.0.0.0 -p 0
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" "played again" -q \
		--record $WORK/r.pkt -w $WORK/r.pcap
	same "prot --record: exit 0" "$RC" 0
	matches "it has the payload" $WORK/r.pkt 'prot "played again"'
	matches "and the answer" $WORK/r.pkt '^\* > P. 1:4\(3\) ack 24 .*"ACK"$'
	run 20 "$TCPCRAFT" show --script $WORK/r.pcap
	same "show --script: exit 0" "$RC" 0
	sed 1d "$OUT" >$WORK/shown.pkt
	same "the capture gives the same script, but for its first line" \
		"$(cut -d' ' -f2-9 $WORK/shown.pkt)" "$(sed 1d $WORK/r.pkt | cut -d' ' -f2-9)"
	run 20 "$TCPCRAFT" run $WORK/r.pkt "$SERVER_IP" "$PROTD_PORT"
	same "the record plays again on the server" "$RC $(grep -c passed "$OUT")" "0 1"
	run 20 "$TCPCRAFT" run $WORK/shown.pkt "$SERVER_IP" "$PROTD_PORT"
	same "so does the capture" "$RC $(grep -c passed "$OUT")" "0 1"
	same "the server had it three times" "$(grep -c 'verdict=ok frames=1' "$PROTD_LOG")" 3
	sed 's/"ACK"/"NAK"/' $WORK/r.pkt >$WORK/other.pkt
	run 60 "$TCPCRAFT" run $WORK/other.pkt "$SERVER_IP" "$PROTD_PORT" --timeout 2
	same "another answer is found: exit 4" "$RC" 4
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello -q --record $WORK/bad.pkt \
		--mutate 'data[1]: tcp.checksum=bad'
	matches "a wrong checksum is in the record" $WORK/bad.pkt '{tcp.checksum=bad}$'
	run 20 "$TCPCRAFT" run $WORK/bad.pkt "$SERVER_IP" "$PROTD_PORT"
	same "it plays again too" "$RC" 0
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello -q --record $WORK/six.pkt \
		--mutate 'data[1]: ip.version=6'
	matches "what cannot be said is counted" $WORK/six.pkt '^// 1 of our frames could not be'
	run 20 "$TCPCRAFT" show --script "$TC_ROOT/pcaps/prot-refusals.pcap"
	same "of several connections one must be chosen: exit 2" "$RC" 2
	matches "it says how" "$ERR" 'has 5 connections, .* --connection N chooses it'
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" x -q --record $WORK/r.pkt
	same "an existing file is left alone: exit 2" "$RC" 2
	stop "$PROTD_PID"
}

test_experiments
[ -z "${TC_LONG-}" ] || test_long
test_failed
test_late
test_passed
[ ! -e /proc/net/if_inet6 ] || test_versions
test_words
test_not_run
test_code
test_shell
test_nobody
test_no_network
test_ends
test_record
nothing_left
