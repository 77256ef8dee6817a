#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""wrap.py IN OUT: the IP packets of a capture behind a VLAN tag, in VXLAN, whose datagrams are
IPv6 and come in fragments."""
import sys

from scapy.all import (Dot1Q, Ether, IP, IPv6, IPv6ExtHdrFragment, Raw, UDP, conf, rdpcap,
                       wrpcap)
from scapy.layers.vxlan import VXLAN

conf.verb = 0
ETH = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
SIZE = 64
frames = []
for number, frame in enumerate(p for p in rdpcap(sys.argv[1]) if IP in p):
    data = bytes(UDP(sport=5000, dport=4789) / VXLAN(vni=100, flags=8) / ETH / Dot1Q(vlan=5) /
                 frame[IP])
    for at in range(0, len(data), SIZE):
        piece = ETH / IPv6(src="2001:db8::1", dst="2001:db8::2") / IPv6ExtHdrFragment(
            nh=17, id=number, offset=at // 8, m=at + SIZE < len(data)) / Raw(
                data[at:at + SIZE])
        piece.time = frame.time
        frames.append(piece)
wrpcap(sys.argv[2], frames)
