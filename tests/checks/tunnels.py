#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tunnels.py FOLDER: one connection of each family in each encapsulation, as FOLDER/NAME.pcap,
made by Scapy. FOLDER/names has the names, each with what is to be told of its layers."""
import sys

from scapy.all import (Dot1AD, Dot1Q, Ether, GRE, IP, IPv6, PPP, PPPoE, Raw, TCP, UDP, conf,
                       IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                       IPv6ExtHdrRouting, wrpcap)
from scapy.contrib.geneve import GENEVE
from scapy.contrib.mpls import MPLS
from scapy.layers.vxlan import VXLAN

conf.verb = 0
folder = sys.argv[1]
ETH = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
OUT4, OUT6 = IP(src="192.0.2.1", dst="192.0.2.2"), IPv6(src="2001:db8:f::1", dst="2001:db8:f::2")
IN4, IN6 = ("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8::2")


def talk(kind, ends):
    """A SYN, its answer, an ACK with data; whole IP packets."""
    for from_client, seq, ack, flags, data in (
            (True, 1000, 0, "S", b""), (False, 5000, 1001, "SA", b""),
            (True, 1001, 5001, "PA", b"hello")):
        src, dst = ends if from_client else ends[::-1]
        ports = (40000, 80) if from_client else (80, 40000)
        yield from_client, kind(src=src, dst=dst), TCP(
            sport=ports[0], dport=ports[1], seq=seq, ack=ack, flags=flags) / Raw(data)


def ppp(packet):
    return PPPoE(sessionid=7) / PPP(proto=0x0021 if IP in packet else 0x0057) / packet


FORMS = {
    "plain": ("", lambda p: ETH / p),
    "vlan": ("vlan 5", lambda p: ETH / Dot1Q(vlan=5) / p),
    "qinq": ("vlan 9, vlan 5", lambda p: ETH / Dot1AD(vlan=9) / Dot1Q(vlan=5) / p),
    "pppoe": ("pppoe 7", lambda p: ETH / ppp(p)),
    "mpls": ("mpls 16, mpls 17",
             lambda p: ETH / MPLS(label=16, s=0) / MPLS(label=17, s=1) / p),
    "gre": ("gre", lambda p: ETH / OUT4 / GRE() / p),
    "gre-key": ("vlan 5, gre", lambda p: ETH / Dot1Q(vlan=5) / OUT4 / GRE(
        key_present=1, key=3, seqnum_present=1, seqence_number=1, chksum_present=1) / p),
    "gre6": ("gre", lambda p: ETH / OUT6 / GRE() / p),
    "gre-ethernet": ("gre", lambda p: ETH / OUT4 / GRE(proto=0x6558) / ETH / p),
    "in4": (None, lambda p: ETH / OUT4 / p),
    "in6": (None, lambda p: ETH / OUT6 / p),
    "vxlan": ("vxlan 100", lambda p: ETH / OUT4 / UDP(sport=5000, dport=4789) /
              VXLAN(vni=100, flags=8) / ETH / p),
    "vxlan6": ("vxlan 100, vlan 5", lambda p: ETH / OUT6 / UDP(sport=5000, dport=4789) /
               VXLAN(vni=100, flags=8) / ETH / Dot1Q(vlan=5) / p),
    "geneve": ("geneve 100", lambda p: ETH / OUT4 / UDP(sport=5000, dport=6081) /
               GENEVE(vni=100, proto=0x6558) / ETH / p),
    "geneve-ip": ("geneve 100", lambda p: ETH / OUT4 / UDP(sport=5000, dport=6081) / GENEVE(
        vni=100, proto=0x0800 if IP in p else 0x86dd) / p),
}
AROUND = {("in4", "4"): "ip in ip", ("in4", "6"): "6in4", ("in6", "4"): "4in6",
          ("in6", "6"): "6in6"}
CHAINS = {
    "hopbyhop": IPv6ExtHdrHopByHop(), "dstopts": IPv6ExtHdrDestOpt(),
    "atomic": IPv6ExtHdrFragment(id=7),
    "routed": IPv6ExtHdrRouting(type=2, segleft=0, addresses=["2001:db8::9"]),
}

with open(f"{folder}/names", "w", encoding="ascii") as names:
    for name, (around, wrap) in FORMS.items():
        for family, kind, ends in (("4", IP, IN4), ("6", IPv6, IN6)):
            packets = [wrap(ip / tcp) for _, ip, tcp in talk(kind, ends)]
            wrpcap(f"{folder}/{name}-{family}.pcap", packets)
            names.write(f"{name}-{family}\t"
                        f"{AROUND[name, family] if around is None else around}\n")
    for name, header in CHAINS.items():
        wrpcap(f"{folder}/{name}.pcap",
               [ETH / ip / header / tcp for _, ip, tcp in talk(IPv6, IN6)])
        names.write(f"{name}\t\n")

deep = IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=1, dport=2, flags="S")
for _ in range(20):
    deep = OUT4 / deep
wrpcap(f"{folder}/deep", [ETH / deep])
wrpcap(f"{folder}/strange", [ETH / OUT4 / GRE(proto=0x1234) / Raw(bytes(20))])
wrpcap(f"{folder}/cut", [Ether(bytes(ETH / OUT4 / GRE(key_present=1, key=1))[:-4])])
