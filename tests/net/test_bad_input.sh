#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Bad input and unhelpful machines: one clear line that names the thing and the cure, the
# right exit code, nothing left behind.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables nc setpriv

# The same of an experiment, which has its row on standard output all the same.
probe_refuses() {
	local want="$1" line="$2"
	shift 2
	run 20 "$TCPCRAFT" probe paws "$@"
	same "exit $want, one line: tcpcraft probe paws $*" "$RC $(wc -l <"$ERR")" "$want 1"
	matches "says: $line" "$ERR" "^tcpcraft: .*$line"
}

net_pair
protd_start srv "$SERVER_IP" -p 0
P=$PROTD_PORT

# ---- the command line ------------------------------------------------------------
refuses 2 "no command 'prit'" prit
refuses 2 'too few arguments: usage: tcpcraft prot HOST PORT' prot "$SERVER_IP"
refuses 2 'unknown option --fast' prot "$SERVER_IP" "$P" x --fast
refuses 2 'learn takes one target, here are 2' probe learn "$SERVER_IP,$CLIENT_IP" "$P"
refuses 2 '--csv is of experiments: learn has no use for it' probe learn "$SERVER_IP" "$P" --csv
refuses 2 '--parallel: 500, here 128 at most' probe learn "$SERVER_IP" "$P" --parallel 500
refuses 2 '--dot are of probe learn alone' probe paws "$SERVER_IP" "$P" --dot $WORK/x.dot
refuses 2 'backlog asks a server, and with --listen there is none' probe backlog --listen "$P"
refuses 2 'offer asks a client: that is with --listen .ADDR. PORT' probe offer "$SERVER_IP" "$P"
refuses 2 '--call runs a client: it goes with --listen' probe paws "$SERVER_IP" "$P" --call x
refuses 2 'compare asks servers: it does not go with --listen' probe compare --listen "$P"
refuses 2 '--spawn and --revive bring a server back' probe isn --listen "$P" --spawn x
for each in '--spawn x' '--pid 1' "--against $SERVER_IP:1" '--replay x' "-w $WORK/x.pcap" -v '-g 5' \
	"--source $CLIENT_IP" '--vlan 5'; do
	# shellcheck disable=SC2086 # words
	refuses 2 "--jobs and ${each%% *} do not go together.*${each%% *} is for a single" \
		fuzz "$SERVER_IP" "$P" --jobs 2 $each
done
refuses 2 '--jobs and --listen do not go together' fuzz --listen "$P" --jobs 2
refuses 2 '--parallel is to be 3 or more' fuzz "$SERVER_IP" "$P" --jobs 3 --parallel 2
refuses 2 '--jobs: 65 is more than 64' fuzz "$SERVER_IP" "$P" --jobs 65
refuses 2 'PORT is ours already' probe isn --listen "$P" -g 5
refuses 2 'which port of ours' probe isn --listen
refuses 2 '--parallel is for several targets' probe paws "$SERVER_IP" "$P" --parallel 2
refuses 2 'cannot open .*no.model' probe learn "$SERVER_IP" "$P" --against $WORK/no.model
echo '0 SYN - 0' >$WORK/short.model
refuses 2 'short.model: it has 1 inputs, the other machine has 2' probe learn "$SERVER_IP" "$P" \
	--against $WORK/short.model --inputs SYN,ACK
echo '0 SYN' >$WORK/bad.model
refuses 2 'bad.model: line 1: not STATE INPUT OUTPUT NEXT' probe learn "$SERVER_IP" "$P" \
	--against $WORK/bad.model
refuses 2 'unknown option --time' prot "$SERVER_IP" "$P" x --time 3
refuses 2 '--timeout needs SECONDS' prot "$SERVER_IP" "$P" x --timeout
refuses 2 "'soon' is not a number of seconds" prot "$SERVER_IP" "$P" x --timeout soon
refuses 2 "'x' is not a number" prot "$SERVER_IP" "$P" x --count x
printf 'good\nbad \\q\n' >$WORK/escapes
: >$WORK/nothing
refuses 2 "escapes:2: '.q': escapes are" prot "$SERVER_IP" "$P" --data-each $WORK/escapes
refuses 2 'nothing is empty' connect "$SERVER_IP" "$P" --data-each $WORK/nothing
refuses 2 'from the larger to the smaller' connect "$SERVER_IP" "$P" --data-each 9..1
refuses 2 'more than 1000000 payloads' connect "$SERVER_IP" "$P" --data-each 0..1000000
refuses 2 'both give the payload' connect "$SERVER_IP" "$P" --data-each 1..2 --data 00
refuses 2 'it is --repeat' prot "$SERVER_IP" "$P" --data-each 1..2 --count 2
refuses 2 '--repeat is of --data-each' prot "$SERVER_IP" "$P" x --repeat 2
refuses 2 '--parallel is of --data-each' connect "$SERVER_IP" "$P" --parallel 2
refuses 2 'not a port|port' meet "$SERVER_IP" 99999
refuses 2 'prot.flavour' prot "$SERVER_IP" "$P" x --set prot.flavour=3
refuses 2 'prot.version=256 is out of range: 8 bits hold 0 to 255' \
	prot "$SERVER_IP" "$P" x --set prot.version=256
refuses 2 'FIELD=VALUE' prot "$SERVER_IP" "$P" x --set prot.version
refuses 2 'not a hex digit' prot "$SERVER_IP" "$P" --data 5g
refuses 2 'both give the payload' prot "$SERVER_IP" "$P" x --data 55
refuses 2 'allows 512' prot "$SERVER_IP" "$P" --data-length 513
refuses 2 'cannot open /no/such/file' prot "$SERVER_IP" "$P" --data-file /no/such/file
refuses 2 'none of auto, link, raw' prot "$SERVER_IP" "$P" x --inject wire
refuses 2 'guard' prot "$SERVER_IP" "$P" x --guard maybe
refuses 2 "unknown host 'no-such-host.invalid'" prot no-such-host.invalid "$P" x
refuses 2 "port" prot "$SERVER_IP" 70000 x
refuses 2 "port" prot "$SERVER_IP" no-such-service x
refuses 2 'add --authorized' prot 192.0.3.1 "$P" x --source "$CLIENT_IP" -i c0
refuses 2 'an address of many hosts' prot 10.77.0.255 "$P" x
refuses 2 'an address of many hosts' prot 224.0.0.5 "$P" x --authorized -i c0
refuses 2 "none of list" guard dance
refuses 2 "no field matches" fields 'x*'
refuses 2 "cannot open zz: no such file, and no hex digits either" explain zz
refuses 2 "cannot open zz: no such file, and no hex digits either" send "$SERVER_IP" --raw zz
echo '# a remark' >$WORK/no.hex
refuses 2 'no.hex: there is no packet in it' explain $WORK/no.hex
refuses 2 "asks no name server: 'example.net'" send example.net 80 --dry-run
refuses 2 "--source: '' names no address" prot "$SERVER_IP" "$P" x --source ''
# Where packets go is held to that too, also if nobody could take them apart: a TCP header of 60
# bytes that are not there, an IP length of 65535, a source route (loose, strict).
TO_8=0a4d000108080808
HERE=0a4d00010a4d0002
PORTS=1b580050
raw() { echo "$2" >"$WORK/$1.hex"; }
raw offset 450000280001000040060000$TO_8${PORTS}0000000100000000f002ffff00000000
raw length 4500ffff0001000040060000$TO_8${PORTS}00000001000000005002ffff00000000
raw loose 470000300001000040060000${HERE}8307040808080800${PORTS}00000001000000005002ffff00000000
raw strict 4700ffff0001000040060000${HERE}8907040808080800${PORTS}00000001000000005002ffff00000000
for each in offset length; do
	refuses 2 'ip.dst goes beyond this host and the private ranges: add --authorized' \
		send "$SERVER_IP" --raw $WORK/$each.hex
done
for each in loose strict; do
	refuses 2 'ip.options sends packets on to other hosts: add --authorized' \
		send "$SERVER_IP" --raw $WORK/$each.hex
done
refuses 2 'ip.options sends packets on to other hosts: add --authorized' \
	send "$SERVER_IP" "$P" ip.options=hex:8307040808080800
refuses 2 'ip.options sends segments on to other hosts: add --authorized' \
	prot "$SERVER_IP" "$P" x --mutate 'any: ip.options=hex:018907040808080800'
refuses 2 'goes with a source that no host owns' prot "$SERVER_IP" "$P" x --source-mac own

# ---- families (no IPv6 here: sysctl has switched it off) ----------------------------
refuses 3 'no route to fd77::2: IPv6 is switched off here: sysctl net.ipv6.conf.all.disable_ipv6=0' \
	prot fd77::2 "$P" x
refuses 3 'IPv6 is switched off here' connect fd77::2 "$P" --data 00
refuses 3 'IPv6 is switched off here' send fd77::2 "$P" tcp.flags=S
refuses 2 'fe80::2 is another host on each link: name the interface, as in fe80::2%eth0' \
	prot fe80::2 "$P" x
refuses 2 'fe80::2 is another host on each link' connect fe80::2 "$P" --data 00
refuses 2 'fe80::2 is another host on each link' send fe80::2 "$P" tcp.flags=S
refuses 2 'both ends of a connection are of one family' prot "$SERVER_IP" "$P" x --source fd77::1
refuses 2 'both ends of a connection are of one family' prot fd77::2 "$P" x --source "$CLIENT_IP"
probe_refuses 3 'IPv6 is switched off here' fd77::2 "$P"
probe_refuses 2 'fe80::2 is another host on each link' fe80::2 "$P"
probe_refuses 2 'both ends of a connection are of one family' "$SERVER_IP" "$P" --source fd77::1
refuses 2 "10.77.0.2" prot -6 "$SERVER_IP" "$P" x
refuses 2 "fd77::2" prot -4 fd77::2 "$P" x
refuses 2 'IPv4 alone and IPv6 alone' prot -4 -6 "$SERVER_IP" "$P" x
OFF='IPv6 is switched off here: sysctl net.ipv6.conf.all.disable_ipv6=0'
printf '0 < S 0:0(0) win 65535 <mss 1460>\n' >$WORK/syn.pkt
refuses 3 "cannot listen on ::1: $OFF" listen ::1 20124
refuses 3 "cannot listen on IPv6 alone: $OFF" listen -6 20124
refuses 2 '::1 is an address of IPv6, and IPv4 was asked for' listen -4 ::1 20124
refuses 2 "$CLIENT_IP is an address of IPv4, and IPv6 was asked for" listen -6 "$CLIENT_IP" 20124
for each in fuzz conform meet; do
	refuses 3 "no route to fd77::2: $OFF" $each fd77::2 "$P"
	refuses 2 'fe80::2 is another host on each link' $each fe80::2 "$P"
	refuses 2 'both ends of a connection are of one family' $each "$SERVER_IP" "$P" \
		--source fd77::1
done
refuses 3 "cannot listen on ::1: $OFF" fuzz --listen ::1 20124 --cases 1
refuses 3 "cannot listen on fe80::1%c0: $OFF" fuzz --listen fe80::1%c0 20124 --cases 1
refuses 3 "cannot listen on IPv6 alone: $OFF" fuzz -6 --listen 20124 --cases 1
refuses 2 '::1 is an address of IPv6, and IPv4 was asked for' fuzz -4 --listen ::1 20124
refuses 2 "$CLIENT_IP is an address of IPv4, and IPv6 was asked for" \
	fuzz -6 --listen "$CLIENT_IP" 20124
probe_refuses 3 "cannot listen on ::1: $OFF" --listen ::1 20124
probe_refuses 2 '::1 is an address of IPv6, and IPv4 was asked for' -4 --listen ::1 20124
refuses 3 'fe80::2%eth9: there is no interface eth9' prot fe80::2%eth9 "$P" x
refuses 3 'fe80::9%eth9: there is no interface eth9' listen fe80::9%eth9 20124
refuses 3 "no route to fd77::2: $OFF" run $WORK/syn.pkt fd77::2 "$P"
refuses 2 'fe80::2 is another host on each link' run $WORK/syn.pkt fe80::2 "$P"
refuses 2 'both ends of a connection are of one family' \
	run $WORK/syn.pkt "$SERVER_IP" "$P" --source fd77::1

# ---- names that have one family (of a list of hosts that only this test sees) -------
printf '%s four\nfd77::2 six\n' "$SERVER_IP" >$WORK/hosts
mount --bind $WORK/hosts /etc/hosts
NO6="'four' has no IPv6 address, but one of IPv4: ask for that family, or give an address"
refuses 2 "$NO6" prot -6 four "$P" x
refuses 2 "$NO6" connect -6 four "$P" --data 00
refuses 2 "$NO6" run $WORK/syn.pkt -6 four "$P"
refuses 2 "$NO6" send -6 four "$P"
refuses 2 "$NO6" listen -6 four 20124
probe_refuses 2 "$NO6" -6 four "$P"
refuses 2 "'six' has no IPv4 address, but one of IPv6" prot -4 six "$P" x
refuses 2 "'six' has no IPv4 address, but one of IPv6" send -4 six "$P"
refuses 3 "no route to fd77::2: $OFF" prot six "$P" x
refuses 2 "unknown host 'no-such-host.invalid'" prot -6 no-such-host.invalid "$P" x
refuses 2 'fd77::2 is an address of IPv6, and IPv4 was asked for' send -4 fd77::2 "$P"
refuses 2 "$SERVER_IP is an address of IPv4, and IPv6 was asked for" \
	send -6 "$SERVER_IP" "$P" --dry-run
run 20 "$TCPCRAFT" prot -4 four "$P" x -q
same "the family that it has is asked" "$RC $(cat "$OUT")" "0 ACK"
umount /etc/hosts

# ---- this machine ----------------------------------------------------------------
refuses 3 'no such interface: eth7' prot "$SERVER_IP" "$P" x -i eth7
refuses 3 'no route' prot 198.51.100.1 "$P" x
refuses 2 'lo has no Ethernet' prot 127.0.0.1 "$P" x --inject link
refuses 1 'does not answer ARP' prot 10.77.0.99 "$P" x
start holder here nc -l "$CLIENT_IP" 20123
check "nc holds port 20123" wait_for 5 sh -c "ss -Hlnt | grep -q :20123"
refuses 3 'port 20123 is in use' prot "$SERVER_IP" "$P" x -g 20123
refuses 3 'in use' listen "$CLIENT_IP" 20123
stop "$PID"
refuses 3 'not an address of this host' listen 10.77.0.77 20124
refuses 3 'not an address of this host' listen 198.51.100.1 20124
refuses 3 '/no/such/folder/x.pcap' prot "$SERVER_IP" "$P" x -w /no/such/folder/x.pcap
touch $WORK/there.pcap
refuses 2 'there.pcap.*--force' prot "$SERVER_IP" "$P" x -w $WORK/there.pcap
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$P" x -q -w $WORK/there.pcap --force
same "--force overwrites" "$RC $(cat "$OUT")" "0 ACK"
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$P" x -q -w /dev/full --force
same "a full disk is exit 3" "$RC" 3
matches "and names the file" "$ERR" '^tcpcraft: .*/dev/full'
iptables -w -A OUTPUT -p tcp --dport "$P" -j DROP
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$P" x --inject raw --timeout 0.5
same "a firewall of our own that drops our segments is exit 3" "$RC" 3
matches "and is named" "$ERR" '^tcpcraft: a firewall of this host dropped'
iptables -w -D OUTPUT -p tcp --dport "$P" -j DROP
run 20 setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs \
	--securebits=+noroot,+noroot_locked "$TCPCRAFT" prot "$SERVER_IP" "$P" x
same "without privilege: exit 3" "$RC" 3
matches "and the cure" "$ERR" 'needs CAP_NET_RAW, which root lacks here: give it.*unshare -Urn'
# without PATTERN COMMAND...: run, where no program of /usr/sbin matches
without() {
	hide_tools "$1"
	shift
	run 20 "$@"
	unhide_tools
}

without 'iptables|xtables|^nft$' "$TCPCRAFT" prot "$SERVER_IP" "$P" x
same "without iptables and nft: exit 3" "$RC" 3
matches "and the cure" "$ERR" 'iptables.*(install|apt-get|--guard off)'
if ipv6_host here; then
	refuses 2 'fe80::9 is another host on each link: name the interface' listen fe80::9 20124
	refuses 3 'fd77::9 is not an address of this host' listen fd77::9 20124
	refuses 2 'fe80::9 is another host on each link' fuzz --listen fe80::9 20124
	probe_refuses 2 'fe80::9 is another host on each link' --listen fe80::9 20124
	refuses 2 'fe80::9 is another host on each link' dut --udp '[fe80::9]:20124'
	refuses 2 'fe80::9 is another host on each link' \
		run --dut 'udp:[fe80::9]:20124' $WORK/syn.pkt "$SERVER_IP"
	refuses 2 'fe80::2%c0 is not on lo' prot fe80::2%c0 "$P" x -i lo
	without '^ip6tables|^nft$' "$TCPCRAFT" prot ::1 9 x --guard rst
	same "without ip6tables and nft: exit 3, one line" "$RC $(wc -l <"$ERR")" "3 1"
	matches "and the cure" "$ERR" 'ip6tables.*(install|apt-get|--guard off)'
	without '^ip6tables|^nft$' "$TCPCRAFT" prot "$SERVER_IP" "$P" x -q
	same "to IPv4 that is not an obstacle" "$RC $(cat "$OUT")" "0 ACK"
else
	skip "IPv6 without ip6tables" "no IPv6 in this kernel (as root: modprobe ipv6)"
fi

# ---- streams that are not there, or full ------------------------------------------
# shellcheck disable=SC2016
run 20 sh -c 'exec "$0" fields >&-' "$TCPCRAFT"
same "a closed standard output is exit 3" "$RC $(cat "$ERR")" \
	"3 tcpcraft: cannot write standard output: Bad file descriptor"
# shellcheck disable=SC2016
run 20 sh -c 'exec "$0" explain 4500 >/dev/full' "$TCPCRAFT"
same "a full one too" "$RC $(cat "$ERR")" \
	"3 tcpcraft: cannot write standard output: No space left on device"
# A reader that has seen enough is no news, and nothing is left to wait for.
# shellcheck disable=SC2016
run 20 sh -c '{ "$0" "$@"; echo "exit $?" >&2; } | head -n 1 >/dev/null' "$TCPCRAFT" \
	send "$CLIENT_IP" 9 -c 1000 --interval 1 --timeout 0.1
same "a run ends with the reader of its output" "$RC $(cat "$ERR")" "0 exit 3"
start hup here nohup "$TCPCRAFT" send 127.0.0.1 9 -c 2 --interval 0.3
says $WORK/hup.out ' 1  127' 10
kill -HUP "$PID"
wait "$PID"
matches "nohup has it outlive its terminal" $WORK/hup.out '^2 packets sent'
# shellcheck disable=SC2016
run 20 sh -c '"$0" probe bad-checksum "$1" "$2" | true' "$TCPCRAFT" "$SERVER_IP" "$P"
none "a pipe without a reader needs no word, also if it breaks early" "$(cat "$ERR")"
# shellcheck disable=SC2016
run 20 sh -c 'exec "$0" connect "$1" "$2" -q <&-' "$TCPCRAFT" "$SERVER_IP" "$P"
same "a closed standard input is an empty one" "$RC $(cat "$OUT")" "1 "

run 20 "$TCPCRAFT" connect "$SERVER_IP" 9 -q
same "-q is no reason to fail without a word" "$RC $(cut -c 1-21 "$ERR")" \
	"1 refused: the peer ans"
# shellcheck disable=SC2016
run 20 sh -c 'exec "$0" connect "$@" >/dev/full' "$TCPCRAFT" "$SERVER_IP" "$P" -q \
	--data 50524f540100000001414100
same "what the peer says has to go somewhere" "$RC $(cat "$ERR")" \
	"3 tcpcraft: cannot write standard output: No space left on device"

# ---- as JSON ---------------------------------------------------------------------
run 20 "$TCPCRAFT" prot "$SERVER_IP" "$P" x --json --set prot.version=300
matches "an error is a JSON line too" "$OUT" \
	'^\{"type":"error","message":"prot.version=300 .*","exit":2\}$'
run 20 "$TCPCRAFT" guard status --json
matches "and so is a line of the guard's status" "$OUT" \
	'^\{"type":"check","check":"back end","found":".*"\}$'
stop "$PROTD_PID"
nothing_left
