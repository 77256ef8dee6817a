#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# MPTCP's options by name (RFC 8684): of a connection between two kernels what we read is what
# tshark reads, value by value; and what we write, tshark names.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need tshark python3
python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)' 2>/dev/null ||
	skip_all "this kernel has no MPTCP (one with CONFIG_MPTCP)"
net_pair

cat >$WORK/kernel.py <<'END'
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET, socket.SOCK_STREAM, 262)
if sys.argv[1] == "serve":
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.bind((sys.argv[2], 7000))
	s.listen(4)
	print("ready", flush=True)
	c = s.accept()[0]
	while b := c.recv(100000):
		c.sendall(b)
	c.close()
else:
	s.connect((sys.argv[2], 7000))
	s.sendall(bytes(20000))
	n = 0
	while n < 20000:
		n += len(s.recv(100000))
	s.close()
END
# The same of both: a line a frame, NAME=VALUE sorted, keys as numbers.
cat >$WORK/ours.py <<'END'
import json, re, sys
names = dict(key="sendkey", peer_key="recvkey", ack8="rawdataack", ack="rawdataack",
	dsn="rawdataseqno", dsn8="rawdataseqno", ssn="subflowseqno", len="datalvllen")
for line in sys.stdin:
	e = json.loads(line)
	if e["type"] != "segment":
		continue
	for m in re.findall(r"mptcp (mp_capable|dss)([^,]*)", e.get("options", "")):
		words = re.findall(r"(\w+) (\w+)", m[1].replace(" fin", ""))
		print(m[0], *sorted("%s=%d" % (names[k], int(v, 16 if "key" in k else 10))
			for k, v in words if k in names))
END
cat >$WORK/theirs.py <<'END'
import sys
names = sys.argv[1].split()
for line in sys.stdin:
	v = line.rstrip("\n").split("\t")
	if v[0] in ("0", "2"):
		print({"0": "mp_capable", "2": "dss"}[v[0]],
			*sorted("%s=%s" % (n, x) for n, x in zip(names, v[1:]) if x))
END
observe wire here c0 "tcp port 7000"
start server srv python3 $WORK/kernel.py serve "$SERVER_IP"
says $WORK/server.out ready 10
run 30 python3 $WORK/kernel.py connect "$SERVER_IP"
same "two kernels speak MPTCP" "$RC $(cat "$ERR")" "0 "
observed wire

NAMES="sendkey recvkey rawdataack rawdataseqno subflowseqno datalvllen"
# shellcheck disable=SC2086,SC2046 # words
tshark -r $WORK/wire.pcap -Y tcp.options.mptcp.subtype -T fields \
	$(printf ' -e tcp.options.mptcp.%s' subtype $NAMES) 2>/dev/null |
	python3 $WORK/theirs.py "$NAMES" >$WORK/theirs
run 20 "$TCPCRAFT" show $WORK/wire.pcap --json -v
python3 $WORK/ours.py <"$OUT" >$WORK/ours
check "there are some: $(wc -l <$WORK/theirs) options" [ "$(wc -l <$WORK/theirs)" -gt 6 ]
same "keys, acknowledgments and maps are those that tshark reads" "$(diff $WORK/ours \
	$WORK/theirs)" ""
none "no option of theirs is without a name" "$(grep -oE 'mptcp [0-9a-f]{2,}[^0-9a-z_]' "$OUT")"

# written TEXT FIELD...: what tshark reads there, after the subtype
written() {
	local text="$1"
	shift
	run 20 "$TCPCRAFT" send 192.0.2.1 9 --options "mptcp $text" --dry-run --format pcap
	# shellcheck disable=SC2046 # words
	tshark -r "$OUT" -T fields -e tcp.options.mptcp.subtype \
		$(printf ' -e tcp.options.mptcp.%s' "$@") 2>/dev/null | booleans | tr '\t' ' '
}
same "mp_join" "$(written 'mp_join backup id 7 token deadbeef nonce 01020304' \
	backup.flag addrid recvtok sendrand)" "1 1 7 3735928559 16909060"
same "add_addr" "$(written 'add_addr id 2 addr 192.0.2.1 port 8080 hmac 0000000000000009' \
	echo addrid ipv4 port addaddrtrunchmac)" "3 0 2 192.0.2.1 8080 9"
same "an echo of it" "$(written 'add_addr echo id 2 addr 2001:db8::1' echo addrid ipv6)" \
	"3 1 2 2001:db8::1"
same "remove_addr" "$(written 'remove_addr id 2 3' addrid)" "4 2,3"
same "mp_prio" "$(written 'mp_prio backup id 3' backup.flag addrid)" "5 1 3"
same "mp_fail" "$(written 'mp_fail dsn 9' rawdataseqno)" "6 9"
same "mp_fastclose" "$(written 'mp_fastclose key 0000000000000009' recvkey)" "7 9"
same "mp_tcprst" "$(written 'mp_tcprst transient reason 4' flag_T.flag rst_reason)" "8 1 0x04"
same "dss" "$(written 'dss fin ack 5 dsn8 4294967305 ssn 1 len 10' \
	datafin.flag rawdataack rawdataseqno subflowseqno datalvllen)" \
	"2 1 5 4294967305 1 10"
refuses 2 'its parts are not those of a form' send 192.0.2.1 9 --dry-run \
	--options 'mptcp mp_prio id 256'
refuses 2 "RFC 8684 has no subtype of that name" send 192.0.2.1 9 --dry-run --options 'mptcp mp_foo'
nothing_left
