#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# --vlan: connections in a VLAN of a device whose kernel knows nothing of it, with real peers
# behind a switch that speaks tags (tests/peers/switch.py). What is on the wire is tshark's word,
# the order of what arrived is cmp's.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need tshark dumpcap iptables jq nc strace /usr/bin/python3

export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"
MAC=02:00:00:00:00:aa

# A trunk from us to the switch, and the server on one of its ports.
net_trunk() {
	CLIENT_IP4=10.77.0.1 SERVER_IP4=10.77.0.2
	CLIENT_IP6=fd77::1 SERVER_IP6=fd77::2
	family "$TC_FAMILY"
	new_host sw
	new_host srv
	if [ "$FAMILY" = 6 ]; then both_families here srv; fi
	{
		link_hosts here c0 $CLIENT_IP4/24 sw t0 169.254.0.1/32 &&
		link_hosts sw p0 169.254.0.2/32 srv s0 $SERVER_IP4/24 &&
		address6 here c0 $CLIENT_IP6 fe80::1 && address6 srv s0 $SERVER_IP6 fe80::2
	} || skip_all "no veth pair here (as root: modprobe veth)"
	[ "$FAMILY" = 4 ] || [ "$FAMILIES" = "4 6" ] || skip_all "no IPv6 here (as root: modprobe ipv6)"
	in_ns srv "$TC_BUILD/peers/wire" --no-offload s0
	SPARE=10.77.0.50 ASKS=ARP ASKED=arp NEVER=10.77.0.99
	[ "$FAMILY" = 4 ] || SPARE=fd77::50 ASKS='neighbour solicitations' ASKED=icmpv6 NEVER=fd77::99
}

# switch_on ID[.ID]: what the switch takes and gives over the trunk
switch_on() {
	start switch sw /usr/bin/python3 "$TC_ROOT/tests/peers/switch.py" t0 p0 "$1"
	SWITCH=$PID
	says $WORK/switch.out ready 10 || not_ok "the switch is on" "$(cat $WORK/switch.err)"
}

in_vlan() {
	run 20 "$TCPCRAFT" "$@" -i c0 --vlan "$V"
}

value() { sed -n "s/.*\"type\":\"result\".*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$OUT"; }

# all_tagged WHAT NAME TAGS US: all that is not the server's has these IDs and this priority, and
# is of one MAC that is not our kernel's
all_tagged() {
	same "$1: all frames of ours have the tags" "$(packets "$2" "eth.src != $S0_MAC &&
		eth.type != 0x88b5" ieee8021ad.id ieee8021ad.priority vlan.id \
		vlan.priority | sort -u)" "$3"
	# (Three things that must not be seen, in one look: starting tshark takes longest here.)
	none "$1: what comes back is in the VLAN, our kernel is silent, nobody resets" "$(packets \
		"$2" "(tcp && ip.src == $SERVER_IP && !vlan) || eth.src == $C0_MAC ||
		tcp.flags.reset == 1" frame.number eth.src vlan.id tcp.flags.str)"
	check_wire "$2" "ip.src == $4 && vlan"
}

# One tag: a client from a free address, asked for and answering inside the VLAN.
test_one_tag() {
	V=10
	switch_on 10
	in_ns srv ip neigh flush dev s0
	observe wire sw t0 greater 1
	in_vlan prot "$SERVER_IP" "$P" hello --source "$SPARE" --source-mac $MAC --json -w $WORK/ours.pcap
	observed wire
	same "prot in VLAN 10: reply, no guard" "$RC $(value verdict) $(value mode)" "0 reply none"
	all_tagged "one tag" wire "$(printf '\t\t10\t0')" "$SPARE"
	same "the server found our address there" "$(packets wire "tcp && ip.src == $SERVER_IP" \
		eth.dst | sort -u)" "$MAC"
	none "our kernel knows nothing of the server" "$(ip neigh show "$SERVER_IP" dev c0)"
	same "the probe for our address, in the VLAN" "$(packets wire "$ASKED && eth.src == $MAC &&
		(arp.src.proto_ipv4 == 0.0.0.0 || ipv6.src == ::)" vlan.id)" "$(printf '10\n10\n10')"
	same "every segment of --json is in it" "$(jq -r 'select(.type == "segment").around' "$OUT" |
		sort | uniq -c | awk '{ print ($1 > 6), $2, $3 }')" "1 vlan 10"
	same "-w has the tags of both sides" "$(packets ours tcp vlan.id | sort -u)" 10
	same "show says so of the connection" "$("$TCPCRAFT" show $WORK/ours.pcap --json |
		jq -r 'select(.type == "connection").around')" "vlan 10"
	in_vlan prot "$SERVER_IP" "$P" hello
	same "from the device's own address: reply" "$RC" 0
	matches "people are told" "$OUT" "our address was at 02:.* in vlan 10, "
	nothing_left
}

# Full segments: one tag more than the device's MTU is what Linux lets through.
test_sizes() {
	head -c 40000 /dev/urandom >$WORK/bytes
	start sink srv sh -c "exec nc -ln $SERVER_IP 7777 >$WORK/sunk"
	wait_for 10 in_ns srv sh -c 'ss -Hltn sport = 7777 | grep -q .' || not_ok "netcat listens"
	observe "wire$1" sw t0 greater 1
	in_vlan connect "$SERVER_IP" 7777 --source "$SPARE" --source-mac $MAC --data-file $WORK/bytes
	observed "wire$1"
	wait_for 10 cmp -s $WORK/bytes $WORK/sunk
	same "VLAN $V: 40,000 bytes arrive" "$RC $(cmp $WORK/bytes $WORK/sunk && echo same)" "0 same"
	same "VLAN $V: in segments that fill the device's MTU" "$(packets "wire$1" \
		"tcp && eth.src == $MAC" frame.len | sort -n | tail -n 1)" "$2"
	all_tagged "VLAN $V" "wire$1" "$3" "$SPARE"
	stop "$PID" TERM
}

# What others do in another VLAN, or in none, does not reach us, nor we them.
test_elsewhere() {
	V=11
	refuses 1 "$NEVER does not answer $ASKS on c0" prot "$NEVER" "$P" x -i c0 --vlan 10
	refuses 1 "$SERVER_IP does not answer $ASKS on c0" \
		prot "$SERVER_IP" "$P" x -i c0 --vlan 11 --source "$SPARE"
	refuses 1 "$SERVER_IP does not answer" prot "$SERVER_IP" "$P" x -i c0 --vlan 10.10 \
		--source "$SPARE"
	refuses 1 "$SERVER_IP does not answer" prot "$SERVER_IP" "$P" x -i c0 --source "$SPARE"
	stop "$SWITCH" TERM
	same "the switch dropped what was of other VLANs, and nothing else" \
		"$(sed -n 's/^dropped \(.*\) .*/\1/p' $WORK/switch.out | tr '\n' ' ')" "10.10 11 untagged "
}

# Every way to a connection.
test_commands() {
	V=10:3
	cat >$WORK/frame.pkt <<-'END'
		0 < S 0:0(0) win 65535 <mss 1460>
		+0~+2 > S. 0:0(0) ack 1 <...>
		+0 < . 1:1(0) ack 1 win 65535
		+0 < R. 1:1(0) ack 1 win 0
	END
	in_vlan run $WORK/frame.pkt "$SERVER_IP" "$P" --source "$SPARE"
	same "run: a script's handshake in the VLAN" "$RC" 0
	in_vlan send "$SERVER_IP" "$P" tcp.flags=S --source "$SPARE" --json
	same "send: a SYN is answered there" "$RC $(value verdict)" "0 reply"
	in_vlan probe bad-checksum "$SERVER_IP" "$P" --json --source "$SPARE" --trials 2
	same "probe: an experiment is told" "$RC" 0
	in_vlan fuzz "$SERVER_IP" "$P" --cases 3 --source "$SPARE" --seed 5 \
		--fields tcp.urgent_pointer --journal $WORK/fuzz.jsonl
	same "fuzz: three cases are answered" "$(jq -r 'select(.type == "case").reaction' \
		$WORK/fuzz.jsonl | sort | uniq -c | awk '{ print $1, $2 }')" "3 reply"
	in_vlan prot "$SERVER_IP" "$P" hello --source "$SPARE" --mutate 'data:tcp.urgent_pointer=7' --json
	same "a mutated segment is still in the VLAN" "$RC $(value verdict)" "0 reply"
	run 20 "$TCPCRAFT" send "$SERVER_IP" 80 tcp.flags=S --vlan 100.10:5 --dry-run \
		--format hex
	matches "send --dry-run shows both tags" "$OUT" '88 ?a8 ?a0 ?64 ?81 ?00 ?a0 ?0a'
	nothing_left
}

# What is written down of a connection in a VLAN, and a script that is the server there.
test_told() {
	V=10
	in_vlan prot "$SERVER_IP" "$P" hello --source "$SPARE" --record $WORK/told.pkt \
		--trace-pid "$PROTD_PID" --json
	same "--record and --trace-pid: reply" "$RC $(value verdict)" "0 reply"
	same "the server's calls stand beside its segments" \
		"$(jq -r 'select(.kind == "call").name' "$OUT" | grep -xE 'accept4?|read|recvfrom|write|sendto' |
			sort -u | wc -l | awk '{ print ($1 >= 2) }')" 1
	in_vlan run $WORK/told.pkt "$SERVER_IP" "$P" --source "$SPARE"
	same "what was recorded is played again in the VLAN" "$RC" 0
	in_vlan prot "$SERVER_IP" 9990 hello --source "$SPARE" --json --trace-exec \
		"exec $NO_LEAK_CHECK nsenter --net=/run/netns/srv $PROTD -a $SERVER_IP -p 9990"
	same "--trace-exec: a server behind the switch is started, replies, and its calls are there" \
		"$RC $(value verdict) $(jq -r 'select(.kind == "call").name' "$OUT" |
			sort -u | grep -cxE 'listen|accept4?')" "0 reply 2"
	cat >$WORK/server.pkt <<-'END'
		* > S 0:0(0) <...>
		+0 < S. 0:0(0) ack 1 win 65535 <mss 1000>
		* > . 1:1(0) ack 1
		* > P. 1:6(5) ack 1
		+0 < P. 1:3(2) ack 6 win 65535
		* > . 6:6(0) ack 3
		+0 < R. 3:3(0) ack 6 win 0
	END
	start server here "$TCPCRAFT" run $WORK/server.pkt "$SPARE" 7003 -i c0 --vlan "$V"
	# One SYN at a time, and as often as its kernel asks: those of a socket that was given up
	# would come, too, once somebody answers for the address. It stays until it is reset.
	in_ns srv /usr/bin/python3 - "$SPARE" >$WORK/talk <<-'END'
		import errno, socket, sys, time
		end = time.monotonic() + 60
		while True:
		    try:
		        s = socket.create_connection((sys.argv[1], 7003), timeout=60)
		        break
		    except OSError as e:
		        if e.errno != errno.EHOSTUNREACH or time.monotonic() > end:
		            raise
		s.sendall(b"hello")
		print(len(s.recv(2)))
		try:
		    s.recv(1)
		except ConnectionResetError:
		    print("reset")
	END
	wait_for 30 gone "$PID"
	same "a script is the server there: a kernel's client is answered, and reset" \
		"$(xargs <$WORK/talk)" "2 reset"
	wait "$PID"
	same "… and as the script says" "$? $(grep -c 'not as expected' $WORK/server.err)" "0 0"
	nothing_left
}

# A server in the VLAN: it is asked for there, and answers to where the client came from.
test_listen() {
	local at="${2:-$CLIENT_IP}"
	V=10
	in_ns srv ip neigh flush dev s0
	observe "wire$1" sw t0 greater 1
	start listen here "$TCPCRAFT" listen ${2:+"$2"} 7000 -i c0 --vlan "$V" \
		--prot --keep --json
	says $WORK/listen.err 'listening on port 7000' 10 || not_ok "it listens" "$(cat $WORK/listen.err)"
	in_ns srv /usr/bin/python3 - "$at" >$WORK/talk <<-'END'
		import socket, sys
		for text in b"one", b"two":
		    s = socket.create_connection((sys.argv[1], 7000), timeout=10)
		    s.sendall(b"PROT\1\0\0\0\3" + text + bytes([text[0] ^ text[1] ^ text[2], 0]))
		    print(s.recv(3).decode())
		    s.close()
	END
	observed "wire$1"
	stop "$PID" TERM
	same "listen ${2:-on all}: a kernel's client is answered twice" "$(tr '\n' ' ' <$WORK/talk)" "ACK ACK "
	all_tagged "listen ${2:-on all}" "wire$1" "$(printf '\t\t10\t0')" "$at"
	same "listen ${2:-on all}: the client asked, and found us by our answer" \
		"$(packets "wire$1" "tcp && ip.src == $SERVER_IP" eth.dst | sort -u)" \
		"$(packets "wire$1" "$ASKED && eth.dst == $S0_MAC && eth.src != $C0_MAC" eth.src |
			sort -u)"
	nothing_left
}

# Clients there as targets, which call until they have been heard.
test_callers() {
	V=10
	start caller srv "$TC_BUILD/peers/caller" "$SPARE" 7004 none
	observe "wire$1" sw t0 greater 1
	in_vlan probe "$1" --listen "$SPARE" 7004 --json
	same "probe --listen: those who call from the VLAN are asked" "$RC $(value verdict)" "0 $2"
	in_vlan fuzz --listen "$SPARE" 7004 --cases 3 --seed 5 --fields tcp.urgent_pointer \
		--journal $WORK/callers.jsonl
	observed "wire$1"
	same "fuzz --listen: three cases are answered" "$(jq -r 'select(.type == "case").reaction' \
		$WORK/callers.jsonl | sort | uniq -c | awk '{ print $1, $2 }')" "3 reply"
	none "callers: all frames of ours are in the VLAN" "$(packets "wire$1" \
		"tcp && ip.src == $SPARE && vlan.id != $V" frame.number)"
	check_wire "wire$1" "ip.src == $SPARE && vlan"
	stop "$PID" TERM
	nothing_left
}

test_refusals() {
	refuses 2 "--vlan: '0': the ID of a VLAN is 1 to 4094" prot "$SERVER_IP" 1 x --vlan 0
	refuses 2 "--vlan: '4096': the ID of a VLAN is 1 to 4094" prot "$SERVER_IP" 1 x --vlan 4096
	refuses 2 "--vlan: '1.2.3': a frame has two tags here" prot "$SERVER_IP" 1 x --vlan 1.2.3
	refuses 2 "--vlan: '1:8': a priority is 0 to 7" prot "$SERVER_IP" 1 x --vlan 1:8
	refuses 2 'lo has no Ethernet header, and no place for a tag' \
		prot "$LOOPBACK" 1 x --vlan 10
	refuses 2 'lo has no Ethernet header' prot "$SERVER_IP" 1 x --vlan 10 -i lo
	refuses 2 'name it with -i' listen 7000 --vlan 10
	refuses 2 'name it with -i' fuzz --listen 7000 --vlan 10
	refuses 2 'lo has no Ethernet header' fuzz --listen "$SPARE" 7000 --vlan 10 -i lo
	refuses 3 'no such interface|is down|no such interface: c9' \
		prot "$SERVER_IP" 1 x --vlan 10 -i c9
	refuses 2 '--inject raw leaves the link header to the kernel' \
		prot "$SERVER_IP" 1 x -i c0 --vlan 10 --inject raw
	refuses 2 '--vlan and vlan.id do not go together' \
		send "$SERVER_IP" 80 -i c0 --vlan 10 vlan.id=3
	refuses 2 'both ends of a connection are of one family' \
		prot "$SERVER_IP" 1 x -i c0 --vlan 10 --source "$OTHER"
	refuses 2 'is both ends' prot "$SPARE" 1 x -i c0 --vlan 10 --source "$SPARE"
	refuses 3 'c0 has no address in the network of .*: name one that is free in the VLAN' \
		prot "$STRANGE" 1 x -i c0 --vlan 10
	ip link set c0 mtu "$1"
	refuses 2 "c0 carries $(($1 - 8)) bytes behind two tags, IPv$FAMILY needs $1" \
		prot "$SERVER_IP" 1 x -i c0 --vlan 10.20 --source "$SPARE"
	ip link set c0 mtu 1500
	nothing_left
}

net_trunk
C0_MAC=$(cat /sys/class/net/c0/address)
S0_MAC=$(in_ns srv ip -br link show dev s0 | awk '{ print $3 }')
protd_start srv "$SERVER_IP" -p 0
P=$PROTD_PORT
OTHER=fd77::50 STRANGE=10.99.0.1 LEAST=68
[ "$FAMILY" = 4 ] || OTHER=10.77.0.50 STRANGE=fd99::1 LEAST=1280
test_one_tag
test_sizes 1 1518 "$(printf '\t\t10\t0')"
test_commands
test_told
test_listen l
test_listen s "$SPARE"
test_callers unprovoked speaks
test_elsewhere
V=100.10:5
switch_on 100.10
test_sizes 2 1514 "$(printf '100\t5\t10\t5')"
stop "$SWITCH" TERM
test_refusals $LEAST
stop "$PROTD_PID"
