#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""wrap.py IN OUT: the TCP segments of a capture behind a VLAN tag, in VXLAN, whose datagrams are
of the other family of IP and come in fragments."""
import sys

from scapy.all import (Dot1Q, Ether, IP, IPv6, IPv6ExtHdrFragment, Raw, TCP, UDP, conf, rdpcap,
                       wrpcap)
from scapy.layers.vxlan import VXLAN

conf.verb = 0
ETH = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
SIZE = 64


def piece(six, number, at, more):
    """What stands before a fragment; inside is IPv6 where six."""
    if six:
        return ETH / IP(src="192.0.2.1", dst="192.0.2.2", proto=17, id=number, frag=at // 8,
                        flags="MF" if more else 0)
    return ETH / IPv6(src="2001:db8::1", dst="2001:db8::2") / IPv6ExtHdrFragment(
        nh=17, id=number, offset=at // 8, m=more)


frames = []
for number, frame in enumerate(p for p in rdpcap(sys.argv[1]) if TCP in p):
    six = IPv6 in frame
    data = bytes(UDP(sport=5000, dport=4789) / VXLAN(vni=100, flags=8) / ETH / Dot1Q(vlan=5) /
                 frame[IPv6 if six else IP])
    for at in range(0, len(data), SIZE):
        one = piece(six, number + 1, at, at + SIZE < len(data)) / Raw(data[at:at + SIZE])
        one.time = frame.time
        frames.append(one)
wrpcap(sys.argv[2], frames)
