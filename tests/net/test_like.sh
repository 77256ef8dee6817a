#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Personalities of our TCP: what others make of our segments, and that it is kept.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need tshark iptables nmap python3
net_pair 6
protd_start srv "$SERVER_IP"
observe wire srv s0 "host $CLIENT_IP and not tcp portrange 30000-30010"

# ---- as a server, asked by our own probe: it waits for much, so it is begun first --------

servers="" probes=""
# serve NAME PORT
serve() {
	start "serve-$1" here "$TCPCRAFT" listen --keep --echo --like "$1" "$2"
	says "$WORK/serve-$1.err" '^listening' 10
	servers="$servers $PID"
	start "probe-$1" srv "$TCPCRAFT" probe options "$CLIENT_IP" "$2" --json
	probes="$probes $PID"
}
serve linux 30001
serve windows 30002
serve lwip 30003

# ---- as a client -----------------------------------------------------------------------

PORT=20000
ports=""
# like NAME ARGUMENT...: a connection from the next port; its number is ${NAME}'s in $ports
like() {
	local name="$1"
	shift
	PORT=$((PORT + 1))
	ports="$ports $name=$PORT"
	run 20 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello -g $PORT --json "$@"
	same "$name: the server answers" "$RC $(sed -n 's/.*"verdict":"\([a-z]*\)".*/\1/p' "$OUT")" \
		"0 reply"
}

for name in linux windows macos freebsd android lwip ancient; do
	like $name --like $name
done
like keys --tcp dscp=46,ipid=zero,isn=305419896,ttl=77
same "JSON tells the keys" "$(sed -n 's/.*"tcp":"\([^"]*\)".*/\1/p' "$OUT")" \
	"ttl=77,dscp=46,ipid=zero,isn=305419896"
printf '# mine\nts=off\nwscale=off # small\n' >$WORK/mine.tcp
like file --like $WORK/mine.tcp --tcp wscale=3
like hand --tcp ts=off --mutate 'syn: tcp.options=mss 1400,sackOK,TS val 7 ecr 0,nop,wscale 7'
matches "an option that is off may be set by hand, and that is said" "$OUT" \
	'"mutations":\[{"field":"tcp.options"'

# A SYN that nobody answers goes out again as often as was said.
in_ns srv iptables -w 5 -A INPUT -p tcp --dport 9 -j DROP
PORT=$((PORT + 1))
ports="$ports silent=$PORT"
run 20 "$TCPCRAFT" prot "$SERVER_IP" 9 hello -g $PORT --json \
	--tcp syn-retries=2,rto-init=0.1,rto-min=0.1
matches "who gives up after two more SYNs says that nobody answered" "$OUT" '"verdict":"no-answer"'

# Who is called answers by another window than it calls with, where a system does so.
start answer here "$TCPCRAFT" listen --like windows 31002
says $WORK/answer.err '^listening' 10
in_ns srv /usr/bin/python3 -c 'import socket, sys
socket.create_connection((sys.argv[1], 31002), 20).close()' "$CLIENT_IP"
wait_for 20 gone "$PID" || stop "$PID"
observed wire

# ---- the same SYN as this kernel's, in each family and with any MSS ---------------------

# Nobody listens: the first answer to each is a reset.
cat >$WORK/kernel.py <<'END'
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
if sys.argv[2] != "path":
	s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, int(sys.argv[2]))
print(s.connect_ex((sys.argv[1], 7)))
END
rmem=$(sysctl -n net.ipv4.tcp_rmem) srv_rmem=$(in_ns srv sysctl -n net.ipv4.tcp_rmem)
sysctl -qw net.ipv4.tcp_rmem='4096 131072 6291456'
observe kernel srv s0 "dst port 7"
# both MSS ARGUMENT...: the kernel's, and ours
both() {
	run 20 python3 $WORK/kernel.py "$SERVER_IP" "$1"
	shift
	PORT=$((PORT + 1))
	run 20 "$TCPCRAFT" prot "$SERVER_IP" 7 hello -g $PORT --like linux "$@"
}
for family in $FAMILIES; do
	family "$family"
	both path
	both 1024 --tcp mss=1024
	both 216 --tcp mss=216
done
family 4
observed kernel
# offered FILTER: of its SYNs version, hop limit, MSS, window, kinds of options
offered() {
	packets kernel "tcp.flags.syn == 1 && $1" ip.version ipv6.version ip.ttl ipv6.hlim \
		tcp.options.mss_val tcp.window_size_value tcp.option_kind | sort -u
}
same "linux: six SYNs, and each is as this kernel's (tshark)" \
	"$(offered "tcp.srcport > 20000 && tcp.srcport <= $PORT")" \
	"$(offered "(tcp.srcport <= 20000 || tcp.srcport > $PORT)")"
same "as many as there are families and sizes" \
	"$(offered "tcp.srcport <= $PORT" | wc -l)" "$(($(echo "$FAMILIES" | wc -w) * 3))"

# ---- the same answer to a SYN as this kernel's, with and without timestamps -------------

# The ports are the same on both hosts: a listener leaves what its kernel asks of others alone.

cat >$WORK/listeners.py <<'END'
import signal, socket, sys
kept = []
for host in sys.argv[1:]:
	for port, mss in (7001, 0), (7002, 1024), (7003, 216):
		s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
		if mss:
			s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, mss)
		s.bind((host, port))
		s.listen()
		kept.append(s)
print("listening", flush=True)
signal.pause()
END
cat >$WORK/callers.py <<'END'
import socket, sys
for host in sys.argv[2:]:
	for port in 1, 2, 3, 1:
		socket.create_connection((host, int(sys.argv[1]) + port), 20).close()
END
cat >$WORK/refused.py <<'END'
import errno, socket, sys
for host in sys.argv[1:]:
	s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
	if s.connect_ex((host, 7004)) != errno.ECONNREFUSED:
		sys.exit(host + " does not refuse it")
END
in_ns srv sysctl -qw net.ipv4.tcp_rmem='4096 131072 6291456'
ours="" theirs=""
for family in $FAMILIES; do
	family "$family"
	ours="$ours $CLIENT_IP" theirs="$theirs $SERVER_IP"
done
family 4
# shellcheck disable=SC2086 # one word an address
start listeners srv /usr/bin/python3 $WORK/listeners.py $theirs
answering="$PID"
says $WORK/listeners.out '^listening' 10
for mss in 7001: 7002:mss=1024 7003:mss=216; do
	port=${mss%:*} mss=${mss#*:}
	start "answers-$port" here "$TCPCRAFT" listen --keep --echo --like linux \
		${mss:+--tcp "$mss"} "$port"
	says "$WORK/answers-$port.err" '^listening' 10
	answering="$answering $PID"
done
start strangers here "$TCPCRAFT" listen --json 7004
says $WORK/strangers.err '^listening' 10
strangers=$PID
observe answers srv s0 "tcp portrange 7001-7003"
for stamps in 1 0; do
	sysctl -qw net.ipv4.tcp_timestamps=$stamps
	in_ns srv sysctl -qw net.ipv4.tcp_timestamps=$stamps
	# shellcheck disable=SC2086
	run 60 /usr/bin/python3 $WORK/callers.py 7000 $theirs
	# shellcheck disable=SC2086
	in_ns srv /usr/bin/python3 $WORK/callers.py 7000 $ours
done
# shellcheck disable=SC2086
run 20 /usr/bin/python3 $WORK/refused.py $theirs
same "the other host refuses what nobody listens for there" "$RC" 0
in_ns srv /usr/bin/python3 -c 'import socket, sys
socket.create_connection((sys.argv[1], 7004), 20).close()' "$CLIENT_IP"
wait_for 20 gone $strangers || stop $strangers
matches "another host's reset from the same port is not this kernel's" $WORK/strangers.out \
	'"resets_leaked": *0'
sysctl -qw net.ipv4.tcp_timestamps=1
in_ns srv sysctl -qw net.ipv4.tcp_timestamps=1
observed answers
for pid in $answering; do stop "$pid"; done
sysctl -qw net.ipv4.tcp_rmem="$rmem"
in_ns srv sysctl -qw net.ipv4.tcp_rmem="$srv_rmem"
# answered FILTER
answered() {
	packets answers "tcp.flags.syn == 1 && tcp.flags.ack == 1 && ($1)" ip.version ipv6.version \
		ip.ttl ipv6.hlim tcp.options.mss_val tcp.window_size_value \
		tcp.options.wscale.shift tcp.option_kind | sort -u
}
mine="ip.src == $CLIENT_IP" all=6
case " $FAMILIES " in *" 6 "*) mine="$mine || ipv6.src == ${ours##* }" all=12 ;; esac
same "linux: each SYN,ACK is as this kernel's (tshark)" \
	"$(answered "$mine")" "$(answered "!($mine)")"
same "as many as there are families, sizes, and timestamps or none" \
	"$(answered "$mine" | wc -l)" $all
# Two calls to one port, from two of the caller's: the second number is as much later as the call, in
# ms; an offset of its own would be off by 2^31 in the mean. (A busy machine sends later than it
# counts, for which a minute is enough.)
packets answers "tcp.srcport == 7001 && tcp.flags.syn == 1 && tcp.options.timestamp.tsval && ($mine)" \
	ip.version ipv6.version tcp.dstport frame.time_epoch tcp.options.timestamp.tsval >$WORK/clocks
same "of one caller's calls the timestamps go on, in each family" "$(awk -F '\t' '
	{ family = $1 $2; offset = $5 - $4 * 1000 }
	family in first && port[family] != $3 {
		off = (offset - first[family]) % 4294967296
		if (off < 0) off += 4294967296
		if (off < 60000 || off > 4294907296) n++
	}
	!(family in first) { first[family] = offset; port[family] = $3 }
	END { print n + 0 }' $WORK/clocks)" $((all / 6))

# port NAME
port() {
	echo "$ports" | sed "s/.* $1=\([0-9]*\).*/\1/"
}

# syn NAME WANT: TTL, DF, window, MSS, shift, kinds of options
syn() {
	same "$1: the SYN, as tshark sees it" "$(packets wire \
		"tcp.srcport == $(port "$1") && tcp.flags.syn == 1" ip.ttl ip.flags.df \
		tcp.window_size_value tcp.options.mss_val tcp.options.wscale.shift tcp.option_kind |
		sed 's/True/1/; s/False/0/' | tr '\t' ' ')" "$2"
}

syn linux   "64 1 64240 1460 7 2,4,8,1,3"
syn windows "128 1 64240 1460 8 2,1,3,1,1,4"
syn macos   "64 1 65535 1460 6 2,1,3,1,1,8,4,0,0"
syn freebsd "64 1 65535 1460 6 2,1,3,4,8"
syn android "64 1 64240 1460 3 2,4,8,1,3"
syn lwip    "255 0 2144 536  2"
syn ancient "30 0 4096 512  2"
syn file    "64 1 65535 1460 3 2,1,1,4,1,3"
same "windows: the SYN,ACK's window, as tshark sees it" \
	"$(packets wire "tcp.srcport == 31002 && tcp.flags.syn == 1" tcp.window_size_value)" 65535
same "keys: every segment has the codepoint, the ID and the TTL" "$(packets wire \
	"tcp.srcport == $(port keys)" ip.dsfield.dscp ip.id ip.ttl | sort -u | tr '\t' ' ')" \
	"46 0x0000 77"
same "keys: the SYN has the number" \
	"$(packets wire "tcp.srcport == $(port keys) && tcp.flags.syn == 1" tcp.seq_raw)" 305419896
same "silent: three SYNs" \
	"$(packets wire "tcp.srcport == $(port silent)" tcp.flags.syn | wc -l)" 3

# What was not offered is not used by either end; what was, is.
for name in windows lwip ancient file; do
	none "$name: no timestamp in either direction" \
		"$(packets wire "tcp.port == $(port $name) && tcp.options.timestamp.tsval" frame.number)"
done
none "linux: each segment has a timestamp" "$(packets wire \
	"tcp.port == $(port linux) && !tcp.options.timestamp.tsval && tcp.flags.reset == 0" frame.number)"
none "lwip: no window over what the buffer holds" \
	"$(packets wire "tcp.srcport == $(port lwip) && tcp.window_size_value > 2144" frame.number)"
none "windows: none over 65535 bytes, scaled by 8 bits" "$(packets wire \
	"tcp.srcport == $(port windows) && tcp.flags.syn == 0 && tcp.window_size_value > 255" \
	frame.number)"
check_wire wire "ip.src == $CLIENT_IP"
lawful wire "$CLIENT_IP" 0 "tcp.port != $(port hand)"

# ---- named by somebody else -------------------------------------------------------------

# known NAME WANT: what p0f's data base has for the SYN
known() {
	same "$1: p0f names it" "$(awk -v port="/$(port "$1") " '
		/^\.-\[/ { mine = index($0, port) && /\(syn\)/ }
		mine && /^\| os / { sub(/^[^=]*= /, ""); print }' $WORK/p0f.out)" "$2"
}

named_by_p0f() {
	peer p0f
	"$PEER" -r $WORK/wire.pcap -f "${PEER%/usr/sbin/p0f}/etc/p0f/p0f.fp" >$WORK/p0f.out 2>&1
	known linux "Linux 2.2.x-3.x"
	known android "Linux (Android)"
	known windows "Windows NT kernel"
	known macos "Mac OS X"
	known freebsd "FreeBSD 9.x or newer"
}
(named_by_p0f)

# ---- what our own probe was told ---------------------------------------------------------

for pid in $probes; do wait_for 60 gone "$pid"; done
for pid in $servers; do stop "$pid"; done

# value NAME KEY
value() {
	grep -o "\"$2\":[^,}]*" "$WORK/probe-$1.out" | head -1 | sed 's/.*://; s/"//g'
}
# answers NAME MSS SACK TIMESTAMPS WSCALE SHIFT
answers() {
	local name="$1"
	shift
	same "$name: probe options reports what it offers" "$(for key in mss sack timestamps wscale \
		wscale_shift; do value "$name" $key; done | xargs)" "$*"
}
answers linux   1460 yes yes yes 7
answers windows 1460 yes no yes 8
answers lwip    536 no no no

# ---- named by nmap -----------------------------------------------------------------------

# nmap's data base has no system that is all ours: a host's closed ports, echoes and UDP are its
# kernel's. Those are silent here, and nmap then guesses by what our TCP says alone. (Since 7.94.2 it
# counts the silence against all that answer, and names none that fits by less than 85 %: what our TCP
# says has to fit the better.)
# guessed NAME PORT ERE: its first guess
guessed() {
	for _ in 1 2 3; do
		start "nmap-$1" here "$TCPCRAFT" listen --keep --echo --like "$1" "$2"
		says "$WORK/nmap-$1.err" '^listening' 10
		in_ns srv nmap --privileged -n -Pn -O --osscan-guess --max-os-tries 1 -p "$2,1" \
			"$CLIENT_IP" >"$WORK/guess.$1" 2>&1
		stop "$PID"
		grep -qE "^(Aggressive OS guesses|OS details): $3" "$WORK/guess.$1" && break
	done
	matches "$1: nmap's first guess" "$WORK/guess.$1" "^(Aggressive OS guesses|OS details): $3"
}
iptables -w -A OUTPUT -p icmp -j DROP
iptables -w -A OUTPUT -p tcp ! --sport 30004:30010 -j DROP
guessed linux 30004 'Linux '
guessed windows 30005 'Microsoft Windows '
guessed freebsd 30006 '([^,(]* or )?FreeBSD '
guessed lwip 30007 '[^,]*lwIP'
guessed macos 30008 'Apple (macOS|Mac OS X) '
guessed android 30009 '([^,(]* or )?Android '
iptables -w -F OUTPUT

# ---- what is refused ---------------------------------------------------------------------

refuses 2 "--tcp mms=: there is no such key: did you mean mss" prot "$SERVER_IP" 1 --tcp mms=5
refuses 2 "--tcp ttl=: 256 is not from 1 to 255" connect "$SERVER_IP" 1 --tcp ttl=256
refuses 2 "'ts' is not KEY=VALUE" listen 1 --tcp ts
refuses 2 "no place for wscale, which is offered: add it, or say wscale=off" \
	listen 1 --tcp options=mss
refuses 2 "window=9000 is more than rcvbuf=8000 holds" prot "$SERVER_IP" 1 --like minimal \
	--tcp rcvbuf=8000,window=9000
refuses 2 "there is no 'windoz' among ancient, android" prot "$SERVER_IP" 1 --like windoz
refuses 2 "/nowhere.tcp" prot "$SERVER_IP" 1 --like $WORK/nowhere.tcp
printf 'mss=64\nttl=0\n' >$WORK/bad.tcp
refuses 2 "bad.tcp:2: ttl=: 0 is not from 1 to 255" prot "$SERVER_IP" 1 --like $WORK/bad.tcp
refuses 2 "there is no option|unknown option" probe options "$SERVER_IP" 1 --tcp ttl=1
nothing_left
