#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# probe fingerprint says of a peer what nmap and p0f say of it, but for what is random: of a Linux,
# of one with other sysctls, and of our own TCP that is like another system.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need tshark nmap jq /usr/bin/python3
net_pair both
new_host srv2
B_IP=10.78.0.2
{
	link_hosts here d0 10.78.0.1/24 srv2 t0 10.78.0.2/24
} || skip_all "no second veth pair here (as root: modprobe veth)"
in_ns srv2 sysctl -qw net.ipv4.tcp_timestamps=2 net.ipv4.tcp_sack=0 net.ipv4.ip_default_ttl=128 \
	net.ipv4.tcp_ecn=0
OPEN=5001
OWN=5002

# server NS ADDR
server() {
	start "echo-$1" "$1" /usr/bin/python3 "$TC_ROOT/tests/peers/habits.py" "$2" $OPEN echo
	says "$WORK/echo-$1.out" '^listening' 10 ||
		not_ok "habits.py listens on $2" "$(cat "$WORK/echo-$1.err")"
}
server srv "$SERVER_IP"
server srv2 $B_IP
start own srv "$TCPCRAFT" listen --keep --echo --like windows "$SERVER_IP" $OWN
OWN_PID=$PID
says $WORK/own.err '^listening' 10

# nmap_lines ADDR PORT: its lines, one test a line
nmap_lines() {
	may_take 60 nmap --privileged -n -Pn -O -d --max-os-tries 1 -p "$2,1" "$1" 2>&1 |
		sed -n 's/^OS://p' | tr -d '\n' | sed 's/)/)\n/g'
}

# our_lines NAME ADDR PORT
our_lines() {
	may_take 60 "$TCPCRAFT" probe fingerprint "$2" "$3" --json -w "$WORK/$1.pcap" --force \
		>"$WORK/$1.json" 2>"$WORK/$1.err"
	jq -r '.numbers | .[("seq ops win ecn t1 t2 t3 t4 t5 t6 t7 ie" | split(" "))[]]' "$WORK/$1.json"
}

# near A B MOST: two numbers of base 16, or the same words
near() {
	[ "$1" = "$2" ] && return
	[ -n "$1" ] && [ -n "$2" ] || return
	case $1$2 in
	*[!0-9A-F]*) false ;;
	*) [ $((0x$1 - 0x$2)) -le "$3" ] && [ $((0x$2 - 0x$1)) -le "$3" ] ;;
	esac
}

# value LINES KEY: of its SEQ
value() {
	sed -n "s/^SEQ(.*\<$2=\([^%)]*\).*/\1/p" "$1"
}

# What is random has a spread, of which five differences say little; UDP is not asked.
alike() {
	diff "$WORK/$1.nmap" "$WORK/$1.ours" | grep '^[<>]' | grep -vE '^< (SCAN|U1)\(|^[<>] SEQ\('
	for key in GCD TI CI II ${3:+"$3"}; do
		near "$(value "$WORK/$1.nmap" "$key")" "$(value "$WORK/$1.ours" "$key")" 0 || echo "SEQ $key"
	done
	for key in SP ISR; do
		near "$(value "$WORK/$1.nmap" $key)" "$(value "$WORK/$1.ours" $key)" 40 || echo "SEQ $key"
	done
	near "$(value "$WORK/$1.nmap" TS)" "$(value "$WORK/$1.ours" TS)" "$2" || echo "SEQ TS"
}

# as_nmap NAME ADDR PORT TS [SS]: on a busy machine either may have missed an answer: then both again.
# TS: by how much the timestamps' line may differ, where each connection's begins at random. SS:
# one system answers both TCP and echoes; else it is chance whose identifications are lower.
as_nmap() {
	for _ in 1 2 3; do
		nmap_lines "$2" "$3" >"$WORK/$1.nmap"
		our_lines "$1" "$2" "$3" >"$WORK/$1.ours"
		alike "$1" "$4" "${5-}" >"$WORK/$1.diff"
		[ -s "$WORK/$1.diff" ] || break
	done
	none "$1: as nmap says" "$([ ! -s "$WORK/$1.diff" ] ||
		tail -n 20 "$WORK/$1.diff" "$WORK/$1.json" "$WORK/$1.err")"
	same "$1: twelve lines" "$(grep -c '^[A-Z0-9]*(.*)$' "$WORK/$1.ours")" 12
}
as_nmap linux "$SERVER_IP" $OPEN 6 SS
as_nmap sysctls $B_IP $OPEN 0 SS
as_nmap windows "$SERVER_IP" $OWN 6
matches "sysctls: timestamps of one clock, no SACK, its TTL" "$WORK/sysctls.ours" 'TS=A\)'
matches "sysctls: its TTL" "$WORK/sysctls.ours" '^T1\(R=Y%DF=Y%T=80%'
matches "windows: a shift of 8, no timestamps" "$WORK/windows.ours" 'O1=M5B4NW8NNS%'

matches "linux: identifications of echoes" "$WORK/linux.ours" 'II=I'

# The echo requests as somebody else reads them.
same "two echo requests: TOS, DF, code, number, bytes (tshark)" "$(tshark -r "$WORK/linux.pcap" \
	-Y 'icmp.type == 8' -T fields -e ip.dsfield -e ip.flags.df -e icmp.code -e icmp.seq \
	-e data.len 2>/dev/null | booleans | sort -u | tr '\t\n' ' ;')" \
	"0x00 1 9 295 120;0x04 0 0 296 150;"
none "and each has its reply (tshark)" "$(packets linux 'icmp.type == 8 && !icmp.resp_in' frame.number)"

# ---- names ------------------------------------------------------------------------------

base=/usr/share/nmap/nmap-os-db
name=$(jq -r .numbers.nearest_1 $WORK/linux.json | sed 's/ ([0-9.]* %)$//')
same "the nearest name is one of nmap's" "$(grep -cxF "Fingerprint $name" $base | sed 's/[1-9].*/yes/')" \
	yes
matches "and is a Linux" $WORK/linux.json '"sentence":"[0-9]+ of 15 probes are answered, most like ..Linux'
mkdir $WORK/empty
mount --bind $WORK/empty /usr/share/nmap
our_lines nameless "$SERVER_IP" $OPEN >$WORK/nameless.ours
umount /usr/share/nmap
same "without nmap's data base there are lines and no name" \
	"$(jq -r '"\(.verdict) \(.numbers.nearest_1)"' $WORK/nameless.json)" "taken null"

# ---- IPv6: p0f alone --------------------------------------------------------------------

SIX=""
if [ "$FAMILIES" = "4 6" ]; then
	SIX=six
	start echo6 srv /usr/bin/python3 "$TC_ROOT/tests/peers/habits.py" "$SERVER_IP6" $OPEN echo
	says $WORK/echo6.out '^listening' 10
	our_lines six "[$SERVER_IP6]" $OPEN >/dev/null
	matches "over IPv6 there is p0f's signature, and no line of nmap" $WORK/six.json \
		'"verdict":"taken".*nmap asks IPv6 in another way'
fi

# ---- p0f --------------------------------------------------------------------------------

start caller here sh -c 'while ! nc -z 127.0.0.1 7000; do sleep 0.1; done'
run 20 "$TCPCRAFT" probe fingerprint --listen 127.0.0.1 7000 --json -w $WORK/client.pcap
cp "$OUT" $WORK/client.json
kill "$PID" 2>/dev/null
stop "$OWN_PID"

# p0f_says NAME KIND: its first signature of that kind
p0f_says() {
	"$PEER" -r "$WORK/$1.pcap" -f "${PEER%/usr/sbin/p0f}/etc/p0f/p0f.fp" 2>&1 |
		awk -v kind="($2)" '/^\.-\[/ { mine = index($0, kind) }
			mine && /^\| raw_sig/ { sub(/^[^=]*= /, ""); print; exit }'
}

as_p0f() {
	peer p0f
	for each in linux sysctls windows ${SIX:+six}; do
		same "$each: the SYN,ACK, as p0f says" "$(jq -r .numbers.p0f_syn_ack "$WORK/$each.json")" \
			"$(p0f_says "$each" syn+ack)"
	done
	same "a client's SYN, as p0f says" "$(jq -r .numbers.p0f_syn $WORK/client.json)" \
		"$(p0f_says client syn)"
	matches "and it is one" $WORK/client.json '"p0f_syn":"4:64.0:0:'
}
(as_p0f)
nothing_left 5
