# shellcheck shell=sh disable=SC3043,SC2034
# (`local` is in every sh of Debian; what looks unused is for the tests.)
# SPDX-License-Identifier: BSD-2-Clause
# The bed of the live tests. A test begins with
#
#	. "$(dirname "$0")/lib.sh"
#
# and from then on runs in namespaces of its own (user when not root, network, mount,
# ipc, pid): /run and $WORK are private and empty, no other run is seen or disturbed, and
# everything in here, also after kill -9, ends with the test. Where that cannot be had
# the test is one "skip" line. It is the client; `in_ns NS` reaches the other hosts.
# SECONDS of a limit are those of tests/clock.sh: more on a busy machine.
#
#	ok, not_ok, skip, skip_all, check, same, none, matches, need: see tests/say.sh
#	begin, within, may_take: see tests/clock.sh
#	wait_for SECONDS CMD...	until CMD succeeds; fails when it did not in time
#	net_pair | net_router [MTU]	makes $SERVER_IP in `srv`, we are $CLIENT_IP on c0
#	wired_pair NS		as net_pair, with a host NS between them: c0 -- w0 NS w1 -- s0
#	net_pair 6 | net_router MTU 6	the same with IPv6 besides: $SERVER_IP6, $CLIENT_IP6;
#				$FAMILIES is "4 6", or "4" where the kernel has no IPv6
#	own_host		this host alone, over $LOOPBACK of the family that was asked for
#	named FIELDS		names of the fields in the family, where those of IPv4 are said
#	family 4|6		$CLIENT_IP, $SERVER_IP, $LOOPBACK and $FAMILY are of this one, and
#				$SERVER_HOST, $LOOPBACK_HOST as they stand before a colon and a port
#	ipv6_host NS		IPv6, off in every host at first, is on in this one
#	tables NS ARGUMENT...	iptables, or ip6tables
#	card IF 0|1		does it cut large segments itself? 1 at first
#	in_ns NS CMD...		NS is `here`, `srv` or `rtr`
#	run SECONDS CMD...	sets $RC; the output is in $OUT and $ERR
#	start NAME NS CMD...	in the background; sets $PID; output in $WORK/NAME.out, .err
#	says FILE ERE SECONDS	waits for a line of what was started last
#	stop PID [SIGNAL]	ends it and waits; sets $RC
#	peer PROGRAM		sets $PEER to its path, installed or unpacked by
#				scripts/fetch-peer; skips the test when it is neither
#	find_peer PROGRAM	the same, but fails then, with $WHY
#	protd_start NS ADDR [ARG...]	sets $PROTD_PID, $PROTD_PORT, $PROTD_LOG
#	habit NS ADDR PORT HABIT [OPTION=VALUE...]	a server of tests/peers/habits.py
#	observe NAME NS IF [FILTER]	captures until `observed NAME`, which fails the test
#				when a frame was lost; the file is $WORK/NAME.pcap,
#				its last frame one of the observer's own (0x88b5);
#				with SNAP no more than so many bytes of each frame
#	packets NAME FILTER FIELD...	what tshark sees in it, one line a packet
#	$WRONG_SUM		the filter for TCP checksums that are wrong on the wire
#	no_reset WHAT NAME [FILTER]	ok when nobody sent one (of FILTER) but a server that had to;
#				shows what led to it
#	check_wire NAME FILTER	ok when tshark finds nothing wrong with these packets
#	lawful NAME ADDR [RESETS [FILTER]]
#				ok when ADDR sent nothing that RFC 9293 forbids (judge.py)
#	nothing_left [SECONDS]	ok when no rule, process or temporary file is left, and all JSON
#				lines were as man/tcpcraft-json.schema.json says
#	rules_are_mine		the rules there now are the test's own
#
# A program under LeakSanitizer cannot be traced: prefix it with $NO_LEAK_CHECK.
set -u

TC_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
TC_BUILD=${TC_BUILD:-$TC_ROOT/build}
TCPCRAFT=${TCPCRAFT:-$TC_BUILD/tcpcraft}
PROTD=${PROTD:-$TC_BUILD/peers/protd}
FAMILIES=4
# The family of a test that can speak either, and whether of its parts only those are wanted
# in which the family matters: the program's arguments, 4 or 6, and "brief".
TC_FAMILY=${1:-4}
BRIEF=${2:+yes}
WORK=/run/test
OUT=$WORK/out ERR=$WORK/err
PATH=$PATH:/usr/sbin:/sbin
NO_LEAK_CHECK="env ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0"
# shellcheck source=tests/say.sh
. "$TC_ROOT/tests/say.sh"
# shellcheck source=tests/clock.sh
. "$TC_ROOT/tests/clock.sh"

# ---- namespaces and hosts --------------------------------------------------------

# Begins the namespaces; $own runs a command in them. Mounts of ours must not reach anybody
# else. A chroot is seldom a mount point, and gives no user namespace: in our copy of the
# mount namespace it is laid over the root, and so is not a chroot any more.
# shellcheck disable=SC2016 # the shell that is told of it expands it
PRIVATE='ns=--mount=/proc/self/ns/mnt own=
	mount --make-rprivate / 2>/dev/null || {
		own="nsenter $ns"
		$own sh -c "mount --make-rprivate / && mount --rbind /proc/self/fd/9 /" 9</
	} && $own sh -c "mount -t proc proc /proc && mount -t tmpfs tmpfs /run"'

# Root needs no user namespace. Process 1 of the new pid namespace is a shell that only
# waits, so that the test itself is an ordinary process for signals.
enter() {
	local kinds="--net --mount --propagation=unchanged --ipc --pid --fork --kill-child" why test
	# shellcheck disable=SC2086 # words
	if [ "$(id -u)" != 0 ] || ! unshare $kinds true 2>/dev/null; then
		kinds="--user --map-root-user $kinds"
	fi
	# shellcheck disable=SC2086
	why=$(unshare $kinds sh -c "$PRIVATE" 2>&1) ||
		skip_all "no namespaces of our own here (as root with CAP_SYS_ADMIN, or allow user namespaces): $why"
	test=$(realpath "$0")
	# shellcheck disable=SC2086,SC2016
	TC_INSIDE=1 exec unshare $kinds sh -c "$PRIVATE"' && $own env --chdir="$PWD" "$@"
		exit $?' init sh "$test" "$@"
}

settle() {
	unset TC_INSIDE
	# What /sys/class/net shows belongs to the namespace that mounted it.
	mount -t sysfs sysfs /sys 2>/dev/null
	mkdir -p /run/netns /run/lock $WORK/tmp $WORK/home
	chmod 1777 $WORK $WORK/tmp
	: >$WORK/rules.mine
	: >$WORK/pids
	export TMPDIR=$WORK/tmp HOME=$WORK/home TERM=xterm
	quiet_host here
}

in_ns() {
	local ns="$1"
	shift
	if [ "$ns" = here ]; then
		"$@"
	else
		nsenter --net="/run/netns/$ns" "$@"
	fi
}

# Loopback, and no IPv6 chatter in the captures.
quiet_host() {
	in_ns "$1" ip link set lo up
	in_order "$1" lo
	# shellcheck disable=SC2016
	in_ns "$1" sh -c '
		for each in all default; do
			f=/proc/sys/net/ipv6/conf/$each/disable_ipv6
			[ ! -e $f ] || echo 1 >$f
		done'
}

# IPv6 without chatter of its own: an address is good at once (no duplicate address
# detection), none comes by itself, nobody looks for routers, and what is said of multicast
# groups is said within a few milliseconds. Fails where the kernel has no IPv6.
ipv6_host() {
	# shellcheck disable=SC2016
	in_ns "$1" sh -c '
		cd /proc/sys/net/ipv6/conf 2>/dev/null || exit
		for each in all default *; do
			for set in accept_dad=0 accept_ra=0 autoconf=0 router_solicitations=0 \
				addr_gen_mode=1 mldv2_unsolicited_report_interval=1 keep_addr_on_down=1 \
				disable_ipv6=0; do
				echo "${set#*=}" >"/proc/sys/net/ipv6/conf/$each/${set%=*}"
			done
		done 2>/dev/null
		ip -6 addr show dev lo | grep -q "inet6 ::1/"'
}

new_host() {
	ip netns add "$1"
	quiet_host "$1"
}

# The wires of this bed keep the order of what is sent, as one cable does: each frame goes into
# the queue of one processor. Else one that a timer sends on a busy processor is overtaken by
# what is sent after it on another. All beds share these queues, of 1000 frames each: a test that
# sends more than that in a burst sets FLOODS, and its frames stay where they are sent. (Not at
# /sys: what `settle` mounted there cannot be mounted again. $WORK/loose is there where wires
# keep no order, also as the machine's root is not ours.)
in_order() {
	local cpu
	[ -z "${FLOODS-}" ] || { : >$WORK/loose; return; }
	cpu=$(printf '%s' "$0 $TC_FAMILY" | cksum)
	cpu=$((${cpu%% *} % (CLOCK_CPUS < 32 ? CLOCK_CPUS : 32)))
	mkdir -p $WORK/sys
	in_ns "$1" unshare --mount sh -c "mount -t sysfs sysfs $WORK/sys &&
		cd $WORK/sys/class/net/$2/queues/rx-0 && printf %x $((1 << cpu)) >rps_cpus" 2>/dev/null ||
		: >$WORK/loose
}

# link_hosts NS1 IF1 ADDR1/LEN NS2 IF2 ADDR2/LEN [MTU]: a veth pair between two hosts.
link_hosts() {
	in_ns "$1" ip link add "$2" type veth peer name "$5" netns "/run/netns/$4" || return
	in_ns "$1" ip addr add "$3" dev "$2"
	in_ns "$4" ip addr add "$6" dev "$5"
	in_ns "$1" ip link set "$2" mtu "${7:-1500}" up
	in_ns "$4" ip link set "$5" mtu "${7:-1500}" up
	in_order "$1" "$2"
	in_order "$4" "$5"
	comes "the carrier of $2" carrier "$1" "$2"
	comes "the carrier of $5" carrier "$4" "$5"
}

carrier() {
	in_ns "$1" ip -br link show dev "$2" | grep -q ' UP '
}

# card IF 0|1: does this one of ours cut large segments and make their checksums, as most do? If
# not the kernel does, and who looks at the wire sees them as on a cable. (ETHTOOL_STXCSUM)
card() {
	/usr/bin/python3 -S -E -c '
import array, fcntl, socket, struct, sys
v = array.array("I", [0x17, int(sys.argv[2])])
fcntl.ioctl(socket.socket(), 0x8946,
            struct.pack("16sP16x", sys.argv[1].encode(), v.buffer_info()[0]))' "$1" "$2"
}

# both_families NS...: $FAMILIES is what these hosts speak, which have no device yet but lo
both_families() {
	local ns
	FAMILIES="4 6"
	for ns; do
		ipv6_host "$ns" || FAMILIES=4
	done
}

# Is root the only user that there is here (as in the namespace of an ordinary user)?
one_user() {
	[ "$(awk '{ n += $3 } END { print n }' /proc/self/uid_map)" = 1 ]
}

# dump ARGUMENT...: tcpdump, which gives root up; where there is no other user it can, in a
# namespace more.
dump() {
	if one_user; then unshare -U tcpdump "$@"; else tcpdump "$@"; fi
}

# tables NS ARGUMENT...: the packet filter of the family
tables() {
	local ns="$1" program=iptables
	shift
	[ "$FAMILY" = 4 ] || program=ip6tables
	in_ns "$ns" $program -w "$@"
}

# address6 NS IF ADDR LINK_LOCAL: nothing where there is no IPv6
address6() {
	local each
	[ "$FAMILIES" = "4 6" ] || return 0
	for each in "$3" "$4"; do
		in_ns "$1" ip addr add "$each/64" dev "$2" nodad
		comes "$each of $2" has_address6 "$1" "$2" "$each"
	done
}

# comes WHAT CMD...: what is possible here, and does not come, is no reason to skip the test
comes() {
	local what="$1"
	shift
	wait_for 10 "$@" && return
	not_ok "$what is there" "failed: $*"
	exit 1
}

# (A worker of the kernel's makes it one of this host, after `ip` has ended.)
has_address6() {
	in_ns "$1" ip -6 route show table local dev "$2" | grep -q "^local $3 "
}

family() {
	FAMILY=$1
	if [ "$1" = 6 ]; then
		CLIENT_IP=${CLIENT_IP6-} SERVER_IP=${SERVER_IP6-} LOOPBACK=::1
		SERVER_HOST="[$SERVER_IP]" LOOPBACK_HOST="[::1]"
	else
		CLIENT_IP=${CLIENT_IP4-} SERVER_IP=${SERVER_IP4-} LOOPBACK=127.0.0.1
		SERVER_HOST=$SERVER_IP LOOPBACK_HOST=$LOOPBACK
	fi
}

own_host() {
	family "$TC_FAMILY"
	[ "$FAMILY" = 4 ] || ipv6_host here || skip_all "no IPv6 here (as root: modprobe ipv6)"
}

pair_addresses() {
	CLIENT_IP4=10.77.0.1 SERVER_IP4=10.77.0.2
	CLIENT_IP6=fd77::1 SERVER_IP6=fd77::2
	family "$TC_FAMILY"
}

net_pair() {
	pair_addresses
	new_host srv
	if [ -n "${1-}" ] || [ "$FAMILY" = 6 ]; then both_families here srv; fi
	{
		link_hosts here c0 $CLIENT_IP4/24 srv s0 $SERVER_IP4/24 &&
		address6 here c0 $CLIENT_IP6 fe80::1 && address6 srv s0 $SERVER_IP6 fe80::2
	} || skip_all "no veth pair here (as root: modprobe veth)"
}

# A host between them carries frames, by a program that the test starts, and has no address.
wired_pair() {
	pair_addresses
	new_host "$1"
	new_host srv
	[ "$FAMILY" = 4 ] || both_families here srv
	{
		ip link add c0 type veth peer name w0 netns "/run/netns/$1" &&
		in_ns srv ip link add s0 type veth peer name w1 netns "/run/netns/$1" &&
		ip addr add $CLIENT_IP4/24 dev c0 && in_ns srv ip addr add $SERVER_IP4/24 dev s0 &&
		address6 here c0 $CLIENT_IP6 fe80::1 && address6 srv s0 $SERVER_IP6 fe80::2 &&
		ip link set c0 up && in_ns srv ip link set s0 up &&
		in_ns "$1" ip link set w0 up && in_ns "$1" ip link set w1 up
	} || skip_all "no veth pair here (as root: modprobe veth)"
	in_order here c0
	in_order srv s0
	in_order "$1" w0
	in_order "$1" w1
}

net_router() {
	CLIENT_IP4=10.77.1.1 SERVER_IP4=198.18.2.2
	CLIENT_IP6=fd77:1::1 SERVER_IP6=2001:db8:2::2
	family "$TC_FAMILY"
	new_host rtr
	new_host srv
	if [ -n "${2-}" ] || [ "$FAMILY" = 6 ]; then both_families here rtr srv; fi
	{
		link_hosts here c0 $CLIENT_IP4/24 rtr r0 10.77.1.254/24 &&
		address6 here c0 $CLIENT_IP6 fe80::1 && address6 rtr r0 fd77:1::fe fe80::fe &&
		link_hosts rtr r1 198.18.2.254/24 srv s0 $SERVER_IP4/24 "${1:-1500}" &&
		address6 rtr r1 2001:db8:2::fe fe80::fe && address6 srv s0 $SERVER_IP6 fe80::2
	} || skip_all "no veth pair here (as root: modprobe veth)"
	in_ns rtr sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	ip route add default via 10.77.1.254
	in_ns srv ip route add default via 198.18.2.254
	[ "$FAMILIES" = "4 6" ] || return 0
	in_ns rtr sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	ip route add default via fd77:1::fe
	in_ns srv ip route add default via 2001:db8:2::fe
}

# ---- running things --------------------------------------------------------------

# Each look takes processes: what takes long is looked at less often, after a tenth of a second
# at most.
wait_for() {
	local limit="$1" pause=2
	shift
	begin
	until "$@"; do
		within "$limit" || return 1
		sleep "0.0$pause"
		[ "$pause" = 9 ] || pause=$((pause + 1))
	done
}

run() {
	may_take "$@" >"$OUT" 2>"$ERR"
	RC=$?
	case " $* " in *" --json "*) grep '^{"type":' "$OUT" >>$WORK/json.out ;; esac
}

# refuses EXIT ERE ARGUMENT...: one line on standard error, nothing on standard output.
refuses() {
	local want="$1" line="$2"
	shift 2
	run 20 "$TCPCRAFT" "$@"
	same "exit $want: tcpcraft $*" "$RC" "$want"
	matches "says: $line" "$ERR" "^tcpcraft: .*$line"
	same "one line, and no result ($*)" "$(wc -l <"$ERR") $(wc -c <"$OUT")" "1 0"
}

# hide_tools PATTERN: from here on no program of /usr/sbin matches; unhide_tools: as before
hide_tools() {
	mkdir -p $WORK/sbin
	mount --bind /usr/sbin $WORK/sbin
	mount -t tmpfs tmpfs /usr/sbin
	(cd $WORK/sbin && printf '%s\n' *) | grep -vE "$1" | sed "s,^,$WORK/sbin/," |
		xargs -d '\n' ln -s -t /usr/sbin
}

unhide_tools() {
	umount /usr/sbin
	umount $WORK/sbin
}

# The shell starts background jobs with SIGINT ignored; the tested must not inherit that.
start() {
	local out="$WORK/$1" enter=''
	[ "$2" = here ] || enter="nsenter --net=/run/netns/$2"
	shift 2
	: >"$out.out"
	: >"$out.err"
	# shellcheck disable=SC2086 # words
	$enter env --default-signal=INT,QUIT "$@" >"$out.out" 2>>"$out.err" </dev/null &
	PID=$!
	echo "$PID" >>$WORK/pids
}

gone() {
	local stat
	kill -0 "$1" 2>/dev/null && read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
	case $stat in *") Z "*) ;; *) return 1 ;; esac
}

# says FILE ERE SECONDS: what `start` started last has written a line like that. Does not
# wait for the dead.
says() {
	wait_for "$3" said_or_gone "$1" "$2"
	grep -q "$2" "$1"
}

said_or_gone() {
	grep -q "$2" "$1" || gone "$PID"
}

stop() {
	kill "-${2:-TERM}" "$1" 2>/dev/null
	if ! wait_for 10 gone "$1"; then
		not_ok "process $1 ends on SIG${2:-TERM}" "$(tr '\0' ' ' <"/proc/$1/cmdline")"
		kill -KILL "$1"
	fi
	wait "$1" 2>/dev/null
	RC=$?
	sed -i "/^$1\$/d" $WORK/pids
}

find_peer() {
	local root="$TC_ROOT/build/peers/root"
	PEER=$(command -v "$1") && return
	WHY="$1 is neither installed nor unpacked (scripts/fetch-peer build/peers/root PACKAGE)"
	PEER=$(PATH=$root/usr/sbin:$root/usr/bin command -v "$1") || return
	LD_LIBRARY_PATH=$(echo "$root"/usr/lib/*-linux-gnu)
	export LD_LIBRARY_PATH
}

peer() {
	find_peer "$1" || skip_all "$WHY"
}

protd_start() {
	local ns="$1" addr="$2"
	shift 2
	PROTD_LOG=$WORK/protd.$(wc -l <$WORK/pids).log
	start protd "$ns" "$PROTD" -a "$addr" --log "$PROTD_LOG" --max-seconds 3600 "$@"
	PROTD_PID=$PID
	if ! says $WORK/protd.out '^listening on ' 10; then
		not_ok "protd listens on $addr" "$(cat $WORK/protd.err)"
		exit 1
	fi
	PROTD_PORT=$(sed -n 's/^listening on .*:\([0-9]*\)$/\1/p' $WORK/protd.out)
}

# lwip_known: what tests/lwip.txt has of the lwIP that is here
lwip_known() {
	awk -v of="= $("$TC_BUILD/peers/lwip_echo")" '/^= / { mine = $0 == of; next } mine' \
		"$TC_ROOT/tests/lwip.txt"
}

# habit NS ADDR PORT HABIT [OPTION=VALUE...]
habit() {
	local ns="$1" addr="$2" port="$3"
	shift 3
	start "habit.$ns.$port" "$ns" /usr/bin/python3 "$TC_ROOT/tests/peers/habits.py" \
		"$addr" "$port" "$@"
	says "$WORK/habit.$ns.$port.out" '^listening' 10 ||
		not_ok "habits.py $* listens" "$(cat "$WORK/habit.$ns.$port.err")"
}

# ---- the independent observer ----------------------------------------------------

# dumpcap names its file once its socket and filter are in place. (tcpdump will not run in
# a user namespace: it insists on becoming somebody else.)
observe() {
	local name="$1" ns="$2" if="$3"
	shift 3
	start "$name" "$ns" dumpcap -q -B 64 ${SNAP:+-s "$SNAP"} -i "$if" -w "$WORK/$name.pcap" \
		-f "${*:+($*) or }ether proto 0x88b5"
	echo "$PID $ns $if" >"$WORK/$name.observer"
	if ! says "$WORK/$name.err" '^File: ' 10; then
		not_ok "dumpcap captures on $if" "$(cat "$WORK/$name.err")"
		exit 1
	fi
}

# A last frame (of an Ethernet type for experiments) says that all before it is written.
observed() {
	local pid ns if end="last frame for $1" err="$WORK/$1.err"
	read -r pid ns if <"$WORK/$1.observer"
	in_ns "$ns" /usr/bin/python3 -S -E -c '
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
s.send(b"\xff" * 6 + b"\2" * 6 + b"\x88\xb5" + sys.argv[2].encode().ljust(46))' "$if" "$end"
	wait_for 20 grep -aq "$end" "$WORK/$1.pcap" ||
		not_ok "the observer $1 sees its last frame" "$(cat "$err")"
	stop "$pid" INT
	grep -q '(pcap:0/dumpcap:0/' "$err" ||
		not_ok "the observer $1 lost nothing" "$(cat "$err")"
}

# The names that tshark gives to what both families have, where a test says those of IPv4.
named() {
	if [ "${FAMILY:-4}" = 6 ]; then
		printf '%s' "$1" | sed 's/\<ip\.\(src\|dst\|addr\|version\)\>/ipv6.\1/g
			s/\<ip\.ttl\>/ipv6.hlim/g; s/\<ip\.dsfield\>/ipv6.tclass/g'
	else
		printf '%s' "$1"
	fi
}

packets() {
	local name="$1" filter
	filter=$(named "$2")
	shift 2
	[ -S $WORK/shark/ask ] || /usr/bin/python3 -S -E "$TC_ROOT/tests/net/packets.py" $WORK/shark
	# shellcheck disable=SC2046 # words
	printf '%s\0' "$WORK/$name.pcap" "$filter" $(named "$*") | nc -N -U $WORK/shark/ask |
		whole_answer "$name: $filter"
}

# An answer ends in a line "."; one that does not is no answer: it says so in its place, and where
# the test ends.
whole_answer() {
	awk -v asked="$1" -v blind=$WORK/blind '
		NR > 1 { print last }
		{ last = $0 }
		END {
			if (last == ".") exit
			print last "\npackets.py does not answer"
			print "asked for " asked ": " last >>blind
		}'
}

# flow NAME PORT: the first frames of this port's connection, as they were on the wire
flow() {
	echo "port $2: frame, time, from, to, ip.id, ttl, flags, seq, ack, length"
	packets "$1" "tcp.port == $2 && !icmp" frame.number frame.time_relative ip.src ip.dst ip.id \
		ip.ttl tcp.flags.str tcp.seq tcp.ack tcp.len | head -n 30
}

# lawful_reset NAME NUMBER FROM TO: may a server have sent that frame? One that is CLOSED has to
# reset what still comes, with the number that this acknowledges (RFC 9293 3.10.7.1). A FIN that it
# said again, as nobody had answered in time, has an ACK of its own, which finds it so; and where
# wires keep no order, its FIN may overtake its ACK, and both draw one. Neither is anybody's fault:
# so many resets are excused as there are such FINs, of what came without data behind one.
lawful_reset() {
	packets "$1" "tcp.port == $3 && tcp.port == $4 && !icmp" \
		frame.number ip.src tcp.flags tcp.seq tcp.ack tcp.len |
		awk -F '\t' -v server="$SERVER_IP" -v frame="$2" -v loose="$(status_of test ! -e $WORK/loose)" '
			{
				bits = index("0123456789abcdef", substr($3, length($3))) - 1
				fin = bits % 2
				rst = int(bits / 4) % 2
			}
			$2 == server && fin && (said[$4]++ || loose) { excused++ }
			$2 != server && excused && !rst && $6 == 0 { drawn[$5] = 1 }
			$2 == server && rst && excused && drawn[$4] {
				excused--
				lawful = lawful || $1 == frame
			}
			END { exit !lawful }'
}

no_reset() {
	none "$1" "$(packets "$2" "tcp.flags.reset == 1${3:+ && ($3)}" \
		frame.number tcp.srcport tcp.dstport |
		while read -r number from to; do
			[ -z "${SERVER_IP-}" ] || ! lawful_reset "$2" "$number" "$from" "$to" || continue
			echo "a reset from port $from to port $to"
			flow "$2" "$(((from > to) ? from : to))"
		done | head -n 66)"
}

# Status 0 is "bad". The sum of the pseudo header alone, which a kernel leaves to its device to
# complete, is good for Wireshark since 4.2, which only notes it.
WRONG_SUM='(tcp.checksum.status == 0 ||
	_ws.expert.message contains "Partial (pseudo header) checksum")'

# Also an empty selection is wrong: it would prove nothing.
check_wire() {
	local bad="_ws.malformed || ip.checksum.status == 0 || $WRONG_SUM"
	if [ -z "$(packets "$1" "$2" frame.number)" ]; then
		not_ok "tshark finds nothing wrong with: $2" "there is no such packet"
	else
		none "tshark finds nothing wrong with: $2" "$(packets "$1" "($2) && ($bad)" \
			frame.number _ws.malformed ip.checksum.status tcp.checksum.status)"
	fi
}

told() {
	local fields
	fields=$(sed -n '/^FIELDS/,/split/p' "$TC_ROOT/tests/net/judge.py" |
		grep -oE '[a-z]+\.[a-z_.]+')
	# shellcheck disable=SC2086 # words
	packets "$1" "tcp && !icmp ${2:+&& ($2)}" $fields
}

lawful() {
	told "$1" "${4-}" |
		/usr/bin/python3 "$TC_ROOT/tests/net/judge.py" "$2" "${3:-0}" >$WORK/unlawful 2>&1
	none "$1: $2 sends nothing that RFC 9293 forbids" "$(head -n 20 $WORK/unlawful)"
}

# ---- what is left behind ---------------------------------------------------------

# saved 4|6 PROGRAM: what it prints of rules, and chains of somebody
saved() {
	local family=''
	[ "$1" = 4 ] || family="ip6 "
	"$2" 2>/dev/null | sed -nE "/^-A|^:[^ ]* - /s/^/$family/p"
}

# Rules, chains of somebody, and tables that are not those of iptables. Each look is a program
# to run, and this is asked again and again: so only where the kernel says that there is a table.
rules() {
	local tables seen name
	tables=$(nft list tables 2>/dev/null) && seen=$tables || seen="table ip , table ip6 "
	{
		case $seen in *"table ip "*) saved 4 iptables-nft-save ;; esac
		case $seen in *"table ip6 "*) saved 6 ip6tables-nft-save ;; esac
		! read -r name </proc/net/ip_tables_names || saved 4 iptables-legacy-save
		! read -r name </proc/net/ip6_tables_names || saved 6 ip6tables-legacy-save
		command -v iptables-nft-save >/dev/null || saved 4 iptables-save
		command -v ip6tables-nft-save >/dev/null || saved 6 ip6tables-save
	} 2>/dev/null | sort -u
	[ -z "$tables" ] || echo "$tables" | grep -vE ' (filter|nat|mangle|raw|security)$'
}

# How many guards are in force, as iptables and nft tell it.
guards() { rules | grep tcpcraft | grep -c -e '-p tcp' -e '^table '; }

# What --guard auto comes to here, asked of the kernel through nft: it needs tables that are their
# owner's. (This one goes with the nft that makes it.)
auto_guard() {
	if echo 'table inet tc_can { flags owner; }' | nft -f - 2>/dev/null; then
		echo shield
	else
		echo rst
	fi
}

rules_are_mine() {
	rules >$WORK/rules.mine
}

# strangers STARTED...: without a fork, which would find itself. What `start` started and
# its children are no strangers, a dead process that nobody has waited for is none either.
strangers() {
	local started=" $* " pid stat state parent rest
	for pid in /proc/[0-9]*; do
		pid=${pid#/proc/}
		read -r stat 2>/dev/null <"/proc/$pid/stat" || continue
		read -r state parent rest <<-END
			${stat##*) }
		END
		case "$started 1 $$ " in *" $pid "*) continue ;; esac
		# (What `packets` begins is for the whole test.)
		case $stat in *"(packets)"* | *"(sharkd)"*) continue ;; esac
		case "$started" in *" $parent "*) continue ;; esac
		[ "$state" = Z ] || echo "process ${stat%%)*})"
	done
}

left() {
	local started
	started=$(tr '\n' ' ' <$WORK/pids)
	{
		# shellcheck disable=SC2086 # words
		strangers $started
		rules | diff $WORK/rules.mine - | sed -n 's/^>/rule/p'
		ls -A $WORK/tmp
	} >$WORK/left
	[ ! -s $WORK/left ]
}

# What `run`, `start` and tests that ask for themselves (r.NAME, f.NAME, w.NAME, NAME.json) had of
# the program's JSON lines since this was last asked.
json_as_described() {
	local lines new=''
	[ ! -e $WORK/json.asked ] || new="-newer $WORK/json.asked"
	# (What is written from now on is asked for the next time.)
	: >$WORK/json.now
	sleep 0.01
	# shellcheck disable=SC2086 # words
	lines=$(find $WORK -xdev -maxdepth 3 -type f \( -name '*.jsonl' -o -name '*.log' -o \
		-path "$WORK/*.out" -o -path "$WORK/[rfw].*" -o -path "$WORK/*.json" \) \
		$new -exec grep -l '^{"type":' {} +)
	[ -n "$lines" ] || return 0
	# shellcheck disable=SC2086 # a word a file
	/usr/bin/python3 "$TC_ROOT/tests/json_lines.py" "$TC_ROOT/man/tcpcraft-json.schema.json" \
		$lines >$WORK/json.wrong 2>&1
	# (tests/checks/json.sh says what is missing.)
	case $? in 77 | 127) return 0 ;; esac
	none "each JSON line is as the schema says" "$(head -n 20 $WORK/json.wrong)"
	: >$WORK/json.out
	mv $WORK/json.now $WORK/json.asked
}

# fits NAME PAGE: on a desk and in a hand nothing of it is cut, its verdict stands on top, and
# no label lies on another.
fits() {
	local size rc
	for size in "1280 800" "390 844"; do
		# shellcheck disable=SC2086 # two words
		{ tr '\n' ' ' <"$TC_ROOT/tests/fits.js"; printf '\nproblems\n'; } |
			sed '1s/^/eval /' |
			"$TC_ROOT/tests/browser.py" "$2" $size >$WORK/fits 2>$WORK/browser.err
		rc=$?
		if [ $rc = 77 ]; then
			skip "$1: the page as it is seen" "no chromium here (scripts/setup test)"
			return
		fi
		same "$1: nothing cut at $size, the verdict on top" "$rc $(tr '\n' ' ' <$WORK/fits)" '0 "" [] '
	done
}

nothing_left() {
	json_as_described
	[ ! -s $WORK/blind ] || not_ok "the observer's captures can be read" "$(cat $WORK/blind)"
	if wait_for "${1:-2}" left; then
		ok "nothing is left behind"
	else
		not_ok "nothing is left behind" "$(cat $WORK/left)"
	fi
}

if [ -n "${TC_INSIDE-}" ]; then
	settle
else
	enter "$@"
fi
