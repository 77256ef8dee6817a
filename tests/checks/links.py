#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""links.py FOLDER: one connection of each family behind each link type's header, made by hand,
as FOLDER/NAME.pcap; FOLDER/names gets the names, as tunnels.py writes them."""
import struct
import sys

from scapy.all import Dot1Q, Ether, IP, IPv6, Raw, TCP, conf
from scapy.layers.vxlan import VXLAN
from scapy.all import UDP

conf.verb = 0
folder = sys.argv[1]
A, B = b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02"
ENDS = {4: ("10.0.0.1", "10.0.0.2"), 6: ("2001:db8::1", "2001:db8::2")}
TYPE = {4: 0x0800, 6: 0x86dd}
SNAP = b"\xaa\xaa\x03\0\0\0"


def talk(family):
    kind, ends = {4: IP, 6: IPv6}[family], ENDS[family]
    for from_client, seq, ack, flags, data in (
            (True, 1000, 0, "S", b""), (False, 5000, 1001, "SA", b""),
            (True, 1001, 5001, "PA", b"hello")):
        src, dst = ends if from_client else ends[::-1]
        ports = (40000, 80) if from_client else (80, 40000)
        yield bytes(kind(src=src, dst=dst) / TCP(sport=ports[0], dport=ports[1], seq=seq,
                                                 ack=ack, flags=flags) / Raw(data))


def snap(family, packet):
    return SNAP + struct.pack(">H", TYPE[family]) + packet


def wlan(family, packet, flags=1, kind=0x08, more=b"", pad=b"", piece=0):
    return (bytes([kind, flags]) + bytes(2) + A + B + A + bytes([piece, 0]) + more + pad +
            snap(family, packet))


def radiotap(frame, fields=b"", present=0):
    return struct.pack("<BxHI", 0, 8 + len(fields), present) + fields + frame


def ppp(family, packet, lead=b"\xff\x03", short=False):
    number = {4: 0x21, 6: 0x57}[family]
    return lead + (bytes([number]) if short else struct.pack(">H", number)) + packet


def attribute(kind, data, order="<"):
    return struct.pack(order + "HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def nflog(family, packet, order="<"):
    return (bytes([{4: 2, 6: 10}[family], 0, 0, 5]) + attribute(1, bytes(4), order) +
            attribute(10, b"seen\0", order) + attribute(9, packet, order))


def sll(family, packet, proto=None):
    return struct.pack(">HHH8sH", 0, 1, 6, A + bytes(2), proto or TYPE[family]) + packet


def prism(frame, order="<"):
    return struct.pack(order + "II", 0x44, 144) + bytes(136) + frame


FORMS = {
    "ethernet-snap": (1, lambda f, p: A + B + struct.pack(">H", 8 + len(p)) + snap(f, p)),
    "null": (0, lambda f, p: struct.pack("<I", {4: 2, 6: 30}[f]) + p),
    "loop": (108, lambda f, p: struct.pack(">I", {4: 2, 6: 24}[f]) + p),
    "raw-12": (12, lambda f, p: p),
    "raw-14": (14, lambda f, p: p),
    "raw-101": (101, lambda f, p: p),
    "sll": (113, sll),
    "sll-llc": (113, lambda f, p: sll(f, snap(f, p), 4)),
    "sll2": (276, lambda f, p: struct.pack(">HxxIHBB8s", TYPE[f], 1, 1, 0, 6,
                                           A + bytes(2)) + p),
    "wlan": (105, wlan),
    "wlan-qos": (105, lambda f, p: wlan(f, p, kind=0x88, more=bytes(2))),
    "wlan-ht": (105, lambda f, p: wlan(f, p, flags=0x81, kind=0x88, more=bytes(6))),
    "wlan-4": (105, lambda f, p: wlan(f, p, flags=3, more=B)),
    "wlan-4-qos": (105, lambda f, p: wlan(f, p, flags=3, kind=0x88, more=B + bytes(2))),
    "radiotap": (127, lambda f, p: radiotap(wlan(f, p))),
    "radiotap-flags": (127, lambda f, p: radiotap(
        wlan(f, p) + bytes(4), bytes(8) + b"\x10" + bytes(3), 0x3)),
    "radiotap-pad": (127, lambda f, p: radiotap(
        wlan(f, p, kind=0x88, more=bytes(2), pad=bytes(2)), bytes(8) + b"\x20", 0x3)),
    "radiotap-words": (127, lambda f, p: radiotap(
        wlan(f, p, kind=0x88, more=bytes(2), pad=bytes(2)),
        struct.pack("<II", 0xa0000000, 0) + b"\x20", 0xa0000002)),
    "prism": (119, lambda f, p: prism(wlan(f, p))),
    "prism-big": (119, lambda f, p: prism(wlan(f, p), ">")),
    "avs": (163, lambda f, p: struct.pack(">II", 0x80211001, 64) + bytes(56) + wlan(f, p)),
    "ppp": (9, ppp),
    "ppp-bare": (9, lambda f, p: ppp(f, p, b"")),
    "ppp-short": (9, lambda f, p: ppp(f, p, short=True)),
    "ppp-serial": (50, ppp),
    "ppp-serial-hdlc": (50, lambda f, p: struct.pack(">BBH", 15, 0, TYPE[f]) + p),
    "ppp-ether": (51, lambda f, p: struct.pack(">BBHH", 0x11, 0, 7, 2 + len(p)) +
                  ppp(f, p, b"")),
    "c-hdlc": (104, lambda f, p: struct.pack(">BBH", 15, 0, TYPE[f]) + p),
    "fddi": (10, lambda f, p: b"\x50" + A + B + snap(f, p)),
    "fddi-urgent": (10, lambda f, p: b"\x57" + A + B + snap(f, p)),
    "ppp-dir": (204, lambda f, p: b"\0" + ppp(f, p)),
    "enc": (109, lambda f, p: struct.pack("<III", {4: 2, 6: 24}[f], 1, 0) + p),
    "pflog": (117, lambda f, p: struct.pack(">BBBB", 61, {4: 2, 6: 24}[f], 0, 0) +
              bytes(60) + p),
    "ipnet": (226, lambda f, p: struct.pack(">BBHIIIII", 1, {4: 2, 6: 26}[f], 0, len(p),
                                            1, 2, 0, 0) + p),
    "nflog": (239, nflog),
    "frelay": (107, lambda f, p: b"\x18\x41\x03" + {4: b"\xcc", 6: b"\x8e"}[f] + p),
    "frelay-snap": (107, lambda f, p: b"\x18\x41\x03\0\x80\0\0\0" + struct.pack(
        ">H", TYPE[f]) + p),
    "frelay-cisco": (107, lambda f, p: b"\x18\x41" + struct.pack(">H", TYPE[f]) + p),
    "frelay-long": (107, lambda f, p: b"\x18\x40\x40\x41\x03" + {4: b"\xcc", 6: b"\x8e"}[f] + p),
    "ipoib": (242, lambda f, p: bytes(40) + struct.pack(">HH", TYPE[f], 0) + p),
    "ppi": (192, lambda f, p: struct.pack("<BBHI", 0, 0, 8, 1) + A + B + struct.pack(
        ">H", TYPE[f]) + p),
    "ppi-wlan": (192, lambda f, p: struct.pack("<BBHI", 0, 0, 32, 105) + struct.pack(
        "<HH", 2, 20) + bytes(20) + wlan(f, p)),
}
ONE_FAMILY = {"ipv4": (228, 4), "ipv6": (229, 6)}
AROUND = {"ppp-ether": "pppoe 7"}


def pcap(name, dlt, frames):
    with open(f"{folder}/{name}", "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, dlt))
        for i, frame in enumerate(frames):
            out.write(struct.pack("<4I", 1000 + i, 0, len(frame), len(frame)) + frame)


with open(f"{folder}/names", "a", encoding="ascii") as names:
    for name, (dlt, wrap) in FORMS.items():
        for family in (4, 6):
            pcap(f"{name}-{family}.pcap", dlt, [wrap(family, p) for p in talk(family)])
            names.write(f"{name}-{family}\t{AROUND.get(name, '')}\n")
    for name, (dlt, family) in ONE_FAMILY.items():
        pcap(f"{name}.pcap", dlt, list(talk(family)))
        names.write(f"{name}\t\n")
    # a tunnel behind such headers
    pcap("wlan-vxlan.pcap", 105, [wlan(4, bytes(
        IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=50000, dport=8472) /
        VXLAN(vni=7, flags=8) / Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") /
        Dot1Q(vlan=5) / IPv6(p))) for p in talk(6)])
    names.write("wlan-vxlan\tvxlan 7, vlan 5\n")

syn = next(talk(4))
pcap("not-control", 105, [b"\x80\0" + bytes(30), b"\xd4\0" + bytes(8),
                          wlan(4, syn, kind=0x48)])
pcap("not-llc", 10, [b"\x41" + A + B + snap(4, syn)])
pcap("synchronous", 10, [b"\xd0" + A + B + snap(4, syn)])
pcap("not-encrypted", 105, [wlan(4, syn, flags=0x41)])
pcap("not-pieces", 105, [wlan(4, syn, flags=5), wlan(4, syn, piece=1),
                         wlan(4, syn, kind=0x88, more=b"\x80\0")])
pcap("not-ppp", 9, [b"\xff\x03\xc0\x21" + bytes(20)])
pcap("not-ppi", 192, [struct.pack("<BBHI", 0, 0, 8, dlt) + bytes(40) for dlt in (147, 187, 192)])
pcap("not-relayed", 107, [b"\0\1\x03\x08\0\x75\x51\1\0\x53\2\1\0",  # LMI (Q.933 A), IS-IS
                          b"\x18\x41\x03\x83" + bytes(30)])
pcap("not-log", 239, [bytes([2, 0, 0, 5]) + attribute(1, bytes(4))])
pcap("not-snap", 1, [A + B + b"\0\x26\x42\x42\x03" + bytes(40), A + B + b"\0\x03" + bytes(40)])
