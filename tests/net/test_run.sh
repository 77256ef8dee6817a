#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tcpcraft run: scripts as client and as server against the kernel, netcat and the PROT
# server, in both families, over loopback, a wire, and from a spare address; what is not met is told with its
# line; and times hold on a busy machine.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119,SC2016 # backquotes are the script's
. "$(dirname "$0")/lib.sh"

need tshark dumpcap iptables nc jq /usr/bin/python3

export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"
SPARE=10.77.0.50
cd $WORK || exit 1

# script NAME LINE...: NAME.pkt
script() {
	local name="$1"
	shift
	printf '%s\n' "$@" >"$name.pkt"
}

# passes WHAT SCRIPT ARGUMENT...
passes() {
	local what="$1" name="$2"
	shift 2
	# (On a busy machine a segment of the kernel's may come late: asked again then.)
	for _ in 1 2 3; do
		run 30 "$TCPCRAFT" run "$name.pkt" "$@"
		grep -q 'failed: .* ms too late' "$OUT" || break
	done
	if [ "$RC" = 0 ] && grep -q "$name.pkt: passed" "$OUT"; then
		ok "$what"
	else
		not_ok "$what" "exit $RC" "$(cat "$OUT" "$ERR")"
	fi
}

# ends EXIT SCRIPT STREAM ERE WHAT: a run against protd
ends() {
	run 30 "$TCPCRAFT" run "$2.pkt" 127.0.0.1 "$P"
	same "$5" "$RC" "$1"
	matches "it says: $4" "$3" "$4"
}

net_pair 6
protd_start here 127.0.0.1
P=$PROTD_PORT
protd_start srv "$SERVER_IP"
Q=$PROTD_PORT
# It reads what comes, whatever it is.
start sink srv nc -lkd "$SERVER_IP" 7777
wait_for 10 nc -z "$SERVER_IP" 7777 || not_ok "netcat listens"
SINKS=$PID
if [ "$FAMILIES" != 4 ]; then
	start sink6 srv nc -lkd $SERVER_IP6 7777
	wait_for 10 nc -z $SERVER_IP6 7777 || not_ok "netcat listens over IPv6"
	SINKS="$SINKS $PID"
fi

# ---- before it begins ---------------------------------------------------------------

script huge '0 < S 0:0(0) win 65535 <mss 1460>' '+0 > S. 0:0(0) ack 1 <...>' \
	'+0 < P. 1:2001(2000) ack 1 win 512'
observe before here c0 tcp
run 30 "$TCPCRAFT" run huge.pkt "$SERVER_IP" "$Q"
same "a packet that the path cannot carry: not run" "$RC" 2
matches "it is told with its line" "$ERR" 'huge.pkt:3:1: .*2040 bytes is longer than the 1500'
observed before
same "and nothing was sent" "$(packets before tcp frame.number | wc -l)" 0

# ---- client ------------------------------------------------------------------------

script frame '// a frame, its answer, and an orderly close' \
	'0 < S 0:0(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>' \
	'+0 > S. 0:0(0) ack 1 <mss MSS,sackOK,TS val 700 ecr 100,nop,wscale 10>' \
	'+0 < . 1:1(0) ack 1 win 512 <nop,nop,TS val 101 ecr 700>' \
	'+.01 < P. 1:17(16) ack 1 win 512 <nop,nop,TS val 110 ecr 700> prot "hello"' \
	'any' '+0~+2 > P. 1:4(3) ack 17 <nop,nop,TS val 711 ecr 110> "ACK"' \
	'+0 < F. 17:17(0) ack 4 win 512 <nop,nop,TS val 111 ecr 711>' \
	'any' '+0~+2 > F. 4:4(0) ack 18 <...>' \
	'+0 < . 18:18(0) ack 5 win 512 <nop,nop,TS val 112 ecr 712>' \
	'expect state=CLOSED'
passes "a PROT frame over loopback" frame 127.0.0.1 "$P" -D MSS=65495
observe wire here c0 tcp
passes "the same over a wire" frame "$SERVER_IP" "$Q" -D MSS=1460 -w run.pcapng
observed wire
check_wire wire "ip.src == $CLIENT_IP && tcp"
same "the wire has what the script says we send" \
	"$(packets wire "ip.src == $CLIENT_IP && tcp" tcp.seq tcp.len tcp.options.timestamp.tsval |
		tr '\t\n' ' ;')" "0 0 100;1 0 101;1 16 110;17 0 111;18 0 112;"
same "and our capture shows all of it" "$(tshark -n -r run.pcapng tcp 2>/dev/null | wc -l)" \
	"$(packets wire tcp frame.number | wc -l)"
matches "its comments too say the line" run.pcapng 'line 5: \+.01 < P\. 1:17'
matches "the ladder has the script's line beside each segment" "$OUT" \
	'<-- S\..*  3\| \+0 > S\. 0:0\(0\) ack 1 <mss 1460'
same "no reset of the kernel's gets out" "$(grep -c ' 0 leaked' "$OUT")" 1
observe spare srv s0 tcp
passes "the same from a spare address" frame "$SERVER_IP" "$Q" -D MSS=1460 --source $SPARE
observed spare
check_wire spare "ip.src == $SPARE && tcp"
passes "with a chosen first number" frame "$SERVER_IP" "$Q" -D MSS=1460 --iss 4294967290 -g 20202
for guard in shield nft; do
	passes "with guard $guard" frame "$SERVER_IP" "$Q" -D MSS=1460 --guard $guard
done

script damaged '0 < S 0:0(0) win 65535' '+0 > S. 0:0(0) ack 1 <...>' '+0 < . 1:1(0) ack 1' \
	'+0 < P. 1:17(16) ack 1 prot "hello" {tcp.checksum=bad}' \
	'+0 < P. 1:17(16) ack 1 prot "hello" {tcp.hdr_len=4}' \
	'+0 < P. 1:17(16) ack 1 prot "hello" {ip.ttl=64, tcp.checksum=0}' '+0 silence .1' \
	'+0 < P. 1:17(16) ack 1 prot "hello"' 'any' '+0~+1 > P. 1:4(3) ack 17 "ACK"'
observe odd here c0 tcp
passes "damaged segments are not answered" damaged "$SERVER_IP" "$Q"
observed odd
same "the damage was on the wire" \
	"$(packets odd "ip.src == $CLIENT_IP && tcp.checksum.status == 0" frame.number | wc -l) $(
	   packets odd "ip.src == $CLIENT_IP && tcp.hdr_len == 16" frame.number | wc -l)" "2 1"
script prot_field '0 < S 0:0(0) win 65535' '+0 > S. 0:0(0) ack 1 <...>' \
	'+0 < P. 1:17(16) ack 1 prot{prot.magic=0x41414141} "hello"' 'any' '+0~+1 > R. 1:1(0) ack 17'
passes "a frame with another magic is refused" prot_field "$SERVER_IP" "$Q"
script many 'for I in 1..10 {' '+0 < 1000+I > 80 S 100*I:100*I(0) win 65535' \
	'+0 > 80 > 1000+I S. 0:0(0) ack 100*I+1 <...> }' \
	'for I in 1..10 { +0 < 1000+I > 80 R 100*I+1:100*I+1(0) }'
passes "ten connections at once" many "$SERVER_IP" "$Q"
in_ns srv iptables -A INPUT -p tcp --dport 81 -j REJECT --reject-with icmp-host-prohibited
script prohibited '0 < S 0:0(0) win 65535' '+0 > icmp unreachable host_prohibited' \
	'+0 silence .1'
passes "a firewall's ICMP error is expected" prohibited "$SERVER_IP" 81
script prohibited_not '0 < S 0:0(0) win 65535' '+0~+.1 > icmp unreachable port_unreachable'
run 30 "$TCPCRAFT" run prohibited_not.pkt "$SERVER_IP" 81
same "another one is a finding" "$RC" 4

# What is the same in both families, from one text.
test_client() {
	local reject
	script refused '0 < S 0:0(0) win 100' '+0 > R. 0:0(0) ack 1 win 0' 'expect state=CLOSED'
	passes "a closed port refuses, over IPv$FAMILY" refused "$SERVER_IP" 1
	script challenge '0 < S 1000:1000(0) win 65535' '+0 > S. 0:0(0) ack 1001 <...>' \
		'+0 < . 1:1(0) ack 1 win 65535' 'expect state=ESTABLISHED' \
		'+.01 < R 2:2(0)' '+0 > . 1:1(0) ack 1' \
		'+0 < R 1:1(0)' '+0 silence .3' 'expect state=CLOSED'
	passes "a reset off the mark is challenged, one on it is taken (RFC 5961 3.2), over IPv$FAMILY" challenge \
		"$SERVER_IP" 7777
	script computed 'let TURNS = 3' '0 < S 0:0(0) win 65535' '+0 > S. 0:0(0) ack 1 <...>' \
		'let W = tcp.window_size_value' '+0 < . 1:1(0) ack 1 win W' \
		'for I in 0..TURNS-1 { +0 < . 1+I*5:6+I*5(5) ack 1 win W hex:0000000000' \
		'+0~+.1 if seen > . 1:1(0) ack 6+I*5 { let LAST = I } else { say "delayed" } }' \
		'+0 < P. sent.tcp.seq+5:sent.tcp.seq+6(1) ack 1 win W "x"' \
		'any' '+0~+.3 > . 1:1(0) ack 17'
	passes "numbers are computed, and taken from the wire, over IPv$FAMILY" computed "$SERVER_IP" 7777
	script sack '0 < S 0:0(0) win 65535 <mss 1460,sackOK,nop,nop>' '+0 > S. 0:0(0) ack 1 <...>' \
		'+0 < . 1:1(0) ack 1' '+0 < P. 11:16(5) ack 1 "later"' \
		'+0 > . 1:1(0) ack 1 <nop,nop,sack 11:16>' '+0 < P. 21:26(5) ack 1 "later"' \
		'+0 > . 1:1(0) ack 1 <nop,nop,sack 21:26 11:16>'
	passes "holes are reported by SACK, newest first (RFC 2018 4), over IPv$FAMILY" sack "$SERVER_IP" 7777 --iss 4294967280
	reject="iptables icmp-port-unreachable"
	[ "$FAMILY" = 4 ] || reject="ip6tables icmp6-port-unreachable"
	in_ns srv "${reject% *}" -A INPUT -p tcp --dport 82 -j REJECT --reject-with "${reject#* }"
	script shut '0 < [tos 0x48, ttl 7] S 0:0(0) win 65535' \
		'+0 > icmp unreachable port_unreachable' '+0 silence .1'
	observe shut srv s0 tcp
	passes "a firewall's error is expected, over IPv$FAMILY" shut "$SERVER_IP" 82
	observed shut
	same "tos and ttl are what IPv$FAMILY has for them" "$(tshark -n -r $WORK/shut.pcap -T fields \
		-e ip.dsfield -e ip.ttl -e ipv6.tclass -e ipv6.hlim tcp.dstport == 82 2>/dev/null |
		tr -d '\t' | head -n 1)" "$([ "$FAMILY" = 4 ] && echo 0x487 || echo 0x000000487)"
	script offer '0 < S 0:0(0) win 65535' '+0 > S. 0:0(0) ack 1 <mss MSS>' '+0 < R 1:1(0)'
	passes "MSS is what the path carries, over IPv$FAMILY" offer "$SERVER_IP" 7777
	run 20 "$TCPCRAFT" connect "$SERVER_IP" 7777 --data-string hello -q --record \
		"$WORK/r$FAMILY.pkt"
	same "a connection is recorded, over IPv$FAMILY" "$RC" 0
	matches "both ends are named" "r$FAMILY.pkt" \
		"$([ "$FAMILY" = 4 ] && echo '> is 10.77.0.2:7777' || echo '> is \[fd77::2\]:7777')"
	passes "and plays again, over IPv$FAMILY" "r$FAMILY" "$SERVER_IP" 7777
}

for each in $FAMILIES; do
	family "$each"
	test_client
done
family 4

# ---- server ------------------------------------------------------------------------

script serve '* > S 0:0(0) <...>' '+0 < S. 5000:5000(0) ack 1 win 65535 <mss 1000>' \
	'+0 > . 1:1(0) ack 1' '+0 < P. 1:6(5) ack 1 win 65535 "hello"' \
	'+0 > . 1:1(0) ack 6' 'any' '+0~+3 > F. 1:1(0) ack 6' \
	'+0 < F. 6:6(0) ack 2' '+0 > . 2:2(0) ack 7' 'expect state=TIME_WAIT'
guarded() {
	rules | grep -q 7000
}

# serve SCRIPT ADDR NS CLIENT...: the client comes when the guard is up. (At a spare address there is
# none: the client asks again.) Sets $RC.
serve() {
	local name="$1" addr="$2" ns="$3" client
	shift 3
	start server here "$TCPCRAFT" run "$name.pkt" "$addr" 7000
	server=$PID
	[ "$addr" = "$SPARE" ] || wait_for 10 guarded || not_ok "we listen on $addr"
	start client "$ns" "$@"
	client=$PID
	wait_for 30 gone $server
	wait $server
	RC=$?
	wait_for 10 gone $client
}

# serves WHAT SCRIPT ADDR NS CLIENT...: asked again where the run says that this machine was late.
serves() {
	local what="$1" name="$2" left=5
	shift
	until
		serve "$@"
		[ $left = 0 ] || [ $RC != 1 ] ||
			! grep -q 'this machine was .* ms late' $WORK/server.out $WORK/server.err
	do
		left=$((left - 1))
	done
	if [ $RC = 0 ] && grep -q "$name.pkt: passed" $WORK/server.out; then
		ok "$what"
	else
		not_ok "$what" "exit $RC" "$(cat $WORK/server.out $WORK/server.err)"
	fi
}

heard() {
	same "netcat has read our data" "$(cat $WORK/client.out)" hello
}

script calls '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3' '+0 connect(3, ..., ...) = 0' \
	'+0 > S 0:0(0) <...>' '+0 < R. 0:0(0) ack 1'
serves "a script of a local client: its peer opens when it likes" calls "$CLIENT_IP" srv \
	sh -c "sleep .3; nc -w 30 $CLIENT_IP 7000"
# send_bytes N: with one call, then wait for the end
cat >send_bytes <<'END'
import socket, sys
s = socket.create_connection((sys.argv[1], 7000))
s.sendall(bytes(int(sys.argv[2])))
try:
    s.recv(1)
except ConnectionResetError:
    pass
END
test_server() {
	local at
	for at in "srv $CLIENT_IP a-wire" "srv $SPARE a-spare-address" "here $LOOPBACK loopback"; do
		# shellcheck disable=SC2086 # words
		set -- $at
		serves "we serve netcat at $3, over IPv$FAMILY" serve "$2" "$1" nc -d -W 1 "$2" 7000
		heard
	done
	serves "an ICMP error ends netcat's attempt, over IPv$FAMILY" icmp "$CLIENT_IP" srv \
		nc -v "$CLIENT_IP" 7000
	matches "netcat says so" $WORK/client.err refused
	script gso '* > S 0:0(0) <...>' '+0 < S. 0:0(0) ack 1 win 65535 <mss 1000>' \
		'+0 > . 1:1(0) ack 1' '* > P. 1:4001(4000) ack 1' \
		'+0 < . 1:1(0) ack 4001 win 65535' '+0 < R 1:1(0)'
	serves "one expected packet is met by several segments, over IPv$FAMILY" gso "$CLIENT_IP" srv \
		/usr/bin/python3 send_bytes "$CLIENT_IP" 4000
	script parts '* > S 0:0(0) <...>' '+0 < S. 0:0(0) ack 1 win 65535 <mss 1000>' \
		'+0 > . 1:1(0) ack 1' '* > . 1:1001(1000) ack 1' '+0 > . 1001:2001(1000) ack 1' \
		'+0~+1 > . 2001:3001(1000) ack 1' '+0~+1 > P. 3001:4001(1000) ack 1' '+0 < R 1:1(0)'
	serves "a super-segment is cut where the script cuts, over IPv$FAMILY" parts "$CLIENT_IP" srv \
		/usr/bin/python3 send_bytes "$CLIENT_IP" 4000
}

script icmp '* > S 0:0(0) <...>' '+0 < icmp unreachable port_unreachable [0:0(0)]' '+.3 silence .1'
for each in $FAMILIES; do
	family "$each"
	[ "$each" = 4 ] || SPARE=fd77::50
	test_server
done
family 4

# ---- what is not met, what cannot be ------------------------------------------------

script wrong '0 < S 0:0(0) win 65535' '+0 > S. 0:0(0) ack 2 win 5 <...>'
ends 4 wrong "$OUT" '^failed: wrong.pkt:2:1: tcp.ack is 1, expected 2; tcp.window_size_value is' \
	"what is not met is a finding"
matches "with what was expected" "$OUT" '^  expected  \+0 > S\. 0:0\(0\) ack 2 win 5 <\.\.\.>$'
matches "and what was seen" "$OUT" '^  seen      > S\. 0:0\(0\) ack 1 win [0-9]+ <mss 65495>$'
matches "and the fields" "$OUT" '^  differs   tcp.ack tcp.window_size_value$'
script late '0 < S 0:0(0) win 65535' '+.5 > S. 0:0(0) ack 1 <...>'
ends 4 late "$OUT" 'late.pkt:2:1: it came .* ms too early' "what comes early is a finding"
script never '0 < S 0:0(0) win 65535' '+0 > S. 0:0(0) ack 1 <...>' '+0~+.1 > F. 1:1(0) ack 1'
ends 4 never "$OUT" 'never.pkt:3:1: nothing came within 0.1' "what does not come is a finding"
script noise '0 < S 0:0(0) win 65535' '+0 silence .1'
ends 4 noise "$OUT" 'noise.pkt:2:1: something came' "a broken silence is a finding"
script state '0 < S 0:0(0) win 65535' '+0 > S. 0:0(0) ack 1 <...>' 'expect state=ESTABLISHED'
ends 4 state "$OUT" 'state.pkt:3:1: the peer is in SYN-RECEIVED, expected ESTABLISHED' \
	"another state is a finding"
script field '0 < S 0:0(0) win 65535' '+0 > S. 0:0(0) ack 1 <...> {ip.ttl=1-5}'
ends 4 field "$OUT" 'field.pkt:2:1: .*ip.ttl' "another field is a finding"
script payload '0 < S 0:0(0) win 65535' '+0 > S. 0:0(0) ack 1 <...>' \
	'+0 < P. 1:17(16) ack 1 prot "hello"' 'any' '+0~+.2 > P. 1:4(3) ack 17 "NAK"'
ends 4 payload "$OUT" 'payload.pkt:5:1: nothing came' "another payload is a finding"
script syntax '0 < S 0:0(0) win 65535' '+0 > S. 0:0(0) ack'
ends 2 syntax "$ERR" '^tcpcraft: syntax.pkt:3:1: expected a number' "a script that is wrong is refused"
script six '--ip_version=ipv6' '0 < S 0:0(0) win 5'
ends 2 six "$ERR" '127.0.0.1 is an address of IPv4, and IPv6 was asked for' "so is HOST of another family"
script switch '0 < S 0:0(0)'
for line in '--tolerance_usecs=0' '--turbo'; do
	sed -i "1s/.*/$line 0 < S 0:0(0)/" switch.pkt
	ends 2 switch "$ERR" "^tcpcraft: switch.pkt:1:1: .*${line%%=*}" "$line is refused"
done
script unset 'if seen { let N = 1 }' '0 < S 0:0(0) win N'
ends 2 unset "$ERR" 'not run: unset.pkt:2:18: N has no value yet' "so is what has no value"
script zero 'let N = 0' '0 < S 5/N:5/N(0) win 1'
ends 2 zero "$ERR" 'zero.pkt:2:8: division by zero' "so is what cannot be computed"
script unsent '0 < S 0:0(0) {eth.src=1}'
ends 2 unsent "$ERR" 'unsent.pkt:1:15: .*eth' "so is a field that loopback has not"
run 5 "$TCPCRAFT" run wrong.pkt
same "without HOST and PORT there is nobody" "$RC" 2
script calls '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3' '0 < S 0:0(0) win 65535' \
	'+0 > S. 0:0(0) ack 1 <...>' '+0 `true`'
passes "calls are passed over" calls 127.0.0.1 "$P"
matches "and that is said" "$ERR" 'calls and commands are passed over'

# ---- JSON ---------------------------------------------------------------------------

run 20 "$TCPCRAFT" run wrong.pkt 127.0.0.1 "$P" --json
same "JSON says what failed" "$(jq -c 'select(.type == "result") |
	[.command, .verdict, .failure.line, .failure.column, .failure.fields, .exit]' "$OUT")" \
	'["run","failed",2,1,"tcp.ack tcp.window_size_value",4]'
same "and the line of each segment" "$(jq -c 'select(.type == "segment") |
	[.flags, .origin, .script_line]' "$OUT" | tr '\n' ' ')" \
	'["S","tcpcraft",1] ["S.","peer",null] ["R","tcpcraft",null] '

# ---- what is kept -------------------------------------------------------------------

passes "a run is kept" frame 127.0.0.1 "$P" -D MSS=65495 --html page.html --record again.pkt
matches "its page has the script's lines" page.html '5\| \+.01 .* P\. 1:17\(16\)'
passes "its record plays again" again 127.0.0.1 "$P"
start interrupted here "$TCPCRAFT" run serve.pkt 127.0.0.1 7000
wait_for 10 guarded || not_ok "it listens"
kill -INT $PID
wait $PID
same "Ctrl-C ends it" $? 130
matches "and is told" $WORK/interrupted.out 'interrupted after 0 events'

script ask 'ask "why?"' '0 < S 0:0(0) win 5' '+0~+5 > R. 0:0(0) ack 1' 'say "so"'
cat >terminal <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b""
while True:
    try:
        got = os.read(fd, 1000)
    except OSError:
        break
    if b"why?" in got and b"why?" not in seen:
        os.write(fd, sys.argv[1].encode().decode("unicode_escape").encode())
    seen += got
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
run 20 /usr/bin/python3 terminal '\n' "$TCPCRAFT" run ask.pkt "$SERVER_IP" 1
same "a question waits for a line" "$RC $(grep -c '# so' "$OUT")" "0 1"
run 20 /usr/bin/python3 terminal '\x03' "$TCPCRAFT" run ask.pkt "$SERVER_IP" 1
same "and Ctrl-C ends it too" "$RC" 130

# ---- time ---------------------------------------------------------------------------

# What the kernel does by itself, so that no scheduler of processes is in it.
script timing '0 < S 0:0(0) win 65535 <mss 1000>' '+0 > S. 0:0(0) ack 1 <...>' \
	'+1 > S. 0:0(0) ack 1 <...>' '+.05 < . 1:1(0) ack 1 win 65535' \
	'+.1 < P. 11:16(5) ack 1 win 65535 "later"' '+0 > . 1:1(0) ack 1' \
	'+.2 < P. 21:26(5) ack 1 win 65535 "later"' '+0 > . 1:1(0) ack 1' '+0 < R 1:1(0)'
RUNS=20
[ -z "${TC_LONG-}" ] || RUNS=200
for i in 1 2 3; do
	start "load$i" here sh -c 'while :; do :; done'
	eval "LOAD$i=$PID"
done
turn=0 told=0
while [ $turn -lt $RUNS ]; do
	for i in 0 1 2 3 4 5 6 7 8 9; do
		"$TCPCRAFT" run timing.pkt "$SERVER_IP" "$Q" >timing.$i.out 2>&1 &
		eval "RUN$i=$!"
	done
	for i in 0 1 2 3 4 5 6 7 8 9; do
		eval "wait \$RUN$i"
		case $? in
		0) told=$((told + 1)) ;;
		1) grep -q '^inconclusive: .*this machine was .* ms late' timing.$i.out ;;
		*) false ;;
		esac || cat timing.$i.out >>alarms
	done
	turn=$((turn + 10))
done
for i in 1 2 3; do
	eval "stop \$LOAD$i KILL"
done
check "and some can tell" [ "$told" -gt 0 ]
none "$RUNS runs on a busy machine raise no false alarm" "$(head -n 20 alarms 2>/dev/null)"

stop "$PROTD_PID"
for each in $SINKS; do
	stop "$each"
done
nothing_left
