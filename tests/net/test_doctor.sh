#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The doctor on a healthy machine, and on machines that lack something: each time the
# right line, the cure, and an exit code that says whether the main job would work.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

# (user_namespaces(7): unshare(2) is for a process of one thread, TSan adds another.)
case ${TC_SAN-} in
*thread*) skip_all "with TSan no process can leave its user namespace" ;;
esac
need iptables nft setpriv tshark dumpcap prlimit flock

GUARD=$TC_ROOT/scripts/rst-guard
export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"
NOBODY="setpriv --reuid=65534 --regid=65534 --clear-groups"
# In a user and network namespace of its own; followed by what is to be run.
# shellcheck disable=SC2016
INSIDE='ip link set lo up; eval "$1"; shift; exec "$@"'
NAMES="privileges libraries descriptors ports namespaces iptables managers rules conntrack"
NAMES="$NAMES leftovers path rp_filter offloads ipv6 capture inject no-guard guard-rst"
NAMES="$NAMES guard-shield guard-nft guard-rst6 guard-shield6 guard-nft6"

# ask CHECK...: the next doctor is asked for these alone
ASKED=
ask() {
	ASKED=$*
}

# doctor EXIT WHAT [COMMAND...]: runs it, perhaps by another command
doctor() {
	local want="$1" what="$2"
	shift 2
	WHAT=$what
	# shellcheck disable=SC2086 # words
	run 30 "$@" "$TCPCRAFT" doctor $ASKED
	ASKED=
	same "$what: exit $want" "$RC" "$want"
	none "$what: nothing on standard error" "$(cat "$ERR")"
}

# line HEALTH CHECK ERE: what the doctor said
line() {
	matches "$WHAT: $2 is $1" "$OUT" "^$1 +$2 +.*$3"
}

# cure CHECK ERE: the line after it
cure() {
	sed -n "/^[a-z]*  *$1  */{n;p;}" "$OUT" >$WORK/cure
	matches "$WHAT: the cure for $1" $WORK/cure "^ +cure: .*$2"
}

# only HEALTH CHECK...: no other check has this health
only() {
	local health="$1"
	shift
	same "$WHAT: $health: $*" "$(sed -n "s/^$health  *\([^ ]*\) .*/\1/p" "$OUT" | tr '\n' ' ')" \
		"${*:+$* }"
}

test_healthy() {
	observe wire srv s0 ip or arp or ip6
	begin
	doctor 0 healthy
	check "it takes less than 10 s" within 10
	observed wire
	# (Its kernel tells of its IPv6 groups, RFC 3810 6.1, when it likes.)
	none "no frame leaves the machine" "$(packets wire \
		'not eth.type == 0x88b5 and not icmpv6.type == 143' frame.protocols)"
	only fail
	only warn
	line ok iptables 'iptables v[0-9.]* .*nft too'
	line ok capture 'works on lo'
	line ok inject 'a listener answered our SYN'
	line ok no-guard "proven: the kernel's RST ends the connection"
	line ok guard-rst 'proven: reply, [1-9][0-9]* RST blocked, 0 got through \(guard rst\)'
	line ok guard-shield 'proven: reply, [1-9][0-9]* segments hidden from the kernel, 0 RST'
	line ok guard-nft 'proven: reply, [1-9][0-9]* RST blocked, 0 got through \(guard nft\)'
	line ok ipv6 '1 global address, no default route'
	line ok guard-rst6 'proven: reply, [1-9][0-9]* RST blocked, 0 got through \(guard rst\)'
	line ok guard-shield6 'proven: reply, [1-9][0-9]* segments hidden from the kernel, 0 RST'
	line ok guard-nft6 'proven: reply, [1-9][0-9]* RST blocked, 0 got through \(guard nft\)'
	matches "healthy: it ends with the answer" "$OUT" \
		'^tcpcraft will work here: 23 ok, 0 to know, 0 in the way$'
	same "healthy: one screen" "$(wc -l <"$OUT")" 24
	nothing_left
	run 30 "$TCPCRAFT" doctor --json
	same "--json: exit 0, a line for each check and the result" "$RC $(sed -n \
		's/^{"type":"check","check":"\([^"]*\)","health":"ok","found":".*"}$/\1/p' "$OUT" |
		tr '\n' ' ')" "0 $NAMES "
	same "--json: the result" "$(sed -n 24,30p "$OUT")" \
		'{"type":"result","command":"doctor","ok":23,"warn":0,"fail":0,"exit":0}'
	run 30 "$TCPCRAFT" doctor -q ports rules
	same "-q: only what is not ok, and the answer" "$RC $(cat "$OUT")" \
		"0 of these checks: 2 ok, 0 to know, 0 in the way"
	ask rp_filter guard-nft6 ports
	doctor 0 "some checks"
	same "some checks: these, in their order" "$(sed -n 's/^ok  *\([^ ]*\) .*/\1/p' "$OUT" |
		tr '\n' ' ')$(tail -n 1 "$OUT")" \
		"ports rp_filter guard-nft6 of these checks: 3 ok, 0 to know, 0 in the way"
	line ok guard-nft6 'proven: reply, [1-9][0-9]* RST blocked, 0 got through \(guard nft\)'
	refuses 2 "doctor: 'me' is no check: privileges, .*, guard-nft6" doctor ports me
}

test_users() {
	# shellcheck disable=SC2086 # words
	if $NOBODY test -x "$TCPCRAFT" 2>/dev/null && $NOBODY unshare -Urn true 2>/dev/null; then
		doctor 3 "an ordinary user" $NOBODY
		only fail privileges capture
		cure privileges 'sudo.*unshare -Urn'
		line fail privileges 'no CAP_NET_RAW and no CAP_NET_ADMIN'
		line ok guard-rst 'proven: reply'
		line ok guard-nft 'proven: reply'
		doctor 0 "a user in a network of their own" $NOBODY unshare -Urn \
			sh -c "$INSIDE" sh :
		only fail
		line ok privileges 'in a user namespace'
	else
		skip "an ordinary user" "nobody may not run $TCPCRAFT, or has no namespaces"
	fi
	ask privileges
	doctor 3 "no privilege" setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all \
		--no-new-privs --securebits=+noroot,+noroot_locked
	line fail privileges 'no CAP_NET_RAW and no CAP_NET_ADMIN'
	ask privileges rules conntrack leftovers
	doctor 3 "no right to filter" setpriv --bounding-set=-net_admin --inh-caps=-net_admin
	line fail privileges "no CAP_NET_ADMIN: nothing can be guarded"
	cure rules 'see privileges'
	none "who is root is not sent to sudo" "$(grep sudo $OUT)"
	ask privileges
	doctor 3 "root of another namespace" unshare -Ur
	line fail privileges 'to which this network does not belong'
	cure privileges 'unshare -Urn'
	nothing_left
}

test_filter() {
	iptables -w -A OUTPUT -p tcp --dport 1:65535 -j DROP
	ask rules capture inject
	doctor 3 "a rule that drops what we send"
	line warn rules '1 may drop what we send.*: -A OUTPUT -p tcp .*-j DROP'
	line fail inject 'a firewall of this host drops what we send'
	line ok capture 'opens on lo; there was nothing to see'
	only fail inject
	iptables -w -F OUTPUT
	nft 'add table inet mine; add chain inet mine o { type filter hook output priority 0; };
		add rule inet mine o tcp dport 1-65535 drop'
	ask rules inject
	doctor 3 "an nft rule that drops what we send"
	line warn rules '1 may drop what we send.*: tcp dport .* drop'
	line fail inject 'a firewall of this host'
	nft delete table inet mine
	iptables -w -P INPUT DROP
	ask rules inject
	doctor 3 "a policy that lets nothing in"
	line warn rules 'may drop what servers on this host are sent: :INPUT DROP'
	line fail inject 'a listener of our own did not answer'
	iptables -w -A INPUT -i lo -j ACCEPT
	ask rules inject
	doctor 0 "a policy that lets nothing but lo in"
	line ok rules 'none'
	iptables -w -F INPUT
	iptables -w -P INPUT ACCEPT
	ip6tables -w -A OUTPUT -p tcp -d fd00::/8 -j DROP
	nft 'add table ip6 mine; add chain ip6 mine o { type filter hook output priority 0; };
		add rule ip6 mine o tcp dport 1 drop'
	ask rules inject guard-rst6
	doctor 0 "rules of IPv6"
	line warn rules '2 may drop what we send on lo and tun \(IPv6\): -A OUTPUT -d fd00::/8 '
	cure rules 'ip6tables -S'
	only warn rules
	nft delete table ip6 mine
	ip6tables -w -F OUTPUT
	if iptables -w -A OUTPUT -m conntrack --ctstate INVALID -j DROP 2>/dev/null; then
		ask conntrack
		doctor 0 "conntrack drops"
		line warn conntrack '1 may drop our segments as INVALID: -A OUTPUT .*INVALID'
		cure conntrack '--guard shield'
		iptables -w -F OUTPUT
	else
		skip "conntrack drops" "no conntrack in this kernel (as root: modprobe nf_conntrack)"
	fi
	iptables -w -N ufw-before-output
	iptables -w -N DOCKER-USER
	cp "$(command -v sleep)" $WORK/firewalld
	start manager here $WORK/firewalld 300
	ask managers
	doctor 0 "other managers"
	line warn managers 'ufw \(has rules\), firewalld \(runs\), docker \(has rules'
	cure managers 'do not reload'
	stop "$PID"
	iptables -w -X ufw-before-output
	iptables -w -X DOCKER-USER
	"$GUARD" add --ports 7000 --local 127.0.0.1 --owner "$(sh -c 'echo $PPID')" >/dev/null
	ask leftovers
	doctor 0 "a rule of a living run"
	line ok leftovers 'none; 1 rule in force'
	"$GUARD" del --ports 7000 --local 127.0.0.1 --owner $$ >/dev/null
	sleep 300 &
	"$GUARD" add --ports 7000 --local 127.0.0.1 --owner $!
	kill $!
	wait $! 2>/dev/null
	ask leftovers
	doctor 0 "a rule of a dead run"
	line warn leftovers '1 rule of runs that are gone'
	cure leftovers 'tcpcraft guard sweep'
	"$GUARD" sweep >/dev/null
	nothing_left
}

test_missing() {
	hide_tools '^(ip6?|x)tables'
	ask iptables ipv6 guard-rst guard-nft guard-rst6
	doctor 0 "iptables is missing"
	line warn iptables 'iptables is missing; nft does its work'
	cure iptables 'apt-get install iptables'
	line ok guard-rst 'guard nft\)'
	line ok guard-nft 'guard nft\)'
	line warn ipv6 'ip6tables is missing; nft does its work'
	line ok guard-rst6 'guard nft\)'
	unhide_tools
	hide_tools '^ip6tables|^nft$'
	doctor 0 "ip6tables and nft are missing"
	only warn ipv6 guard-nft guard-rst6 guard-shield6 guard-nft6
	line warn ipv6 "nothing can keep the kernel's RST away"
	cure ipv6 'apt-get install iptables'
	line warn guard-rst6 'ip6tables is missing, and nft too'
	cure guard-rst6 'apt-get install iptables'
	unhide_tools
	hide_tools '^nft$'
	ask iptables ipv6 guard-rst guard-nft guard-nft6
	doctor 0 "nft is missing"
	line ok iptables 'nft is missing'
	line ok guard-rst 'guard rst\)'
	only warn guard-nft guard-nft6
	cure guard-nft 'apt-get install nftables'
	unhide_tools
	hide_tools '^(ip6?|x)tables|^nft$'
	doctor 3 "iptables and nft are missing"
	only fail iptables guard-rst
	line fail iptables 'iptables is missing, and nft too'
	cure guard-rst 'apt-get install iptables'
	unhide_tools
	doctor 3 "no guard script" env TCPCRAFT_LIBEXEC=/no/such/folder
	line fail guard-rst "the guard's script is missing"
	cure guard-rst 'make install'
	only fail guard-rst
	nothing_left
}

test_limits() {
	ip link set lo down
	ask ipv6 capture guard-rst
	doctor 3 "lo is down"
	line fail capture 'lo is down'
	cure capture 'ip link set lo up'
	line warn ipv6 'lo has no ::1'
	cure ipv6 'ip link set lo up'
	line ok guard-rst 'proven: reply'
	ip link set lo up
	echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
	ask ipv6 capture guard-rst6
	doctor 0 "IPv6 is disabled"
	only warn ipv6
	line warn ipv6 'disabled by sysctl'
	cure ipv6 'sysctl net.ipv6.conf.all.disable_ipv6=0'
	line ok guard-rst6 'proven: reply, [1-9]'
	echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6
	address6 here c0 "$CLIENT_IP6" fe80::1
	local range
	range=$(cat /proc/sys/net/ipv4/ip_local_port_range)
	echo 1024 65535 >/proc/sys/net/ipv4/ip_local_port_range
	ask ports guard-rst
	doctor 0 "the kernel uses all ports"
	line warn ports 'use 1024-65535, 0 are left for us'
	cure ports 'ip_local_port_range'
	echo "$range" >/proc/sys/net/ipv4/ip_local_port_range
	ask descriptors capture guard-rst
	doctor 0 "few descriptors" prlimit --nofile=64
	line warn descriptors '64 may be open'
	ask descriptors
	doctor 3 "too few descriptors" prlimit --nofile=16
	line fail descriptors '16 may be open'
	cure descriptors 'ulimit -n 1024'
	ask namespaces guard-rst
	# shellcheck disable=SC2016
	doctor 0 "no user namespaces" unshare -Urn sh -c "$INSIDE" sh \
		'echo 0 >/proc/sys/user/max_user_namespaces'
	line warn namespaces 'no user namespace with a network'
	cure namespaces 'user.max_user_namespaces'
	line ok guard-rst 'proven: reply'
	ask guard-rst
	# shellcheck disable=SC2016
	doctor 0 "no namespaces at all" unshare -Urn sh -c "$INSIDE" sh \
		'for n in user net; do echo 0 >/proc/sys/user/max_${n}_namespaces; done'
	line ok guard-rst 'proven here, where no private network can be had: reply'
	# shellcheck disable=SC2016
	run 30 unshare -Urn sh -c "$INSIDE" sh \
		'for n in user net; do echo 0 >/proc/sys/user/max_${n}_namespaces; done' \
		sh -c '"$1" doctor >/dev/null; echo $?; "$2" list' sh "$TCPCRAFT" "$GUARD"
	same "no namespaces at all: no rule is left there" "$(cat "$OUT")" 0
	nothing_left
}

# A default route to somewhere, which nothing is sent to.
test_path() {
	ip route add default via "$SERVER_IP"
	ask path ipv6
	doctor 0 "a wired path"
	line ok path 'over c0, Ethernet, MTU 1500'
	line ok ipv6 '1 global address, no default route'
	ip route add default via "$SERVER_IP6"
	ask ipv6 offloads
	doctor 0 "a route of IPv6"
	line ok ipv6 '1 global address, a default route'
	ip -6 route del default
	line ok offloads 'c0 has'
	echo 1 >/proc/sys/net/ipv4/conf/c0/rp_filter
	ask rp_filter
	doctor 0 "strict rp_filter"
	line ok rp_filter '1 on c0 \(strict\)'
	mount -t tmpfs tmpfs /sys/class/net
	mkdir -p /sys/class/net/c0/phy80211
	ask path
	doctor 0 "Wi-Fi"
	line warn path 'over c0, which is Wi-Fi: no spare address'
	umount /sys/class/net
	ip route del default
	if ip tuntap add dev t0 mode tun 2>/dev/null; then
		ip addr add 10.78.0.1/24 dev t0
		ip link set t0 up
		ip route add default dev t0
		ask path
		doctor 0 "a VPN"
		line warn path 'over t0, a tunnel without Ethernet'
		ip link del t0
	else
		skip "a VPN" "no tun devices here (as root: modprobe tun)"
	fi
}

# Whatever ends it, and whenever.
test_ended() {
	local sig ms moments
	for sig in KILL TERM INT HUP; do
		moments="10 120 200 280 350"
		[ $sig = KILL ] || [ -n "${TC_LONG-}" ] || moments="40 200"
		for ms in $moments; do
			start doomed here "$TCPCRAFT" doctor guard-rst guard-nft
			sleep "0.$(printf %03d "$ms")"
			kill -$sig "$PID" 2>/dev/null
			wait_for 10 gone "$PID" || not_ok "the doctor ends on SIG$sig"
			wait "$PID" 2>/dev/null
			sed -i "/^$PID\$/d" $WORK/pids
			wait_for 3 left || not_ok "SIG$sig after $ms ms" "$(cat $WORK/left)"
		done
	done
	nothing_left
}

# A program that holds the lock of the tables for longer than anyone waits.
test_lock() {
	if ! iptables-legacy -w -S >/dev/null 2>&1; then
		skip "a held lock" "no legacy tables here (a kernel with ip_tables)"
		return
	fi
	touch /run/xtables.lock
	start holder here flock -F /run/xtables.lock sleep 300
	check "the lock is held" wait_for 5 sh -c '! flock -n /run/xtables.lock true'
	begin
	ask guard-rst guard-shield guard-nft guard-rst6
	doctor 3 "a held lock" env RST_GUARD_BACKEND=iptables-legacy
	check "a held lock: it ends in time" within 12
	only fail guard-rst
	line fail guard-rst 'lock'
	stop "$PID"
	wait_for 5 flock -n /run/xtables.lock true
	none "nor is anything of nft's left in the home of who ran it" "$(find "$HOME" -name '.nft*')"
nothing_left 20
}

net_pair 6
test_healthy
test_users
test_filter
test_missing
test_limits
test_path
test_ended
test_lock
