#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# TCP-AO (RFC 5925) between two of our TCPs, with the key, with another, without; past the end
# of the sequence numbers; and a kernel that has none. scapy, given the key, says what was on
# the wire: it computes each code from both SYNs on its own.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need tshark mergecap python3
/usr/bin/python3 -c 'import scapy.contrib.tcpao, cryptography' 2>/dev/null ||
	skip_all "no scapy with TCP-AO (apt-get install python3-scapy python3-cryptography)"
run 5 "$TCPCRAFT" explain --ao secret=key 00
case $(cat "$ERR") in
*'built without MD5'*) skip_all "built without nettle (apt-get install nettle-dev)" ;;
esac
net_pair
BYTES=50000
[ "$FAMILY" = 6 ] || ANY=0.0.0.0
ANY=${ANY:-::}

# judge.py PCAP PORT SECRET ALG COVERED: how many codes of the port's segments are right, wrong
# and missing, and the highest extension of a number.
cat >$WORK/judge.py <<'END'
import sys
from scapy.all import IP, IPv6, TCP, PcapReader
from scapy.contrib import tcpao
path, port, secret, alg, covered = sys.argv[1:]
port, alg = int(port), tcpao.get_alg(alg)
isn, near, count, most = {}, {}, dict(right=0, wrong=0, missing=0), 0
for p in PcapReader(path):
	if TCP not in p or port not in (p[TCP].sport, p[TCP].dport):
		continue
	t, way = p[TCP], (p[TCP].sport, p[TCP].dport)
	if t.flags.S:
		isn[way] = near[way] = t.seq
	ext = near[way] + ((t.seq - near[way] + 2**31) % 2**32 - 2**31)
	near[way] = max(near[way], ext)
	most = max(most, ext >> 32)
	option = [v for k, v in t.options if k in ("AO", 29)]
	if not option:
		count["missing"] += 1
		continue
	there = 0 if t.flags.S and not t.flags.A else isn[way[::-1]]
	ip = p[IP] if IP in p else p[IPv6]
	key = tcpao.calc_tcpao_traffic_key(ip, alg, secret.encode(), isn[way], there)
	ip[TCP].remove_payload() if IP in p and ip.len == 20 + 4 * t.dataofs else None
	mac = tcpao.calc_tcpao_mac(ip, alg, key, include_options=covered == "included", sne=ext >> 32)
	option = option[0] if isinstance(option[0], bytes) else bytes(option[0])
	count["right" if option[2:] == mac else "wrong"] += 1
print(count["right"] > 0 and "right" or "", count["wrong"], count["missing"], most)
END

# A kernel that knows nothing of the option passes it over; it echoes on port 7001.
cat >$WORK/kernel.py <<'END'
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.bind((sys.argv[1], 7001))
s.listen(16)
print("ready", flush=True)
while True:
	c = s.accept()[0]
	while b := c.recv(65536):
		c.sendall(b)
	c.close()
END
start server srv python3 $WORK/kernel.py "$ANY"
says $WORK/server.out ready 10
head -c $BYTES /dev/urandom >$WORK/bytes

OURS=secret=ours,keyid=84,rnextkeyid=61
THEIRS=secret=ours,keyid=61,rnextkeyid=84
AES=alg=aes-128-cmac-96,options=excluded
start sha srv "$TCPCRAFT" listen "$SERVER_IP" 7002 --keep --echo --ao $THEIRS \
	--tcp isn=4294960000
says $WORK/sha.err '^listening' 10
start aes srv "$TCPCRAFT" listen "$SERVER_IP" 7003 --keep --echo --ao $THEIRS,$AES
says $WORK/aes.err '^listening' 10
observe wire here c0 "host $CLIENT_IP"

# ask PORT OURS ARGUMENT...
ask() {
	local port="$1" ours="$2"
	shift 2
	# shellcheck disable=SC2016
	run 30 sh -c '"$@" <"$0"' $WORK/bytes "$TCPCRAFT" connect "$SERVER_IP" "$port" -q \
		-g "$ours" "$@"
}
# verdicts CAPTURE PORT SECRET ALG COVERED
verdicts() {
	local capture="$1"
	shift
	/usr/bin/python3 $WORK/judge.py "$WORK/$capture.pcap" "$@" 2>/dev/null
}
ask 7002 22001 --timeout 10 --ao $OURS --tcp isn=4294950000
check "with the key all that we send comes back, past the end of the numbers" \
	cmp -s "$OUT" $WORK/bytes
ask 7003 22002 --timeout 10 --ao $OURS,$AES --tcp ts=off
check "with AES, and options that are not covered, too" cmp -s "$OUT" $WORK/bytes
ask 7002 22003 --timeout 0.7 --ao secret=another,keyid=84,rnextkeyid=61
same "to another secret ours is silent" "$RC $(cat "$OUT")" "1 "
matches "and we say what may be the cause" "$ERR" 'or it has not the key of --ao'
ask 7002 22004 --timeout 0.7 --ao secret=ours,keyid=85,rnextkeyid=61
same "to another KeyID" "$RC $(cat "$OUT")" "1 "
ask 7002 22005 --timeout 0.7
same "and to who has no key" "$RC $(cat "$OUT")" "1 "
ask 7001 22006 --timeout 0.7 --ao $OURS
same "what a kernel without a key says is not taken" "$RC $(cat "$OUT")" "1 "
run 20 "$TCPCRAFT" connect "$SERVER_IP" 7002 -q -g 22007 --timeout 10 --ao $OURS \
	--data-string hello --mutate \
	'data[1]: tcp.options=ao keyid 84 rnextkeyid 61 mac 00112233445566778899aabb'
same "of two codes the wrong one is as it was set, and what it signs is sent again" \
	"$(cat "$OUT")" hello
run 20 "$TCPCRAFT" connect "$SERVER_IP" 7002 -q -g 22008 --timeout 10 --ao $OURS \
	--data-string hello --mutate 'data[1]: tcp.ao=bad'
same "a code may be set wrong as a field" "$(cat "$OUT")" hello
ZERO=000000000000000000000000
run 20 "$TCPCRAFT" connect "$SERVER_IP" 7002 -q -g 22009 --timeout 10 --ao $OURS \
	--data-string hello --mutate \
	"data[1]: tcp.options=ao keyid 84 rnextkeyid 61 mac $ZERO,ao keyid 84 rnextkeyid 61 mac $ZERO"
same "what has the option twice is sent again, with one" "$(cat "$OUT")" hello

# ---- single packets ------------------------------------------------------------------------

# sent OURS WANT ARGUMENT...: what comes back to a SYN of this make
sent() {
	local ours="$1" want="$2"
	shift 2
	run 20 "$TCPCRAFT" send "$SERVER_IP" 7002 -g "$ours" --flags S --expect "$want" "$@"
}
sent 22020 syn-ack --ao $OURS
same "send --ao: a SYN that is signed with the listener's key is answered" "$RC" 0
sent 22021 none --timeout 0.7 --ao secret=another,keyid=84,rnextkeyid=61
same "none that is signed with another" "$RC" 0
sent 22022 none --timeout 0.7 --ao $OURS "tcp.options=ao keyid 84 rnextkeyid 61 mac ${ZERO%0}1"
same "nor one whose code was set wrong" "$RC" 0
# made FILE FROM TO ARGUMENT...: one or more packets of a connection that nobody has
made() {
	local file="$1" from="$2" to="$3"
	shift 3
	run 20 "$TCPCRAFT" send "$CLIENT_IP" --source "$CLIENT_IP" -g "$from" "$to" --ao $OURS --dry-run \
		--format pcap -w "$WORK/$file.pcap" "$@"
}
made syn 22023 7002 --flags S tcp.seq=4294967295
made answer 7002 22023 --flags SA tcp.seq=77 tcp.ack=0
made data 22023 7002 --flags A tcp.seq=0 tcp.ack=78 "$(named ip.ttl)=7,9" --data-string abc
mergecap -a -F pcap -w $WORK/sent.pcap $WORK/syn.pcap $WORK/answer.pcap $WORK/data.pcap
same "a SYN's answer, and the first segments behind it, have right codes too (scapy)" \
	"$(verdicts sent 22023 ours hmac-sha-1-96 included)" "right 0 0 1"

# ICMP errors about data that is outstanding for a second: with a key they are ignored.
cat >$WORK/unreachable.py <<'END'
import sys
from scapy.all import ICMP, IP, Raw, sniff, send
port = sys.argv[1]
def seen(p):
	q = bytes(p[IP])[:40]
	send(IP(src=p[IP].dst, dst=p[IP].src) / ICMP(type=3, code=3) / Raw(q), verbose=0)
sniff(iface="s0", filter="tcp and dst port %s and tcp[13] & 8 != 0" % port, count=1, prn=seen,
	started_callback=lambda: print("ready", flush=True))
END
# slow PORT ARGUMENT...: a listener whose answers take their time
slow() {
	local port="$1"
	shift
	start "slow$port" srv "$TCPCRAFT" listen "$SERVER_IP" "$port" --keep --echo "$@" \
		--mutate 'any where ESTABLISHED: delay 1500' \
		--mutate 'any where CLOSE-WAIT: delay 1500' --mutate 'any where LAST-ACK: delay 1500'
	says "$WORK/slow$port.err" '^listening' 10
}
# with_error PORT ARGUMENT...: we connect to it; asked again where on a busy machine the error came when
# the connection was over
with_error() {
	local port="$1"
	shift
	for _ in 1 2 3; do
		start "icmp$port" srv /usr/bin/python3 $WORK/unreachable.py "$port"
		says "$WORK/icmp$port.out" ready 20
		run 30 "$TCPCRAFT" connect "$SERVER_IP" "$port" --timeout 10 --data-string hello "$@"
		stop "$PID"
		grep -q ICMP "$ERR" && break
	done
}
if [ "$FAMILY" = 4 ]; then
	slow 7004 --ao $THEIRS
	with_error 7004 --ao $OURS
	matches "with a key an ICMP error about its data is ignored" "$ERR" 'RFC 5925 7.8'
	matches "and the answer comes" "$OUT" 'hello'
	slow 7005
	with_error 7005
	none "without one it is not" "$(grep 'RFC 5925' "$ERR")"
	matches "but believed, or told" "$ERR" 'ICMP'
fi
observed wire

# ---- the wire ------------------------------------------------------------------------------

same "22001: all codes are right (scapy), the numbers wrapped" \
	"$(verdicts wire 22001 ours hmac-sha-1-96 included)" "right 0 0 1"
same "22002: all codes are right (scapy)" \
	"$(verdicts wire 22002 ours aes-128-cmac-96 excluded)" "right 0 0 0"
same "22003: ours are of the secret that we gave" \
	"$(verdicts wire 22003 another hmac-sha-1-96 included)" "right 0 0 0"
same "22007: one of ours is wrong" "$(verdicts wire 22007 ours hmac-sha-1-96 included | cut -c1-9)" \
	"right 1 0"
same "22008: one of ours is wrong" "$(verdicts wire 22008 ours hmac-sha-1-96 included | cut -c1-9)" \
	"right 1 0"
same "22020: what is answered is signed with the listener's key (scapy)" \
	"$(verdicts wire 22020 ours hmac-sha-1-96 included | cut -c1-7)" "right 0"
same "22021: what is not is signed with the other" \
	"$(verdicts wire 22021 another hmac-sha-1-96 included)" "right 0 0 0"
same "22022: or its code is wrong" "$(verdicts wire 22022 ours hmac-sha-1-96 included)" " 1 0 0"
same "22009: nothing acknowledges what has the option twice (tshark)" "$(packets wire \
	"tcp.port == 22009 && tcp.len > 0" tcp.srcport tcp.len | tr '\t' ' ' | head -n 2 | xargs)" \
	"22009 5 22009 5"
same "the key IDs are those that were given (tshark)" "$(packets wire \
	"tcp.srcport == 22001" tcp.options.ao.keyid | sort -u) $(packets wire \
	"tcp.dstport == 22001" tcp.options.ao.keyid | sort -u)" "84 61"
none "22003 to 22005: not a segment comes from the listener (tshark)" "$(packets wire \
	"tcp.srcport == 7002 && tcp.dstport >= 22003 && tcp.dstport <= 22005" frame.number)"
none "22006: nothing of the kernel's is acknowledged (tshark)" "$(packets wire \
	"tcp.srcport == 22006 && tcp.flags.ack == 1" frame.number)"
# (Of 22006 and 22020 the kernel resets what is said again when we are gone, as offload will sum it.)
check_wire wire "$(named ip.src) == $CLIENT_IP && !(tcp.port == 22006 && tcp.flags == 4) && tcp.port != 22007 && tcp.port != 22009 && tcp.port != 22020 && !icmp"

# ---- captures, judged by us ----------------------------------------------------------------

run 20 "$TCPCRAFT" show $WORK/wire.pcap --ao $OURS --json --filter "port 22001"
n=$(packets wire "tcp.port == 22001" frame.number | wc -l)
same "show: the key's segments have no tag" \
	"$(grep -c '"type":"segment"' "$OUT") $(grep -c '"ao_' "$OUT")" "$n 0"
run 20 "$TCPCRAFT" show $WORK/wire.pcap --ao secret=theirs --json --filter "port 22001"
same "show: with another key each is tagged" "$(grep -c '"ao_bad"' "$OUT")" "$n"
run 20 "$TCPCRAFT" show $WORK/wire.pcap --ao $OURS --json --filter "src port 22005"
same "show: where there is none, too" "$(grep -c '"ao_missing"' "$OUT")" \
	"$(packets wire "tcp.srcport == 22005" frame.number | wc -l)"
run 20 "$TCPCRAFT" show $WORK/wire.pcap --ao $OURS --json --filter "src port 22009"
same "show: two options are tagged" "$(grep -c '"ao_bad"' "$OUT")" 1
last=$(packets wire "tcp.srcport == 22009 && tcp.len > 0" frame.number | sed -n 1p)
run 20 "$TCPCRAFT" explain $WORK/wire.pcap "$last" --ao $OURS
matches "explain: and why" "$OUT" "there is more than one such option .RFC 5925 2.2"
last=$(packets wire "tcp.port == 22001 && tcp.len > 0" frame.number | sed -n '$p')
run 20 "$TCPCRAFT" explain $WORK/wire.pcap "$last" --ao $OURS
matches "explain: right" "$OUT" "^    ok: the code is the key's"
run 20 "$TCPCRAFT" explain $WORK/wire.pcap "$last" --ao secret=theirs --json
matches "explain: wrong, and what would be right" "$OUT" \
	'"check":"BAD","expected_digest":"[0-9a-f]{24}"'
refuses 2 '--ao: secret= is missing' explain 00 --ao keyid=1
refuses 2 "--ao: alg=: 'md5' is neither" connect "$SERVER_IP" 7002 --ao secret=a,alg=md5
refuses 2 'md5= and ao= contradict' connect "$SERVER_IP" 7002 --ao $OURS --md5 key
refuses 2 '--raw frames are sent as they are, and --ao would change them' send 192.0.2.1 \
	--raw $WORK/syn.pcap --ao $OURS --dry-run
refuses 2 'no place for what the key signs with: add ao keyid ' send 192.0.2.1 9 --ao $OURS \
	--options 'mss 1460' --dry-run
refuses 2 'no place for ao' connect "$SERVER_IP" 7002 --ao $OURS --like windows
nothing_left
