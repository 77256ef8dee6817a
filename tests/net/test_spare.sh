#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# An address that no host owns: a connection from it works without a guard, others find it
# by ARP, or neighbour discovery, while the run lasts and not a moment longer, and what cannot work is refused with
# its reason.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need tshark dumpcap iptables

export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"
# What others ask for it with, as tshark has it; and our own words before and about it.
names_of_family() {
	SPARE=10.77.0.50 NEXT=10.77.0.51 LAST=10.77.0.53 SAYS=ARP CAPTURE='ip or arp'
	EVERYWHERE=0.0.0.0 USED=10.77.0.60 FOREIGN=10.99.0.1 FIRST=10.77.0.0 BITS=24
	SUBNET='10.77.0.1/24' FIRST_IS="network's own" TUN=10.78.0. FAR=198.18.2.
	GATE=10.77.0.254 ROUTER=254 NOBODY=10.77.0.99
	FORWARDS=net.ipv4.ip_forward ASKS=ARP
	PROBE="arp.src.proto_ipv4 == 0.0.0.0 && arp.dst.proto_ipv4 == $SPARE"
	TELL="arp.opcode == 1 && arp.src.proto_ipv4 == $SPARE && arp.dst.proto_ipv4 == $SPARE"
	ANSWER="arp.opcode == 2 && arp.src.proto_ipv4 == $SPARE"
	TARGET='(arp.src.proto_ipv4 == 10.77.0.50 || arp.dst.proto_ipv4 == 10.77.0.50)'
	[ "$FAMILY" = 6 ] || return 0
	SPARE=fd77::50 NEXT=fd77::51 LAST=fd77::53 SAYS='neighbour discovery' CAPTURE=ip6
	EVERYWHERE=:: USED=fd77::60 FOREIGN=fd99::1 FIRST=fd77:: BITS=64
	SUBNET='fd77::1/64' FIRST_IS="routers'" TUN=fd78:: FAR=2001:db8:2::
	GATE=fd77::fe ROUTER=fe NOBODY=fd77::99
	FORWARDS=net.ipv6.conf.all.forwarding ASKS='neighbour solicitations'
	PROBE="icmpv6.type == 135 && ipv6.src == :: && icmpv6.nd.ns.target_address == $SPARE"
	TELL="icmpv6.type == 136 && ipv6.dst == ff02::1 && icmpv6.nd.na.target_address == $SPARE"
	ANSWER="icmpv6.type == 136 && ipv6.dst != ff02::1 && icmpv6.nd.na.target_address == $SPARE"
	TARGET="(icmpv6.nd.ns.target_address == $SPARE || icmpv6.nd.na.target_address == $SPARE)"
}
MAC=02:00:00:00:00:aa

# value KEY: of the result line in $OUT; keys of objects in it are found by their own name.
value() { sed -n "s/.*\"type\":\"result\".*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$OUT"; }

# A hand-made question from srv: who has $1? Prints the MAC that answers within a second.
who_has() {
	if [ "$FAMILY" = 6 ]; then nd_who_has "$1"; else arp_who_has "$1"; fi
}

# RFC 4861 4.3: to the group of the address. The kernel's socket makes the checksum.
nd_who_has() {
	in_ns srv /usr/bin/python3 - "$1" "$SERVER_IP" "$S0_MAC" <<-'END'
		import socket, struct, sys, time
		s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
		link = socket.if_nametoindex("s0")
		s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
		s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, link)
		s.bind((sys.argv[2], 0))
		me = bytes.fromhex(sys.argv[3].replace(":", ""))
		ip = socket.inet_pton(socket.AF_INET6, sys.argv[1])
		group = bytes.fromhex("ff0200000000000000000001ff") + ip[13:]
		s.sendto(b"\x87" + bytes(7) + ip + b"\1\1" + me,
		         (socket.inet_ntop(socket.AF_INET6, group), 0, 0, link))
		end = time.monotonic() + 1
		while time.monotonic() < end:
		    s.settimeout(max(0.001, end - time.monotonic()))
		    try:
		        f = s.recv(200)
		    except socket.timeout:
		        break
		    if f[0] == 136 and f[8:24] == ip and f[24:26] == b"\2\1":
		        print(f[26:32].hex(":"))
		        break
	END
}

arp_who_has() {
	in_ns srv /usr/bin/python3 - "$1" <<-'END'
		import socket, struct, sys, time
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
		s.bind(("s0", 0x0806))
		me = s.getsockname()[4]
		ip = socket.inet_aton(sys.argv[1])
		head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
		s.send(b"\xff" * 6 + me + b"\x08\x06" + head + me +
		       socket.inet_aton("10.77.0.2") + bytes(6) + ip)
		end = time.monotonic() + 1
		while time.monotonic() < end:
		    s.settimeout(max(0.001, end - time.monotonic()))
		    try:
		        f = s.recv(100)
		    except socket.timeout:
		        break
		    if f[20:22] == b"\0\2" and f[28:32] == ip:
		        print(f[22:28].hex(":"))
		        break
	END
}

is_silent() {
	none "nobody answers $SAYS for $1 ($2)" "$(who_has "$1")"
}

neighbour() {
	in_ns srv ip neigh show "$1" dev s0 | sed -n 's/.*lladdr \([^ ]*\) .*/\1/p'
}

# hold NAME ARG...: a connection that stays open until its end of the pipe is closed (fd 9)
hold() {
	local name="$1"
	shift
	rm -f "$WORK/stdin"
	mkfifo "$WORK/stdin"
	# shellcheck disable=SC2016
	start "$name" here sh -c 'in=$1; shift; exec "$@" <"$in"' sh "$WORK/stdin" \
		"$TCPCRAFT" connect "$SERVER_IP" "$P" "$@"
	exec 9>"$WORK/stdin"
	wait_for 10 grep -q ESTABLISHED "$WORK/$name.err" ||
		not_ok "$name: a connection from a spare address is held open" \
			"$(cat "$WORK/$name.err")"
}

let_go() {
	printf 'PROT\001\000\000\000\001aa\000' >&9
	exec 9>&-
	wait_for 10 gone "$1" || not_ok "process $1 ends"
	wait "$1"
	RC=$?
	sed -i "/^$1\$/d" "$WORK/pids"
}

# quiet_wire WHAT [MAC]: WHAT sends no reset; with MAC it means one, from there.
quiet_wire() {
	same "$1: no reset from our side that is not meant" "$(packets wire \
		"tcp.flags.reset == 1 && ip.src == $SPARE" eth.src)" "${2-}"
	none "$1: our kernel sends no ICMP" "$(packets wire "(icmp || icmpv6.type < 128) &&
		ip.src == $CLIENT_IP" frame.number)"
	none "$1: our kernel says nothing about the address" "$(packets wire \
		"eth.src == $C0_MAC && $TARGET" frame.number)"
}

test_prot() {
	observe wire srv s0 "$CAPTURE"
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$P" hello --source $SPARE --seed 7 --json
	observed wire
	mac=$(value mac)
	same "prot from a spare address: reply" "$RC $(value verdict) $(value mode)" \
		"0 reply none"
	check "its MAC is one of its own: $mac" expr "$mac" : '02:\(..:\)\{4\}..$' >/dev/null
	same "the server found it there" "$(neighbour $SPARE)" "$mac"
	same "all its frames come from there" "$(packets wire "ip.src == $SPARE" eth.src |
		sort -u)" "$mac"
	same "three probes before, from nobody (RFC 5227 2.1.1, RFC 4862 5.4)" "$(packets wire \
		"$PROBE" eth.src | sort | uniq -c | sed 's/^ *//')" "3 $mac"
	same "one announcement (RFC 5227 2.3, RFC 4861 7.2.6)" "$(packets wire "$TELL" eth.src)" \
		"$mac"
	quiet_wire "prot"
	check_wire wire "ip.src == $SPARE"
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$P" hello --source $SPARE --seed 7 --json
	same "the same seed gives the same MAC" "$RC $(value mac)" "0 $mac"
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$P" hello --source $SPARE --seed 8 --json
	same "another seed another, and the neighbour learns it" \
		"$RC $(value verdict) $(neighbour $SPARE)" "0 reply $(value mac)"
	same "the two differ" "$([ "$(value mac)" != "$mac" ] && echo yes)" yes
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$P" hello --source $SPARE --source-mac $MAC
	matches "people are told" "$OUT" "no guard needed: our address was at $MAC, $SAYS answered"
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$P" hello --source $SPARE-$LAST \
		--count 8 --json
	same "several spare addresses in one run" "$RC $(value verdict) $(value connections)" \
		"0 reply 8"
	same "each is at home with us" "$(neighbour $LAST)" "$(value mac)"
	is_silent $SPARE "after the run"
	nothing_left
}

# Another host asks while we run; afterwards nobody is there, also after SIGKILL.
test_answers() {
	is_silent $SPARE "before"
	hold held --source $SPARE --source-mac $MAC
	same "$SAYS is answered while the run lasts" "$(who_has $SPARE)" "$MAC"
	is_silent $NEXT "it is for another address"
	same "the host's own is answered by the kernel" "$(who_has "$CLIENT_IP")" "$C0_MAC"
	same "no rule is in force" "$("$TCPCRAFT" guard list && echo yes)" yes
	check "the server speaks with the spare address" in_ns srv sh -c \
		"ss -Hnt state established | grep -q $SPARE"
	refuses 3 "$SPARE is in use by $MAC on c0" prot "$SERVER_IP" "$P" x --source $SPARE
	let_go "$PID"
	same "the held connection got its reply" "$RC $(cat $WORK/held.out)" "0 ACK"
	is_silent $SPARE "after the end"
	hold killed --source $SPARE --source-mac $MAC
	stop "$PID" KILL
	exec 9>&-
	is_silent $SPARE "after SIGKILL"
	hold ended --source $SPARE --source-mac $MAC
	stop "$PID" TERM
	exec 9>&-
	is_silent $SPARE "after SIGTERM"
	nothing_left
}

# While we hold the address another host takes it: noted, not fought.
test_conflict() {
	hold contested --source $SPARE --source-mac $MAC
	in_ns srv /usr/bin/python3 - "$SPARE" <<-'END'
		import socket, struct, sys
		rival = bytes.fromhex("0200000000bb")
		if ":" in sys.argv[1]:		# an announcement (RFC 4861 7.2.6)
		    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
		    link = socket.if_nametoindex("s0")
		    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
		    ip = socket.inet_pton(socket.AF_INET6, sys.argv[1])
		    s.sendto(struct.pack("!BBHI", 136, 0, 0, 0x20000000) + ip + b"\2\1" + rival,
		             ("ff02::1", 0, 0, link))
		else:
		    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		    s.bind(("s0", 0))
		    ip = socket.inet_aton(sys.argv[1])
		    s.send(b"\xff" * 6 + rival + b"\x08\x06" +
		           struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + rival + ip + bytes(6) + ip)
	END
	let_go "$PID"
	matches "a conflict is told" $WORK/contested.err \
		"$SPARE was claimed by another host too, 02:00:00:00:00:bb"
	in_ns srv ip neigh flush dev s0
	nothing_left
}

# Without a driver of our own: crafted packets, and who is asked for is still at home.
test_send() {
	in_ns srv ip neigh flush dev s0
	# Where the next hop is known our own request does not tell it who we are.
	ip neigh replace "$SERVER_IP" lladdr "$S0_MAC" nud reachable dev c0
	observe wire srv s0 "$CAPTURE"
	run 20 "$TCPCRAFT" send "$SERVER_IP" "tcp.dport=$P" tcp.flags=S --source $SPARE \
		--source-mac $MAC
	observed wire
	same "send from a spare address: answered" \
		"$RC $(grep -c 'S\.' "$OUT") $(neighbour $SPARE)" "0 1 $MAC"
	same "send: the SYN came from there" "$(packets wire "tcp.flags == 0x002 &&
		ip.src == $SPARE" eth.src)" "$MAC"
	same "send: and the request for its address was answered" "$(packets wire "$ANSWER" \
		eth.src | sort -u)" "$MAC"
	quiet_wire "send" "$MAC"
	is_silent $SPARE "after send"
	in_ns srv ip neigh flush dev s0
	run 20 "$TCPCRAFT" send "$SERVER_IP" "tcp.dport=$P" tcp.flags=S vlan.id=5 \
		--source $SPARE --timeout 0.3
	same "send with a VLAN tag: the filter is one that pcap takes" "$(cat "$ERR")" ""
	nothing_left
}

# A host that forwards would send on what is for others: not with a MAC of our own.
test_forwarding() {
	sysctl -qw $FORWARDS=1
	observe wire srv s0 "$CAPTURE"
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$P" hello --source $SPARE --json
	observed wire
	same "a host that forwards, a MAC of its own: reply" "$RC $(value verdict)" "0 reply"
	quiet_wire "a host that forwards"
	refuses 2 "source MAC own while this host forwards \\($FORWARDS=1.*leave out" \
		prot "$SERVER_IP" "$P" x --source $SPARE --source-mac own
	refuses 2 'source MAC own while this host forwards' \
		prot "$SERVER_IP" "$P" x --source $SPARE --source-mac "$C0_MAC"
	sysctl -qw $FORWARDS=0
	observe wire srv s0 "$CAPTURE"
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$P" hello --source $SPARE --source-mac own --json
	observed wire
	same "a host that does not, its MAC: reply" "$RC $(value verdict) $(value mac)" \
		"0 reply $C0_MAC"
	none "a host that does not, its MAC: no reset from our side" "$(packets wire \
		"tcp.flags.reset == 1 && ip.src == $SPARE" frame.number)"
	nothing_left
}

test_refusals() {
	in_ns srv ip addr add $USED/$BITS dev s0
	[ "$FAMILY" = 4 ] || comes "$USED of s0" has_address6 srv s0 $USED
	refuses 3 "$USED is in use by $S0_MAC on c0: choose" \
		prot "$SERVER_IP" "$P" x --source $USED
	refuses 3 "$USED is in use by" prot "$SERVER_IP" "$P" x --source $SPARE,$USED
	refuses 2 "$FOREIGN is not an address of this host, .* subnet of c0 \\($SUBNET" \
		prot "$SERVER_IP" "$P" x --source $FOREIGN
	refuses 2 "not in the subnet of c0" prot "$SERVER_IP" "$P" x --source $SPARE,$FOREIGN
	[ "$FAMILY" = 6 ] || refuses 2 "10.77.0.255 is the broadcast address" \
		prot "$SERVER_IP" "$P" x --source 10.77.0.255
	refuses 2 "$FIRST is the $FIRST_IS address" prot "$SERVER_IP" "$P" x --source $FIRST
	refuses 2 "they cannot be mixed" prot "$SERVER_IP" "$P" x --source "$SPARE,$CLIENT_IP"
	refuses 3 "is not an address of this host" \
		prot "$SERVER_IP" "$P" x --source "$CLIENT_IP,$SPARE"
	refuses 2 'goes over lo, where nobody asks' prot $LOOPBACK "$P" x --source $SPARE
	refuses 2 'with --inject raw' \
		prot "$SERVER_IP" "$P" x --source $SPARE --inject raw
	refuses 2 "is not a single host's" \
		prot "$SERVER_IP" "$P" x --source $SPARE --source-mac ff:ff:ff:ff:ff:ff
	refuses 2 "is not a single host's" \
		prot "$SERVER_IP" "$P" x --source $SPARE --source-mac 00:00:00:00:00:00
	refuses 2 "'host' is neither own nor a MAC" \
		prot "$SERVER_IP" "$P" x --source $SPARE --source-mac host
	refuses 2 'goes with a source that no host owns' \
		prot "$SERVER_IP" "$P" x --source-mac $MAC
	ip link add lonely type veth peer name lonelier
	ip link set lonely up
	# (Of IPv6 there is no route, then.)
	[ "$FAMILY" = 6 ] || refuses 2 'lonely has no IPv4 address, so no subnet' \
		prot "$SERVER_IP" "$P" x --source $SPARE -i lonely --authorized
	ip link del lonely
	nothing_left
}

test_tun() {
	if ! ip tuntap add dev t0 mode tun 2>/dev/null; then
		skip "a spare address is refused on a tun device" "no tun devices here (as root: modprobe tun)"
		return
	fi
	ip link set t0 up
	ip addr add "${TUN}1/$BITS" dev t0
	refuses 2 't0 has no Ethernet' prot "${TUN}2" "$P" x --source "${TUN}5"
	ip link del t0
}

# Wi-Fi is known by a folder in sysfs, which is all that can be had of it here.
test_wifi() {
	mount -t tmpfs tmpfs /sys/class/net 2>$WORK/why || {
		skip "a Wi-Fi device" "no folder of our own over /sys/class/net: $(cat $WORK/why)"
		return
	}
	for sign in wireless phy80211; do
		mkdir -p /sys/class/net/c0/$sign
		refuses 2 'c0 is Wi-Fi, whose access point takes frames from one MAC only' \
			prot "$SERVER_IP" "$P" x --source $SPARE
		rmdir /sys/class/net/c0/$sign
	done
	umount /sys/class/net
}

# Through a gateway, which is then who asks for the address.
test_gateway() {
	new_host rtr
	[ "$FAMILY" = 4 ] || ipv6_host rtr
	ip link del c0
	wait_for 5 sh -c '! ip link show c0 2>/dev/null'
	link_hosts here c0 "$CLIENT_IP/$BITS" rtr r0 "$GATE/$BITS"
	link_hosts rtr r1 "${FAR}$ROUTER/$BITS" srv s0 "${FAR}2/$BITS"
	# (Who has no link-local address asks for nobody.)
	if [ "$FAMILY" = 6 ]; then
		address6 rtr r0 "$GATE" fe80::fe
		address6 rtr r1 "${FAR}$ROUTER" fe80::fe
		address6 srv s0 "${FAR}2" fe80::2
	fi
	in_ns rtr sysctl -qw "$FORWARDS=1"
	ip route add default via "$GATE"
	in_ns srv ip route add default via "${FAR}$ROUTER"
	run 20 "$TCPCRAFT" prot "${FAR}2" "$P" hello --source $SPARE --json
	same "through a gateway: reply" "$RC $(value verdict) $(value mode)" "0 reply none"
	refuses 1 "does not answer $ASKS on c0" prot "$NOBODY" "$P" x --source $SPARE
	nothing_left
}

# A neighbour on the link itself, which is another one on each (RFC 4007): named by its scope.
test_link_local() {
	in_ns srv ip neigh flush dev s0
	# (Our kernel learns it from a probe of the server's for one of our other addresses.)
	ip neigh flush dev c0
	observe wire srv s0 ip6
	refuses 3 "fe80::1%c0 is this host's own" prot fe80::1%c0 "$P" x
	run 20 "$TCPCRAFT" prot fe80::2%c0 "$P" hello --source fe80::50 --source-mac $MAC --json
	observed wire
	same "a link-local target by its scope, from a spare one: reply" \
		"$RC $(value verdict) $(value mode)" "0 reply none"
	same "its MAC was asked for by us, at the group of the address (RFC 4291 2.7.1)" \
		"$(packets wire "icmpv6.nd.ns.target_address == fe80::2 && eth.src == $MAC" \
		eth.dst ipv6.dst ipv6.hlim | sort -u)" "$(printf '33:33:ff:00:00:02\tff02::1:ff00:2\t255')"
	refuses 2 'fe80::2 is another host on each link: name the interface' \
		prot fe80::2 "$P" x --source fe80::50
	# Who calls there: a spare one, and the device's own.
	for at in fe80::50 fe80::1; do
		call="exec nsenter --net=/run/netns/srv $TC_BUILD/peers/caller $at%s0 7004 none"
		run 40 "$TCPCRAFT" probe unprovoked --listen "$at%c0" 7004 --json --call "$call"
		same "probe --listen $at%c0: its caller is heard" "$RC $(value verdict)" "0 speaks"
	done
	run 40 "$TCPCRAFT" fuzz --listen "$at%c0" 7004 --cases 3 --seed 5 --call "$call" \
		--fields tcp.urgent_pointer --journal $WORK/callers.jsonl
	same "fuzz --listen $at%c0: three cases are answered" \
		"$(grep -c '"type":"case".*"reaction":"reply"' $WORK/callers.jsonl)" 3
	start listen here "$TCPCRAFT" listen "$at%c0" 7005 --prot
	says $WORK/listen.err 'listening on' 10 || not_ok "it listens" "$(cat $WORK/listen.err)"
	same "listen $at%c0: a kernel's client is answered" "$(printf 'PROT\1\0\0\0\1aa\0' |
		may_take 10 nsenter --net=/run/netns/srv nc -N "$at%s0" 7005)" ACK
	wait "$PID"
	nothing_left
}

net_pair
names_of_family
C0_MAC=$(cat /sys/class/net/c0/address)
S0_MAC=$(in_ns srv ip -br link show dev s0 | awk '{ print $3 }')
protd_start srv "$EVERYWHERE" -p 0
P=$PROTD_PORT
test_prot
test_answers
[ "$FAMILY" = 4 ] || test_link_local
test_conflict
test_send
test_forwarding
test_refusals
test_tun
test_wifi
test_gateway
stop "$PROTD_PID"
