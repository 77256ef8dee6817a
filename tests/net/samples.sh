#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/net/samples.sh: makes the captures of pcaps/ that are not the demo's, from real
# traffic between two hosts of its own, into $TC_BUILD/pcaps. Not a test: the result is
# looked at, and what pcaps/README.md says of it held true, before it is copied.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need dumpcap tshark iptables
OUTDIR=$TC_BUILD/pcaps
mkdir -p "$OUTDIR"
net_pair

# Without the observer's last frame and ARP, in nanosecond pcap.
keep() {
	observed "$1"
	tshark -r "$WORK/$1.pcap" -Y 'tcp || icmp' -F nsecpcap -w "$OUTDIR/$1.pcap"
	echo "$1: $(tshark -r "$OUTDIR/$1.pcap" | wc -l) frames"
}

# ---- keep-alive ------------------------------------------------------------------

observe keep-alive here c0 ip
start quiet srv nc -l "$SERVER_IP" 7777
quiet=$PID
listening() {
	in_ns srv ss -Htln "sport = :$1" | grep -q LISTEN
}
wait_for 5 listening 7777
mkfifo $WORK/idle
exec 8<>$WORK/idle
start client here sh -c "exec $TCPCRAFT connect $SERVER_IP 7777 --keepalive 0.2 <$WORK/idle"
probes() {
	[ "$(tshark -r $WORK/keep-alive.pcap -Y tcp.analysis.keep_alive_ack 2>/dev/null |
		wc -l)" -ge 3 ]
}
wait_for 10 probes
stop "$PID" INT
exec 8>&-
stop "$quiet"
keep keep-alive

# ---- refusals of TCP and of the network ------------------------------------------

observe refused here c0 ip
run 10 "$TCPCRAFT" prot "$SERVER_IP" 4
keep refused
in_ns srv iptables -w -A INPUT -p tcp --dport 5 -j REJECT --reject-with icmp-admin-prohibited
in_ns srv iptables -w -A INPUT -p tcp --dport 6 -j DROP
observe unreachable here c0 ip
run 10 "$TCPCRAFT" prot "$SERVER_IP" 5
keep unreachable
observe no-answer here c0 ip
run 10 "$TCPCRAFT" prot "$SERVER_IP" 6 --timeout 3
keep no-answer

# ---- refusals of the PROT server --------------------------------------------------

protd_start srv "$SERVER_IP"
observe prot-refusals here c0 ip
for set in prot.magic=0 prot.version=2 prot.length=600 prot.checksum=bad prot.length=4; do
	run 10 "$TCPCRAFT" prot "$SERVER_IP" "$PROTD_PORT" hello --timeout 1 --set $set
done
keep prot-refusals

# ---- SSH ------------------------------------------------------------------------

peer ssh-keygen
"$PEER" -q -t ed25519 -N '' -f $WORK/host_key
peer sshd
grep -v '^sshd:' /etc/passwd >$WORK/passwd
echo "sshd:x:65534:65534::/run/sshd:/usr/sbin/nologin" >>$WORK/passwd
mount --bind $WORK/passwd /etc/passwd
mkdir -p /run/sshd
start sshd srv "$PEER" -D -e -f /dev/null -h $WORK/host_key -p 22 -o "ListenAddress=$SERVER_IP"
wait_for 10 listening 22
observe ssh-opening here c0 ip
run 20 "$TCPCRAFT" connect "$SERVER_IP" 22 -q --timeout 1 --data-string "SSH-2.0-tcpcraft
"
keep ssh-opening

# ---- one exchange, as each link type writes it ------------------------------------

/usr/bin/python3 - "$TC_ROOT/pcaps/demo-2-ack.pcap" "$OUTDIR" <<'END'
import struct, sys
data, out = open(sys.argv[1], "rb").read(), sys.argv[2]
order = "<" if data[0] == 0x4d else ">"
mac = bytes.fromhex("0000 0304 0006 000000000000 0000 0800".replace(" ", ""))
sll2 = bytes.fromhex("0800 0000 00000001 0304 00 06 000000000000 0000".replace(" ", ""))
for name, linktype, head in (
        ("lo-null", 0, b"\2\0\0\0"), ("lo-null-big-endian", 0, b"\0\0\0\2"),
        ("lo-loop", 108, b"\0\0\0\2"), ("lo-raw-12", 12, b""), ("lo-raw-14", 14, b""),
        ("lo-raw", 101, b""), ("lo-ipv4", 228, b""), ("lo-sll", 113, mac),
        ("lo-sll2", 276, sll2), ("lo-openbsd-mislabelled", 12, b"\0\0\0\2")):
    file = data[:20] + struct.pack(order + "I", linktype)
    at = 24
    while at < len(data):
        sec, nsec, n, _ = struct.unpack(order + "IIII", data[at:at + 16])
        frame = head + data[at + 16 + 14:at + 16 + n]
        file += struct.pack(order + "IIII", sec, nsec, len(frame), len(frame)) + frame
        at += 16 + n
    open(f"{out}/{name}.pcap", "wb").write(file)
END
