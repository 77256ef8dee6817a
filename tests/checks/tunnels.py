#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tunnels.py FOLDER: one connection of each family in each encapsulation, as FOLDER/NAME.pcap,
made by Scapy. FOLDER/names has the names, each with what is to be told of its layers."""
import itertools
import struct
import sys

from scapy.all import (Dot1AD, Dot1Q, Ether, GRE, IP, IPv6, PPP, PPPoE, Raw, TCP, UDP,
                       bind_layers, conf, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                       IPv6ExtHdrRouting, wrpcap)
from scapy.contrib.geneve import GENEVE
from scapy.contrib.mpls import MPLS
from scapy.layers.vxlan import VXLAN

conf.verb = 0
folder = sys.argv[1]
ETH = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
OUT4, OUT6 = IP(src="192.0.2.1", dst="192.0.2.2"), IPv6(src="2001:db8:f::1", dst="2001:db8:f::2")
# The sender's port of what is in UDP: a dynamic one (RFC 7348 5), as tunnels have it. Wireshark
# takes a datagram by its lower port when both are of protocols that it knows.
SOMEONE = 50000
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


NUMBERS = itertools.count(1)


def pieces(packet, size=16):
    """An IP packet in fragments, each with `size` bytes of what it carries at most."""
    number = next(NUMBERS)
    if IPv6 in packet and packet.firstlayer().name == "IPv6":
        head, data = IPv6(bytes(packet)[:40]), bytes(packet)[40:]
        kind = head.nh
        for at in range(0, len(data), size):
            yield IPv6(src=head.src, dst=head.dst) / IPv6ExtHdrFragment(
                nh=kind, id=number, offset=at // 8, m=at + size < len(data)) / Raw(
                    data[at:at + size])
        return
    packet = IP(bytes(packet))
    data = bytes(packet)[20:]
    for at in range(0, len(data), size):
        yield IP(src=packet.src, dst=packet.dst, proto=packet.proto, id=number, frag=at // 8,
                 flags="MF" if at + size < len(data) else 0) / Raw(data[at:at + size])


def vxlan(p, outer=OUT4):
    return outer / UDP(sport=SOMEONE, dport=4789) / VXLAN(vni=100, flags=8) / ETH / p


def gtp(p, more=b"", flags=0):
    return Raw(struct.pack(">BBHI", 0x30 | flags, 255, len(more) + len(p), 5) + more) / p


def typed(number, head, p):
    """Ethernet of that type, a header, and what it is before: an ethertype, or a whole frame."""
    return Ether(src=ETH.src, dst=ETH.dst, type=number) / Raw(head) / p


def ethertype(p):
    return struct.pack(">H", 0x0800 if IP in p else 0x86dd)


def gre(kind, head, p, flags=0, more=b""):
    return ETH / OUT4 / GREPlain(struct.pack(">HH", flags, kind) + more + head) / p


class GREPlain(Raw):
    """GRE's bytes as they are; IP's protocol is told by this."""


bind_layers(IP, GREPlain, proto=47)


def erspan3(what, more=b""):
    return struct.pack(">HHIHH", 0x2005, 9, 77, 3, what << 10 - 8 << 8 | bool(more)) + more


def wlan(p, swapped=False, control=b"\x08\x01", more=b""):
    return Raw((control[::-1] if swapped else control) + bytes(2) + b"\2\0\0\0\0\1" +
               b"\2\0\0\0\0\2" + b"\2\0\0\0\0\3" + (b"\x76\x30" if swapped else bytes(2)) + more +
               b"\xaa\xaa\3\0\0\0" + ethertype(p)) / p


def capwap(head, p, sport=SOMEONE, dport=5247):
    return ETH / OUT4 / UDP(sport=sport, dport=dport) / Raw(head) / p


def metadata(four):
    return Raw(struct.pack(">BBHHH", 1, 1, 1, 9, 0x0800 if four else 0x86dd))


# What fragments are put into, and what is put into fragments.
BROKEN = {
    "pieces": ("", lambda p: [ETH / f for f in pieces(p)]),
    "pieces-back": ("", lambda p: [ETH / f for f in list(pieces(p))[::-1]]),
    "pieces-vlan": ("vlan 5", lambda p: [ETH / Dot1Q(vlan=5) / f for f in pieces(p)]),
    "pieces-gre": ("gre", lambda p: [ETH / OUT4 / GRE() / f for f in pieces(p)]),
    "pieces-gre6": ("gre", lambda p: [ETH / OUT6 / GRE() / f for f in pieces(p)]),
    "pieces-vxlan": ("vxlan 100", lambda p: [ETH / vxlan(f) for f in pieces(p)]),
    "broken-vxlan": ("vlan 5, vxlan 100",
                     lambda p: [ETH / Dot1Q(vlan=5) / f for f in pieces(vxlan(p), 40)]),
    "broken-vxlan6": ("vxlan 100", lambda p: [ETH / f for f in pieces(vxlan(p, OUT6), 40)]),
    "pieces-broken": ("vxlan 100",
                      lambda p: [ETH / f for q in pieces(p) for f in pieces(vxlan(q), 48)]),
}
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
    "vxlan": ("vxlan 100", lambda p: ETH / OUT4 / UDP(sport=SOMEONE, dport=4789) /
              VXLAN(vni=100, flags=8) / ETH / p),
    "vxlan6": ("vxlan 100, vlan 5", lambda p: ETH / OUT6 / UDP(sport=SOMEONE, dport=4789) /
               VXLAN(vni=100, flags=8) / ETH / Dot1Q(vlan=5) / p),
    "vxlan-linux": ("vxlan 100", lambda p: ETH / OUT4 / UDP(sport=SOMEONE, dport=8472) /
                    VXLAN(vni=100, flags=8) / ETH / p),
    "pseudowire": ("mpls 18, pw", lambda p: ETH / MPLS(label=18, s=1) / Raw(bytes(4)) / ETH / p),
    "geneve": ("geneve 100", lambda p: ETH / OUT4 / UDP(sport=SOMEONE, dport=6081) /
               GENEVE(vni=100, proto=0x6558) / ETH / p),
    "gtp": ("gtp 5", lambda p: ETH / OUT4 / UDP(sport=SOMEONE, dport=2152) / gtp(p)),
    "gtp-sequence": ("vlan 5, gtp 5", lambda p: ETH / Dot1Q(vlan=5) / OUT6 / UDP(
        sport=2152, dport=SOMEONE) / gtp(p, bytes(4), 2)),
    "gtp-extended": ("gtp 5", lambda p: ETH / OUT4 / UDP(sport=2152, dport=2152) / gtp(
        p, b"\0\0\0\xc0" + b"\1\0\7\x85" + b"\2" + bytes(7), 4)),
    "metadata": ("sgt 9", lambda p: Ether(src=ETH.src, dst=ETH.dst, type=0x8909) /
                 metadata(IP in p) / p),
    "metadata-vlan": ("vlan 5, sgt 9", lambda p: ETH / Dot1Q(vlan=5, type=0x8909) /
                      metadata(IP in p) / p),
    "etag": ("etag 5", lambda p: typed(0x893f, struct.pack(">HHBB", 3, 5, 1, 2) + ethertype(p),
                                       p)),
    "etag-vlan": ("etag 5, vlan 5", lambda p: typed(0x893f, struct.pack(
        ">HHBBH", 3, 5, 1, 2, 0x8100), Dot1Q(vlan=5) / p)),
    "vntag": ("vlan 9, vntag 7", lambda p: ETH / Dot1Q(vlan=9, type=0x8926) / Raw(
        struct.pack(">HH", 0x8003, 7) + ethertype(p)) / p),
    "pbb": ("vlan 9, pbb 256, vlan 5", lambda p: ETH / Dot1AD(vlan=9, type=0x88e7) / Raw(
        struct.pack(">I", 256)) / ETH / Dot1Q(vlan=5) / p),
    "fabricpath": ("fabricpath 1, vlan 5", lambda p: typed(
        0x8903, b"\0\x60", ETH / Dot1Q(vlan=5) / p / Raw(bytes(4)))),  # with Ethernet's sum
    "nsh": ("nsh 5", lambda p: typed(0x894f, struct.pack(
        ">HBBI", 0x0fc6, 1, 1 if IP in p else 2, 5 << 8 | 9) + bytes(16), p)),
    "nsh-ethernet": ("nsh 5", lambda p: typed(0x894f, struct.pack(
        ">HBBI", 0x0fc2, 2, 3, 5 << 8 | 9), ETH / p)),
    "erspan-1": ("gre, erspan", lambda p: gre(0x88be, b"", ETH / p)),
    "erspan-2": ("gre, erspan 9", lambda p: gre(0x88be, struct.pack(
        ">IHHI", 1, 0x1005, 9, 3), ETH / p, 0x1000)),
    "erspan-3": ("gre, erspan 9, vlan 5", lambda p: gre(0x22eb, bytes(4) + erspan3(0), ETH / Dot1Q(
        vlan=5) / p, 0x1000)),
    "erspan-platform": ("gre, erspan 9", lambda p: gre(0x22eb, bytes(4) + erspan3(
        0, b"\x0c" + bytes(7)), ETH / p, 0x1000)),
    "pptp": ("pptp 5", lambda p: gre(0x880b, struct.pack(">HHIIHH", 4 + len(p), 5, 1, 2, 0xff03,
                                                       0x21 if IP in p else 0x57), p, 0x3081)),
    "pptp-short": ("pptp 5", lambda p: gre(0x880b, struct.pack(
        ">HHIB", 1 + len(p), 5, 1, 0x21 if IP in p else 0x57), p, 0x3001)),
    "gre-wlan": ("gre, 802.11", lambda p: gre(0x8200, b"", wlan(p))),
    "gre-wds": ("gre, 802.11", lambda p: gre(0x8200, b"", wlan(p, False, b"\x08\3", bytes(6)))),
    "gre-ht": ("gre, 802.11", lambda p: gre(0x8210, b"", wlan(p, False, b"\x88\x81", bytes(6)))),
    "capwap-all": ("capwap, 802.11", lambda p: capwap(
        b"\0\x10\3\0" + bytes(4), wlan(p, True, b"\x88\x83", bytes(12)))),
    "capwap": ("capwap, 802.11", lambda p: capwap(
        b"\0\x10\3\0" + bytes(4), wlan(p, True))),
    "capwap-more": ("vlan 5, capwap, 802.11", lambda p: ETH / Dot1Q(vlan=5) / OUT6 / UDP(
        sport=5247, dport=SOMEONE) / Raw(b"\0\x20\3\x20" + bytes(4) + b"\4\xbf#" + bytes(5)) /
        wlan(p, True)),
    "capwap-ethernet": ("capwap", lambda p: capwap(b"\0\x10\2\0" + bytes(4), ETH / p)),
    "gre-udp": ("gre", lambda p: ETH / OUT4 / UDP(sport=SOMEONE, dport=4754) / GRE(
        proto=0x0800 if IP in p else 0x86dd) / p),
    "geneve-ip": ("geneve 100", lambda p: ETH / OUT4 / UDP(sport=SOMEONE, dport=6081) / GENEVE(
        vni=100, proto=0x0800 if IP in p else 0x86dd) / p),
}
AROUND = {("in4", "4"): "ip in ip", ("in4", "6"): "6in4", ("in6", "4"): "4in6",
          ("in6", "6"): "6in6"}
# What stands before IPv6 in Teredo's datagrams: nothing, where the sender is, who it is, both.
ORIGIN, SENDER = bytes(2) + b"\xfe" * 6, b"\0\1\4\2" + b"name" + b"ok" + bytes(9)
TEREDO = {"teredo": b"", "teredo-origin": ORIGIN, "teredo-sender": SENDER,
          "teredo-both": SENDER + ORIGIN}
WCCP = {"wccp": b"\4\0\0\1", "wccp-1": b""}  # IPv4 in both versions
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
    for name, (around, wrap) in BROKEN.items():
        for family, kind, ends in (("4", IP, IN4), ("6", IPv6, IN6)):
            wrpcap(f"{folder}/{name}-{family}.pcap",
                   [f for _, ip, tcp in talk(kind, ends) for f in wrap(ip / tcp)])
            names.write(f"{name}-{family}\t{around}\n")
    for name, before in TEREDO.items():
        wrpcap(f"{folder}/{name}.pcap", [
            ETH / OUT4 / UDP(sport=3544 if up else SOMEONE, dport=SOMEONE if up else 3544) /
            Raw(before) / ip / tcp for up, ip, tcp in talk(IPv6, IN6)])
        names.write(f"{name}\tteredo\n")
    for name, before in WCCP.items():
        wrpcap(f"{folder}/{name}.pcap",
               [gre(0x883e, before, ip / tcp) for _, ip, tcp in talk(IP, IN4)])
        names.write(f"{name}\tgre, wccp\n")
    for name, header in CHAINS.items():
        wrpcap(f"{folder}/{name}.pcap",
               [ETH / ip / header / tcp for _, ip, tcp in talk(IPv6, IN6)])
        names.write(f"{name}\t\n")



def cut(name, form, first, last):
    """A form's first frame, cut behind each of its bytes from `first` up to `last`."""
    frame = bytes(form[1](IP(src=IN4[0], dst=IN4[1]) / TCP(sport=1, dport=2)))
    with open(f"{folder}/{name}", "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for n in range(first, last + 1):
            out.write(struct.pack("<4I", n, 0, n, len(frame)) + frame[:n])


# Behind UDP's header, up to the last byte of what stands before the packet in the tunnel.
cut("cut-vxlan", FORMS["vxlan"], 42, 42 + 7)
cut("cut-geneve", FORMS["geneve"], 42, 42 + 7)
cut("cut-gtp", FORMS["gtp-extended"], 42, 42 + 8 + 4 + 4 + 8)
cut("cut-teredo", (None, lambda p: ETH / OUT4 / UDP(sport=3544, dport=SOMEONE) / Raw(
    SENDER + ORIGIN) / IPv6(src=IN6[0], dst=IN6[1]) / TCP()), 42, 42 + 19 + 8 + 39)
cut("cut-metadata", FORMS["metadata"], 14, 14 + 7)
# What UDP's length leaves out is not GRE's.
beyond = ETH / IP(src=OUT4.src, dst=OUT4.dst, len=32) / UDP(
    sport=SOMEONE, dport=4754, len=12) / Raw(b"\0\0\x08\0") / IP(
        src=IN4[0], dst=IN4[1]) / TCP(flags="S")
wrpcap(f"{folder}/ordinary", [beyond] + [
    ETH / OUT4 / UDP(sport=port, dport=port) / Raw(text)
    for port in (4789, 8472, 6081, 2152, 3544, 5247, 4754)
    for text in (b"", b"\0", b"Good day, who are you?", b"`\0\1\0\0\1\0\0\0\0\0\0\3www\2ex\0\0\1\0\1",
                 b"\0\1\4\2nam", b"2\xff\0\5" + bytes(60))] + [
    Ether(src=ETH.src, dst=ETH.dst, type=0x8909) / Raw(b"\1\1\0\2\0\5\x08\0") / OUT4 / TCP()])

deep = IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=1, dport=2, flags="S")
for _ in range(20):
    deep = OUT4 / deep
wrpcap(f"{folder}/deep", [ETH / deep])
wrpcap(f"{folder}/strange", [ETH / OUT4 / GRE(proto=0x1234) / Raw(bytes(20))])
syn = IP(src=IN4[0], dst=IN4[1]) / TCP(flags="S")
wrpcap(f"{folder}/wccp-flag", [gre(0x883e, b"\x40\0\0\1", syn)])
for name, control in (("control", b"\x80\0"), ("encrypted", b"\x08\x41"), ("pieces", b"\x08\5")):
    wrpcap(f"{folder}/wlan-{name}", [gre(0x8200, b"", wlan(syn, control=control)), capwap(
        b"\0\x10\3\0" + bytes(4), wlan(syn, control=control))])
wrpcap(f"{folder}/cut", [Ether(bytes(ETH / OUT4 / GRE(key_present=1, key=1))[:-4])])


# ---- fragments of which nothing comes ------------------------------------------------

def lone(kind, ends, data=b"x" * 60):
    return list(pieces(kind(src=ends[0], dst=ends[1]) / TCP(sport=1, dport=2) / Raw(data)))


def later(packets, seconds):
    for packet in packets:
        packet.time = 1000 + seconds
    return packets


def write(name, *groups):
    wrpcap(f"{folder}/{name}", [ETH / f for f in sum(groups, [])])


def timed(name, early, late):
    wrpcap(f"{folder}/{name}", later([ETH / f for f in early], 0) +
           later([ETH / f for f in late], 61))


four, six = lone(IP, IN4), lone(IPv6, IN6)
write("unfinished", four[:-1], six[1:])
timed("late", four[:2] + six[:2], four[2:] + six[2:])
across = six[1].copy()
across[IPv6ExtHdrFragment].offset = 1
write("overlap", six[:2], [across], six[2:])
write("copied", six[:2], six[:2], six[2:])
beyond = four[1].copy()
beyond[IP].frag = 9
write("lies", four[-1:], [beyond])
write("crowd", *[lone(IPv6, (f"2001:db8::{i:x}", IN6[1]))[:1] for i in range(1, 71)])
wrpcap(f"{folder}/short", [ETH / four[0]], snaplen=40)
