# SPDX-License-Identifier: BSD-2-Clause
"""Random field assignments, valid and invalid alike, built by tcpcraft and by Scapy.

usage: scapy_compare.py TCPCRAFT COUNT SEED [6]		6: IPv6

Prints "ok - ..." or "not ok - ..." with the first cases that differ. Where the two mean
different things on purpose the case is not drawn: Scapy takes the length in the TCP
pseudo-header from a given ip.len, tcpcraft counts the bytes that are there; it takes the last
address of a routing header of any type for the destination, tcpcraft of those that have one.
"""
import ipaddress
import logging
import random
import subprocess
import sys

logging.getLogger("scapy").setLevel(logging.CRITICAL)
from scapy.all import (  # noqa: E402
    ARP, ICMP, IP, TCP, HBHOptUnknown, ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest,
    ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_RS, ICMPv6ND_Redirect,
    ICMPv6PacketTooBig, ICMPv6ParamProblem, ICMPv6TimeExceeded, ICMPv6Unknown, IPv6,
    IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting,
    IPv6ExtHdrSegmentRouting, Dot1Q, Ether, IPOption_NOP, IPOption_Router_Alert, Padding, Raw,
    bytes_hex)


def number(rng, bits):
    """0, 1, the largest, its neighbour, or any."""
    top = (1 << bits) - 1
    return rng.choice([0, 1, top, top - 1 if bits > 1 else 0, rng.randint(0, top),
                       rng.randint(0, top)])


def written(rng, value):
    """A number in one of the forms people use."""
    return rng.choice(["%d", "0x%x", "0x%X"]) % value


def dotted(value):
    return ".".join(str(value >> s & 255) for s in (24, 16, 8, 0))


def mac(value):
    return ":".join("%02x" % (value >> s & 255) for s in (40, 32, 24, 16, 8, 0))


# tcpcraft's name, Scapy's, bits
IP_FIELDS = [("ip.version", "version", 4), ("ip.hdr_len", "ihl", 4),
             ("ip.dsfield", "tos", 8), ("ip.len", "len", 16), ("ip.id", "id", 16),
             ("ip.flags", "flags", 3), ("ip.frag_offset", "frag", 13), ("ip.ttl", "ttl", 8),
             ("ip.proto", "proto", 8), ("ip.checksum", "chksum", 16)]
TCP_FIELDS = [("tcp.srcport", "sport", 16), ("tcp.dstport", "dport", 16),
              ("tcp.seq", "seq", 32), ("tcp.ack", "ack", 32), ("tcp.hdr_len", "dataofs", 4),
              ("tcp.flags.res", "reserved", 3), ("tcp.window_size_value", "window", 16),
              ("tcp.checksum", "chksum", 16), ("tcp.urgent_pointer", "urgptr", 16)]
FLAG_ROWS = ["ae", "cwr", "ece", "urg", "ack", "push", "reset", "syn", "fin"]
ICMP_FIELDS = [("icmp.type", "type", 8), ("icmp.code", "code", 8),
               ("icmp.checksum", "chksum", 16)]
ARP_FIELDS = [("arp.hw.type", "hwtype", 16), ("arp.proto.type", "ptype", 16),
              ("arp.opcode", "op", 16)]
VLAN_FIELDS = [("vlan.priority", "prio", 3), ("vlan.dei", "id", 1), ("vlan.id", "vlan", 12),
               ("vlan.etype", "type", 16)]


class Case:
    """One packet, as arguments and as a Scapy packet."""

    def __init__(self, rng):
        self.rng = rng
        self.args = []
        self.given = set()
        kind = rng.choice(["tcp"] * 8 + ["icmp", "arp"])
        inner = {"tcp": self.tcp, "icmp": self.icmp, "arp": self.arp}[kind]()
        packet = inner if kind == "arp" else self.ip() / inner
        if kind == "tcp" and "ip.len" in self.given and "tcp.checksum" not in self.given:
            packet[TCP].chksum = number(rng, 16)
            self.arg("tcp.checksum", packet[TCP].chksum)
        packet = self.behind(packet)
        if kind == "arp" or rng.random() < 0.2:
            packet = self.ethernet(kind) / packet
        self.packet = packet

    def arg(self, name, value):
        self.given.add(name)
        self.args.append("%s=%s" % (name, written(self.rng, value)))

    def fill(self, layer, fields, share):
        for name, theirs, bits in fields:
            if self.rng.random() < share:
                value = number(self.rng, bits)
                setattr(layer, theirs, value)
                self.arg(name, value)

    def ip(self):
        src, dst = number(self.rng, 32), number(self.rng, 32)
        layer = IP(src=dotted(src), dst=dotted(dst), id=1, ttl=64, flags=2)
        self.args += ["ip.src=" + dotted(src), "ip.dst=" + self.rng.choice(
            [dotted(dst), "0x%x" % dst, "%d" % dst])]
        if "ip.id" not in self.given:
            self.arg("ip.id", 1)
        self.fill(layer, [f for f in IP_FIELDS if f[0] != "ip.id"], 0.25)
        if self.rng.random() < 0.2:
            n = self.rng.randint(0, 9)
            layer.options = [IPOption_Router_Alert()] + [IPOption_NOP()] * n
            self.args.append("ip.options=hex:94040000" + "01" * n)
        return layer

    def flags(self, layer):
        rng = self.rng
        if rng.random() < 0.5:
            value = number(rng, 9)
            layer.flags = value
            # tcp.flags has the reserved bits too: give it first, tcp.flags.res after it
            self.args.insert(0, "tcp.flags=" + written(rng, value))
            return
        value = 0
        for i, name in enumerate(FLAG_ROWS):
            if rng.random() < 0.5:
                bit = rng.randint(0, 1)
                value |= bit << (8 - i)
                self.args.append("tcp.flags.%s=%d" % (name, bit))
        layer.flags = value
        if not any(a.startswith("tcp.flags.syn") for a in self.args):
            self.args.append("tcp.flags.syn=0")  # which is set by default

    def options(self, layer):
        rng = self.rng
        known = [(lambda v: (("MSS", v), "mss %d" % v), 16),
                 (lambda v: (("NOP", None), "nop"), 1),
                 (lambda v: (("WScale", v), "wscale %d" % v), 8),
                 (lambda v: (("SAckOK", b""), "sackOK"), 1),
                 (lambda v: (("Timestamp", (v, v ^ 5)), "TS val %d ecr %d" % (v, v ^ 5)), 32),
                 (lambda v: (("SAck", (v, 7)), "sack %d:7" % v), 32)]
        size = {"MSS": 4, "NOP": 1, "WScale": 3, "SAckOK": 2, "Timestamp": 10, "SAck": 10}
        theirs, ours, room = [], [], 40
        for _ in range(rng.randint(1, 6)):
            make, bits = rng.choice(known)
            option, text = make(number(rng, bits))
            if size[option[0]] <= room:
                room -= size[option[0]]
                theirs.append(option)
                ours.append(text)
        layer.options = theirs
        self.args.append("tcp.options=" + ",".join(ours))

    def tcp(self):
        layer = TCP(sport=20000, dport=80, seq=0, ack=0, window=64240, flags=0)
        for name, value in (("tcp.srcport", 20000), ("tcp.seq", 0)):
            self.args.append("%s=%d" % (name, value))
        chosen = [f for f in TCP_FIELDS if self.rng.random() < 0.3]
        for name, theirs, bits in chosen:
            value = number(self.rng, bits)
            setattr(layer, theirs, value)
            self.args = [a for a in self.args if not a.startswith(name + "=")]
            self.arg(name, value)
        self.flags(layer)
        if self.rng.random() < 0.3:
            self.options(layer)
        return layer

    def icmp(self):
        layer = ICMP(type=8, code=0, id=0, seq=0)
        self.args.append("icmp.type=8")
        if self.rng.random() < 0.5:
            layer.id, layer.seq = number(self.rng, 16), number(self.rng, 16)
            self.arg("icmp.unused", layer.id)
            self.arg("icmp.mtu", layer.seq)
        self.fill(layer, ICMP_FIELDS[1:], 0.3)
        return layer

    def arp(self):
        rng = self.rng
        hw, ip = [number(rng, 48) for _ in "12"], [number(rng, 32) for _ in "12"]
        layer = ARP(hwsrc=mac(hw[0]), hwdst=mac(hw[1]), psrc=dotted(ip[0]),
                    pdst=dotted(ip[1]), hwlen=6, plen=4, op=1, ptype=0x800, hwtype=1)
        self.args += ["arp.src.hw_mac=" + mac(hw[0]), "arp.dst.hw_mac=" + mac(hw[1]),
                      "arp.src.proto_ipv4=" + dotted(ip[0]),
                      "arp.dst.proto_ipv4=" + dotted(ip[1])]
        op = number(rng, 16)
        layer.op = op
        self.arg("arp.opcode", op)
        return layer

    def behind(self, packet):
        rng = self.rng
        if rng.random() < 0.5:
            data = rng.randbytes(rng.choice([1, 2, 3, rng.randint(0, 60)]))
            packet = packet / Raw(data)
            if data:
                self.args += ["--data", data.hex()]
        if rng.random() < 0.1:
            data = rng.randbytes(rng.randint(1, 9))
            packet = packet / Padding(data)
            self.args.append("trailer.data=hex:" + data.hex())
        return packet

    def ethernet(self, kind):
        rng = self.rng
        dst, src = number(rng, 48), number(rng, 48)
        layer = Ether(dst=mac(dst), src=mac(src))
        self.args += ["eth.dst=" + mac(dst), "eth.src=" + mac(src)]
        if kind != "arp" and rng.random() < 0.5:
            tag = Dot1Q(prio=0, id=0, vlan=1)
            self.args.append("vlan.priority=0")
            fields = [f for f in VLAN_FIELDS if f[0] != "vlan.priority"]
            self.fill(tag, fields, 0.4)
            layer = layer / tag
        elif rng.random() < 0.3:
            layer.type = number(rng, 16)
            self.arg("eth.type", layer.type)
        return layer


IPV6_FIELDS = [("ipv6.version", "version", 4), ("ipv6.tclass", "tc", 8),
               ("ipv6.flow", "fl", 20), ("ipv6.plen", "plen", 16), ("ipv6.nxt", "nh", 8)]
FRAGHDR_FIELDS = [("nxt", "nh", 8), ("reserved_octet", "res1", 8), ("offset", "offset", 13),
                  ("reserved_bits", "res2", 2), ("more", "m", 1)]
# Scapy's message, tcpcraft's fields of its body with Scapy's names, options there
MESSAGES = [(ICMPv6PacketTooBig, [("icmpv6.mtu", "mtu", 32)], None),
            (ICMPv6ParamProblem, [("icmpv6.pointer", "ptr", 32)], None),
            (ICMPv6EchoRequest, [("icmpv6.echo.identifier", "id", 16),
                                 ("icmpv6.echo.sequence_number", "seq", 16)], None),
            (ICMPv6ND_RS, [("icmpv6.nd.rs.reserved", "res", 32)], "icmpv6.nd.rs.options"),
            (ICMPv6ND_RA, [("icmpv6.nd.ra.cur_hop_limit", "chlim", 8),
                           ("icmpv6.nd.ra.flag.m", "M", 1), ("icmpv6.nd.ra.flag.o", "O", 1),
                           ("icmpv6.nd.ra.flag.h", "H", 1), ("icmpv6.nd.ra.flag.p", "P", 1),
                           ("icmpv6.nd.ra.flag.prf", "prf", 2),
                           ("icmpv6.nd.ra.flag.rsv", "res", 2),
                           ("icmpv6.nd.ra.router_lifetime", "routerlifetime", 16),
                           ("icmpv6.nd.ra.reachable_time", "reachabletime", 32),
                           ("icmpv6.nd.ra.retrans_timer", "retranstimer", 32)],
             "icmpv6.nd.ra.options"),
            (ICMPv6ND_NS, [("icmpv6.nd.ns.reserved", "res", 32),
                           ("icmpv6.nd.ns.target_address", "tgt", 128)],
             "icmpv6.nd.ns.options"),
            (ICMPv6ND_NA, [("icmpv6.nd.na.flag.r", "R", 1), ("icmpv6.nd.na.flag.s", "S", 1),
                           ("icmpv6.nd.na.flag.o", "O", 1), ("icmpv6.nd.na.flag.rsv", "res", 29),
                           ("icmpv6.nd.na.target_address", "tgt", 128)],
             "icmpv6.nd.na.options"),
            (ICMPv6ND_Redirect, [("icmpv6.nd.rd.reserved", "res", 32),
                                 ("icmpv6.nd.rd.target_address", "tgt", 128),
                                 ("icmpv6.rd.na.destination_address", "dst", 128)],
             "icmpv6.nd.rd.options")]


class Case6(Case):
    """The same over IPv6."""

    def __init__(self, rng):
        self.rng = rng
        self.args = []
        self.given = set()
        inner = self.tcp() if rng.random() < 0.5 else self.icmpv6()
        packet = self.behind(self.ipv6() / inner)
        self.packet = self.ethernet("tcp") / packet if rng.random() < 0.2 else packet

    def address(self):
        """Text for both: Scapy's, tcpcraft's."""
        value = number(self.rng, 128)
        text = str(ipaddress.IPv6Address(value))
        long = ipaddress.IPv6Address(value).exploded
        return text, self.rng.choice([text, long, long.upper(), "0x%x" % value, "%d" % value])

    def fill(self, layer, fields, share):
        for name, theirs, bits in fields:
            if self.rng.random() >= share:
                continue
            if bits == 128:
                text, ours = self.address()
                setattr(layer, theirs, text)
                self.args.append("%s=%s" % (name, ours))
            else:
                value = number(self.rng, bits)
                setattr(layer, theirs, value)
                self.arg(name, value)

    def ipv6(self):
        src, dst = self.address(), self.address()
        hlim = number(self.rng, 8)
        layer = IPv6(src=src[0], dst=dst[0], hlim=hlim)
        self.args += ["ipv6.src=" + src[1], "ipv6.dst=" + dst[1]]
        self.arg("ipv6.hlim", hlim)
        self.fill(layer, IPV6_FIELDS, 0.2)
        for make in (self.hopopts, self.routing, self.fraghdr, self.dstopts):
            if self.rng.random() < 0.3:
                layer = layer / make()
        return layer

    def options(self, layer):
        if isinstance(layer, TCP):
            return Case.options(self, layer)
        ours = b""
        for _ in range(self.rng.randint(0, 4)):
            kind = self.rng.choice([5, 0x1e, 0x3e, 0xc2, 0xfe])
            data = self.rng.randbytes(self.rng.randint(0, 20))
            layer.options.append(HBHOptUnknown(otype=kind, optdata=data))
            ours += bytes([kind, len(data)]) + data
        return ours

    def extension(self, layer, name):
        ours = self.options(layer)
        self.args.append("ipv6.%s.options=%s" % (name, "hex:" + ours.hex() if ours else ""))
        self.fill(layer, [("ipv6.%s.nxt" % name, "nh", 8), ("ipv6.%s.len" % name, "len", 8)],
                  0.1)
        return layer

    def hopopts(self):
        return self.extension(IPv6ExtHdrHopByHop(options=[]), "hopopts")

    def dstopts(self):
        return self.extension(IPv6ExtHdrDestOpt(options=[]), "dstopts")

    def routing(self):
        rng = self.rng
        kind, left = rng.choice([0, 2, 4]), number(rng, 8)
        addresses = [self.address()[0] for _ in range(rng.randint(kind == 4, 4))]
        reserved = number(rng, 32)
        if kind == 4:
            layer = IPv6ExtHdrSegmentRouting(
                addresses=addresses, segleft=left, lastentry=reserved >> 24,
                unused1=reserved >> 23 & 1, protected=reserved >> 22 & 1,
                oam=reserved >> 21 & 1, alert=reserved >> 20 & 1, hmac=reserved >> 19 & 1,
                unused2=reserved >> 16 & 7, tag=reserved & 0xffff)
        else:
            layer = IPv6ExtHdrRouting(type=kind, addresses=addresses, segleft=left,
                                      reserved=reserved)
        for name, value in (("type", kind), ("segleft", left), ("src.reserved", reserved)):
            self.arg("ipv6.routing." + name, value)
        self.args.append("ipv6.routing.src.addr=" + ",".join(addresses))
        self.fill(layer, [("ipv6.routing.nxt", "nh", 8), ("ipv6.routing.len", "len", 8)], 0.1)
        return layer

    def fraghdr(self):
        layer = IPv6ExtHdrFragment(id=number(self.rng, 32))
        self.arg("ipv6.fraghdr.ident", layer.id)
        self.fill(layer, [("ipv6.fraghdr." + n, t, b) for n, t, b in FRAGHDR_FIELDS], 0.3)
        return layer

    def icmpv6(self):
        rng = self.rng
        kind = rng.randint(0, len(MESSAGES) + 3)
        if kind < len(MESSAGES):
            make, fields, options = MESSAGES[kind]
            layer = make()
            self.fill(layer, fields, 1)
        elif kind == len(MESSAGES):     # a type without a table
            layer, options = ICMPv6Unknown(type=rng.choice([5, 144, 160, 255])), None
            self.arg("icmpv6.type", layer.type)
        elif kind == len(MESSAGES) + 1:
            layer, options = ICMPv6EchoReply(id=0, seq=number(rng, 16)), None
            self.args += ["icmpv6.type=echo-reply", "icmpv6.seq=%d" % layer.seq]
        else:
            unused = number(rng, 32)
            make = rng.choice([ICMPv6DestUnreach, ICMPv6TimeExceeded])
            layer, options = make(length=unused >> 24, unused=unused & 0xffffff), None
            self.arg("icmpv6.reserved", unused)
            if make is ICMPv6TimeExceeded:
                self.args.append("icmpv6.type=3")
        self.fill(layer, [("icmpv6.code", "code", 8)], 0.5)
        self.fill(layer, [("icmpv6.checksum", "cksum", 16)], 0.1)
        if options and rng.random() < 0.5:
            data = rng.randbytes(8 * rng.randint(1, 3))
            self.args.append("%s=hex:%s" % (options, data.hex()))
            layer = layer / Raw(data)
        return layer


def main():
    tcpcraft, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    six = sys.argv[4:] == ["6"]
    rng = random.Random(seed)
    wrong = []
    for i in range(count):
        case = Case6(rng) if six else Case(rng)
        host = "2001:db8::2" if six else "10.0.0.2"
        run = subprocess.run([tcpcraft, "send", host, "--dry-run", "-q"] + case.args,
                             capture_output=True, text=True, check=False)
        want = bytes_hex(bytes(case.packet)).decode()
        if run.stdout.strip() != want:
            wrong.append("case %d of seed %d: %s\n  tcpcraft %s%s\n  scapy    %s" % (
                i, seed, " ".join(repr(a) for a in case.args), run.stdout.strip(),
                run.stderr.strip(), want))
    print("%s - %d random assignments%s (seed %d) equal Scapy's bytes" % (
        "not ok" if wrong else "ok", count, " of IPv6" if six else "", seed))
    for text in wrong[:5]:
        print("#   " + text.replace("\n", "\n#   "))
    return 1 if wrong else 0


sys.exit(main())
