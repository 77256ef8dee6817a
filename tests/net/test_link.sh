#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The link layer by itself: where frames go (routes, neighbours), that they get there
# (counted by an observer), that nothing which comes back is missed, and what it says when
# the machine is in the way.
export FLOODS=yes
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need nc tcpdump tshark iptables ip6tables bash python3

LINKTEST=$TC_BUILD/peers/linktest

link() {
	run 60 "$LINKTEST" "$@"
}

# said NAME WORD...: each word is in the last answer
said() {
	local name="$1" word
	shift
	for word; do
		case " $(cat "$OUT") " in
		*" $word "*) ;;
		*) not_ok "$name" "no $word in:" "$(cat "$OUT" "$ERR")"; return ;;
		esac
	done
	ok "$name"
}

complained() {
	if [ "$RC" = 1 ]; then
		matches "$1" "$ERR" "$2"
	else
		not_ok "$1" "exit $RC:" "$(cat "$OUT" "$ERR")"
	fi
}

mac_of() {
	in_ns "$1" ip -o link show "$2" | sed 's/.*link.ether \([^ ]*\).*/\1/'
}

net_pair
# Addresses of nobody, behind a gateway, without a route, known to the kernel; what neighbours
# are asked by.
NOBODY=10.77.0.99 NOBODY2=10.77.0.98 SILENT=10.77.0.77 KNOWN=10.77.0.50
FAR_NET=203.0.112.0/24 FAR=203.0.112.9 NOWHERE=10.200.0.1 DOWN=10.202.0.1
SHUT_NET=10.201.0.0/16 SHUT=10.201.0.1 TUN=10.78.0.1/24 TUN_PEER=10.78.0.2
ASKS=ARP QUESTION="arp.opcode == 1" ASKED_BY=arp.src.proto_ipv4 BIGGEST=65507 LONGEST=65549
if [ "$FAMILY" = 6 ]; then
	NOBODY=fd77::99 NOBODY2=fd77::98 SILENT=fd77::77 KNOWN=fd77::50
	FAR_NET=2001:db9::/64 FAR=2001:db9::9 NOWHERE=fd99::1 DOWN=fd97::1
	SHUT_NET=fd98::/64 SHUT=fd98::1 TUN=fd78::1/64 TUN_PEER=fd78::2
	ASKS='neighbour solicitations' ASKED_BY=ip.src BIGGEST=65488 LONGEST=65550
fi
C_MAC=$(mac_of here c0) S_MAC=$(mac_of srv s0)
[ "$FAMILY" = 4 ] || QUESTION="icmpv6.type == 135 && eth.src == $C_MAC"

# ---- routes ----------------------------------------------------------------------

link path $LOOPBACK
said "loopback is local, without Ethernet, and as large as a datagram" \
	src=$LOOPBACK if=lo mtu=65535 local=1 ethernet=0 ours=1 free=1
link path "$CLIENT_IP"
said "an address of this host is reached over lo" src="$CLIENT_IP" if=lo local=1
link path "$CLIENT_IP" - c0
complained "… and not over the interface that has it" \
	"$CLIENT_IP is an address of this host: it is reached over lo, not c0"
link path "$SERVER_IP"
said "a neighbour is reached over Ethernet" src="$CLIENT_IP" gateway=- if=c0 \
	mtu=1500 local=0 ethernet=1 ours=1 mac="$C_MAC"
link path "$SERVER_IP" $NOBODY
said "a source that nobody owns is allowed and known as such" src=$NOBODY ours=0 if=c0
ip route add $FAR_NET via "$SERVER_IP" mtu 1400
link path $FAR
said "gateway and MTU come from the route" gateway="$SERVER_IP" mtu=1400 if=c0 free=0
link path $NOWHERE
complained "no route is named" "no route to $NOWHERE: see ip( -6)? route"
case $FAR in *:*) six=-6 ;; *) six= ;; esac
ip $six rule add from "$CLIENT_IP" unreachable
link path $FAR "$CLIENT_IP"
complained "one that a rule refuses to a source is named with it" \
	"no route to $FAR from $CLIENT_IP: see (ip rule and ip route|ip -6 rule and ip -6 route) \\("
ip $six rule del from "$CLIENT_IP" unreachable
ip route add blackhole $SHUT_NET
link path $SHUT
complained "so is one that forbids" "no route to $SHUT: the routing table forbids it"
link path "$SERVER_IP" - eth7
complained "an unknown interface is named, and those there are" \
	"no such interface: eth7 \(there are: .*c0.*\)"
ip link add d0 type veth peer name d1
link path $DOWN - d0
complained "an interface that is down is named with the cure" \
	"d0 is down: ip link set d0 up"

# ---- neighbours ------------------------------------------------------------------

ip neigh flush dev c0
observe asked srv s0 "arp or icmp6"
link resolve "$SERVER_IP"
said "the neighbour answers our question" resolved=1 next="$S_MAC"
link resolve "$SERVER_IP" $NOBODY2
said "… also when the source is nobody's" resolved=1 next="$S_MAC"
same "the kernel's own table is left alone" "$(ip neigh show "$SERVER_IP" dev c0)" ""
observed asked
same "the requests name our addresses, and no other was made" \
	"$(packets asked "$QUESTION" eth.src "$ASKED_BY" |
	tr '\t' ' ')" "$C_MAC $CLIENT_IP
$C_MAC $NOBODY2"
ip neigh replace $KNOWN lladdr 02:00:00:00:00:50 dev c0 nud permanent
link resolve $KNOWN
said "what the kernel knows is believed" next=02:00:00:00:00:50
link resolve $FAR
said "behind a router it is the router's address" next="$S_MAC"
link resolve $SILENT
complained "silence is named" "$SILENT does not answer $ASKS on c0"

# ---- nothing is missed -----------------------------------------------------------

# Several at once: most of the time goes into the kernel's opening and closing.
ready() {
	local mode="$1" dst="$2" jobs='' i
	for i in 1 2 3 4 5 6 7 8; do
		start "ready$i" here "$LINKTEST" ready "$dst" $((100 + i)) "$3" "$mode"
		jobs="$jobs $PID"
	done
	for i in $jobs; do
		wait_for 100 gone "$i"
	done
	cat $WORK/ready?.out $WORK/ready?.err
}

all_answered() {
	same "$1" "$(ready "$2" "$3" "$4" | sort -u)" "trials=$4 answered=$4 dropped=0"
}

all_answered "1000 times open, send at once: the first answer is seen" "" "$SERVER_IP" 125
all_answered "… when blocks of frames are waited for" blocks "$SERVER_IP" 8
all_answered "… when the ring is polled" busy "$SERVER_IP" 8
all_answered "… over lo" "" $LOOPBACK 8
# The capture of a busy interface is full of other frames until its filter is in place.
start noise here sh -c "while :; do $LINKTEST send $LOOPBACK 9 9000; done"
all_answered "… over lo with much else going on" "" $LOOPBACK 8
stop "$PID"
all_answered "… over a raw socket on an Ethernet interface" raw "$SERVER_IP" 8

largest_datagram() {
	bash -c "dd if=/dev/zero bs=$BIGGEST count=1 status=none >/dev/udp/$1/7000"
}

# bulk NAME NS-OF-SENDER ADDR MODE [PEER]: the kernel sends 4 MB to us at ADDR while we
# watch the interface to PEER
bulk() {
	start "watch$4" here "$LINKTEST" watch "${5-$3}" "dst port 7000" 100000 "$4"
	local watch=$PID
	wait_for 10 grep -q ready "$WORK/watch$4.out"
	start sink here nc -d -l -s "$3" -p 7000
	local sink=$PID
	wait_for 10 sh -c "ss -Hltn | grep -q :7000"
	in_ns "$2" bash -c "dd if=/dev/zero bs=1M count=4 status=none >/dev/tcp/$3/7000"
	wait_for 10 gone "$sink"
	[ "$2" != here ] || largest_datagram "$3"
	same "$1: all of it arrived" "$(wc -c <$WORK/sink.out)" 4194304
	stop "$watch" INT
	cp "$WORK/watch$4.out" "$OUT"
}
bulk "4 MB over a veth pair" srv "$CLIENT_IP" link "$SERVER_IP"
said "super-segments are seen whole, none is lost" cut=0 dropped=0
matches "… and there were some" "$OUT" 'longest=([2-9][0-9]{3}|[0-9]{5}) '
bulk "4 MB over lo" here $LOOPBACK blocks
said "the largest datagram is seen whole, nothing is lost" longest=$LONGEST cut=0 dropped=0

# ---- sending ---------------------------------------------------------------------

# (The other end of a veth pair holds a thousand frames; where its processor is late it takes no
# more, and the sender is told.)
for try in 1 2 3 4 5; do
	observe batch$try srv s0 "tcp dst port 9"
	link send "$SERVER_IP" 9 20000
	observed batch$try
	! grep -q ' errors=0 ' "$OUT" || break
done
said "a batch of 20000 is sent" rc=20000 sent=20000 errors=0
same "… and arrives: the observer counts it" \
	"$(packets "batch$try" "tcp.flags.syn == 1" tcp.srcport | wc -l)" 20000
check_wire "batch$try" "tcp.dstport == 9"

tables here -A OUTPUT -p tcp --dport 9 --sport 10010:10029 -j DROP
link send $LOOPBACK 9 1000
said "frames that a local firewall drops are counted, the others go" \
	rc=980 sent=980 errors=20 eperm=20
tables here -A OUTPUT -p tcp --dport 9 -m mark ! --mark 0x7463 -j DROP
link send $LOOPBACK 9 200
said "when it drops all, that is the result" rc=-1 sent=0 errors=200 eperm=200
matches "… and it is named" "$ERR" "a local firewall dropped what was sent on lo"
tables here -D OUTPUT 1
link send $LOOPBACK 9 200 marked
said "a rule sees the mark of the frames that carry it" rc=200 sent=200 errors=0
tables here -F OUTPUT

carry() {
	local name="$1" to="$2" hex="$3"
	link carry "$to" "$hex"
	[ -z "${4-}" ] || { matches "$name" "$ERR" "$4"; return; }
	said "$name" carried=1
}
if [ "$FAMILY" = 4 ]; then
	IP_REST=7f0000017f000001
	carry "the raw path carries a correct header" 127.0.0.1 450000140001400040063ce1$IP_REST
	carry "… and ip.id=0 with DF" 127.0.0.1 450000140000400040063ce2$IP_REST
	carry "… not without DF" 127.0.0.1 450000140000000040067ce2$IP_REST "ip.id=0"
	carry "… not a wrong ip.len" 127.0.0.1 450000150001400040063ce0$IP_REST "ip.len=21 .*--inject"
	carry "… not a wrong checksum" 127.0.0.1 450000140001400040060000$IP_REST "ip.checksum=0x0000"
	carry "… not an empty source" 127.0.0.1 45000014000140004006bbe3000000007f000000 "ip.src=0"
	carry "… not a cut header" 127.0.0.1 4500 "ip.hdr_len"
else
	IP_REST=0000000000000000000000000000000100000000000000000000000000000001
	carry "the raw path carries a correct header" ::1 6000000000003b40$IP_REST
	carry "… and one that lies: this kernel changes nothing" ::1 6000000000013b40$IP_REST
	carry "… not a cut header" ::1 6000 "2 bytes are no whole IPv6 header"
fi
carry "a link carries anything" "$SERVER_IP" 00

# ---- ports -----------------------------------------------------------------------

start held here sh -c "sleep 60 | $LINKTEST ports $CLIENT_IP 5000 4"
wait_for 10 grep -q first= $WORK/held.out
link ports "$CLIENT_IP" 5003 2
complained "a port that another run holds is in use" \
	"port 5003 is in use on $CLIENT_IP: choose another .ss -tan"
link ports $NOBODY2 5003 2
said "… but not on an address that nobody owns" first=5003 count=2
link ports "$CLIENT_IP" 4990 200
complained "a large block is checked in the kernel's list" "port 500. is in use"
start listener here nc -l -s "$CLIENT_IP" -p 6033
wait_for 10 sh -c "ss -Hltn | grep -q :6033"
link ports "$CLIENT_IP" 6000 200
complained "… for listeners too" "port 6033 is in use"
link ports "$CLIENT_IP" 6034 200
said "the ports beside them are free" first=6034 count=200
link ports "$CLIENT_IP" 65530 7
complained "ports end at 65535" "7 source ports from 65530 on do not end by 65535"
link ports "$CLIENT_IP" 0 20000
said "a block of 20000 has room" count=20000
matches "… and is ours, as the kernel gives none of it away" "$OUT" "count=20000$"
low=$(cut -f 1 /proc/sys/net/ipv4/ip_local_port_range)
high=$(cut -f 2 /proc/sys/net/ipv4/ip_local_port_range)
first=$(sed 's/first=\([0-9]*\).*/\1/' "$OUT")
check "… outside of the kernel's range" \
	[ $((first + 19999)) -lt "$low" -o "$first" -gt "$high" ]
echo "1024 65535" >/proc/sys/net/ipv4/ip_local_port_range
link ports "$CLIENT_IP" 0 1
said "where the kernel's range is everything a port is taken from it" count=1
link ports "$CLIENT_IP" 0 64
matches "… 64 are bound, and ours" "$OUT" "count=64$"
link ports "$CLIENT_IP" 0 65
matches "… of more some are not, and the kernel may give them away" "$OUT" "count=65 shared$"
echo "$low $high" >/proc/sys/net/ipv4/ip_local_port_range

# ---- without Ethernet, without rights, without the interface -----------------------

start mirror here "$LINKTEST" mirror tun1
if says $WORK/mirror.out ready 10; then
	ip addr add $TUN dev tun1 && ip link set tun1 up
	link path $TUN_PEER
	said "a tunnel has no Ethernet" if=tun1 ethernet=0 local=0
	link ready $TUN_PEER 80 3
	said "it is spoken to through the raw socket" trials=3 answered=3 dropped=0
	link send $TUN_PEER 80 1 link
	complained "and not through Ethernet" "tun1 has no Ethernet headers: use --inject raw"
elif [ -s $WORK/mirror.err ]; then
	skip "a tunnel without Ethernet" "no tun devices here (as root: modprobe tun): $(cat $WORK/mirror.err)"
else
	not_ok "a tunnel is there"
fi

run 10 setpriv --bounding-set=-net_raw "$LINKTEST" send $LOOPBACK 9 1
complained "without the privilege it says which, and the cure" \
	"capturing on lo needs CAP_NET_RAW, which root lacks here: give it.*unshare -Urn"
link watch $LOOPBACK "tcp port and" 1
complained "a bad filter is shown" "capture filter 'tcp port and': "

run 10 ls /proc/self/fd
inherited=$(cat "$OUT")
link fds "$SERVER_IP"
same "a child inherits nothing of an open link" "$(cat "$OUT")" "$inherited"

# watching NAME FILTER MODE [PEER]: a watch of frames without end, which is $WATCH
watching() {
	start "$1" here "$LINKTEST" watch "${4-$SERVER_IP}" "$2" 100000 "$3"
	WATCH=$PID
	says "$WORK/$1.out" ready 10 || not_ok "$1: a watch begins" "$(cat "$WORK/$1.err")"
}

# counted: what it saw until now
counted() {
	stop "$WATCH" INT
	cp "$WORK/$1.out" "$OUT"
}

mapped() {
	grep -q socket: "/proc/$WATCH/maps" && echo yes || echo no
}

# A ring, or the socket that is there at once: both show the same. The kernel takes a tag out of
# what arrives.
TAGGED=58
[ "$FAMILY" = 4 ] || TAGGED=78

# The kernel's memory for it: as much as anybody may have, or more by right (SO_RCVBUFFORCE), which
# nobody has in a user namespace.
NOT_ENOUGH=no
[ "$(cat /proc/sys/net/core/rmem_max)" -ge $((512 << 10)) ] || NOT_ENOUGH=yes
MAPPED=no
python3 -c 'import socket; socket.socket().setsockopt(socket.SOL_SOCKET, 33, 1 << 20)' \
	2>/dev/null || MAPPED=$NOT_ENOUGH

for how in ring at_once; do
	ring=yes
	[ $how = ring ] || ring=$MAPPED

	watching once$how "tcp dst port 9" $how $LOOPBACK
	same "$how: the kernel's buffer is mapped, or is none" "$(mapped)" $ring
	link send $LOOPBACK 9 200
	counted once$how
	matches "… each frame over lo is seen once" "$OUT" "^seen=200 .* cut=0 .* dropped=0"

	watching tag$how "tcp dst port 7009" $how
	in_ns srv "$TCPCRAFT" send "$CLIENT_IP" 7009 vlan.id=7 tcp.flags=S --timeout 0.1 \
		--guard off >$WORK/tagged.out
	counted tag$how
	matches "… a tag that was taken out is in the frame again" "$OUT" \
		"^seen=1 longest=$TAGGED cut=0"

	# It sleeps for as long as it is stopped: what has no room is counted, and nothing else.
	watching full$how "tcp dst port 9" "$how,small"
	kill -STOP "$WATCH"
	link send "$SERVER_IP" 9 5000
	sent=$(sed -n 's/.* sent=\([0-9]*\).*/\1/p' "$OUT")
	kill -CONT "$WATCH"
	counted full$how
	same "… what there was no room for is counted" "$(sed -n \
		's/.*seen=\([0-9]*\).* dropped=\([0-9]*\).*/\1 \2/p' "$OUT" |
		awk '{ print $1 + $2, ($1 > 0), ($2 > 0) }')" "$sent 1 1"
done

start private here unshare -Urn sh -c "ip link set lo up &&
	exec $LINKTEST watch 127.0.0.1 'tcp dst port 9' 100 at_once"
WATCH=$PID
if says $WORK/private.out ready 10; then
	same "a user's own network has it where that is enough" "$(mapped)" $NOT_ENOUGH
	stop "$WATCH" INT
else
	skip "a user's own network has it where that is enough" \
		"no network of a user's own here (allow user namespaces): $(cat $WORK/private.err)"
fi

ended=''
for how in ring at_once at_once,busy; do
	watching "gone$how" "tcp port 7" $how
	ended="$ended $WATCH"
done
ip link del c0
for watch in $ended; do
	wait_for 10 gone "$watch"
	wait "$watch"
	same "an interface that disappears ends the capture" "$?" 1
done
matches "… with a word" $WORK/gonering.err "the capture ended: "
[ $MAPPED = yes ] || GONE="the interface is gone"
matches "… at once" $WORK/goneat_once.err "the capture ended: ${GONE-}"
matches "… and polled" $WORK/goneat_once,busy.err "the capture ended: ${GONE-}"
