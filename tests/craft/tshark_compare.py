# SPDX-License-Identifier: BSD-2-Clause
"""Random packets, explained by tcpcraft and dissected by tshark.

usage: tshark_compare.py TCPCRAFT COUNT SEED [6]		6: IPv6

Every field that tcpcraft explains must have the same value in tshark, after the units are
made the same, and the same judgement of its checksum, on packets that tshark does not
abandon as malformed. Prints "ok - ..." or "not ok - ...", with the first differences.
"""
import ipaddress
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile

# What tshark counts in bytes and tcpcraft, as the header, in larger units.
UNITS = {"ip.hdr_len": 4, "tcp.hdr_len": 4}
# Some versions of tshark multiply, some do not.
PERHAPS = {"ip.frag_offset": 8}
# Three bits that tshark shows as one: is any set?
ANY = {"tcp.flags.res"}
# Names that tshark gives only to some types of message, or to other things.
OTHER = {"icmp.unused", "icmp.mtu", "ip.options", "trailer.data", "data.data",
         "icmpv6.nd.rs.options", "icmpv6.nd.ra.options", "icmpv6.nd.ns.options",
         "icmpv6.nd.na.options", "icmpv6.nd.rd.options", "icmpv6.nd.rs.reserved",
         "icmpv6.nd.ns.reserved", "icmpv6.nd.rd.reserved", "ipv6.hopopts.options",
         "ipv6.dstopts.options", "ipv6.routing.src.reserved", "ipv6.routing.src.addr"}
STATUS = {"ip.checksum": "ip.checksum.status", "tcp.checksum": "tcp.checksum.status",
          "icmp.checksum": "icmp.checksum.status",
          "icmpv6.checksum": "icmpv6.checksum.status"}


def number(rng, bits):
    top = (1 << bits) - 1
    return rng.choice([0, 1, top, rng.randint(0, top), rng.randint(0, top)])


def spec(rng):
    """Arguments of one packet; sometimes lengths lie."""
    mac = "%02x" % (rng.randint(0, 127) * 2) + ":%02x" * 5 % tuple(rng.randbytes(5))
    args = ["eth.dst=" + mac, "eth.src=02:00:00:00:00:%02x" % rng.randint(0, 255)]
    if rng.random() < 0.3:
        args += ["vlan.id=%d" % number(rng, 12), "vlan.priority=%d" % number(rng, 3),
                 "vlan.dei=%d" % number(rng, 1)]
    kind = rng.choice(["tcp"] * 8 + ["icmp", "arp"])
    if kind == "arp":
        return args + ["arp.opcode=%d" % number(rng, 16),
                       "arp.src.hw_mac=02:00:00:00:00:07", "arp.dst.proto_ipv4=10.1.2.3",
                       "arp.src.proto_ipv4=%d" % number(rng, 32)]
    args += ["ip.%s=%d" % (n, number(rng, b)) for n, b in (
        ("dsfield", 8), ("id", 16), ("ttl", 8), ("src", 32), ("dst", 32),
        ("flags.rb", 1), ("flags.df", 1))]
    if rng.random() < 0.2:
        args.append("ip.options=hex:94040000")
    if rng.random() < 0.2:
        args.append("ip.checksum=bad")
    if kind == "icmp":
        return args + ["icmp.type=%d" % rng.choice([0, 8, 13, 42]),
                       "icmp.code=%d" % number(rng, 8)]
    args += ["tcp.%s=%d" % (n, number(rng, b)) for n, b in (
        ("seq", 32), ("ack", 32), ("window_size_value", 16), ("urgent_pointer", 16))]
    args += ["tcp.flags=0x%x" % number(rng, 12), "tcp.srcport=%d" % rng.randint(41000, 60000),
             "tcp.dstport=%d" % rng.randint(41000, 60000)]
    if rng.random() < 0.4:
        args.append("tcp.options=" + rng.choice([
            "mss %d,nop,wscale 7" % number(rng, 16), "nop,nop,TS val %d ecr 0" %
            number(rng, 32), "sackOK,eol", "sack 1:2 7:9", "unknown-253 0102"]))
    if rng.random() < 0.4:
        args += ["--data", rng.randbytes(rng.randint(1, 50)).hex()]
    args += rng.choice([[], [], [], ["tcp.checksum=bad"], ["tcp.checksum=%d" %
                        number(rng, 16)]])
    args += rng.choice([[]] * 12 + [["ip.frag_offset=%d" % number(rng, 13)],
                        ["ip.flags.mf=1"], ["tcp.hdr_len=%d" % number(rng, 4)],
                        ["ip.len=%d" % number(rng, 16)], ["ip.hdr_len=%d" % number(rng, 4)],
                        ["ip.proto=%d" % rng.choice([6, 99])]])
    return args


def address(rng):
    """Of a host: tshark takes some others apart further."""
    return str(ipaddress.IPv6Address(0x20010db8 << 96 | number(rng, 64)))


def message6(rng):
    body = rng.choice([
        ["icmpv6.type=%d" % rng.choice([128, 129]), "icmpv6.echo.identifier=%d" % number(rng, 16),
         "icmpv6.echo.sequence_number=%d" % number(rng, 16), "--data", "61" * 9],
        ["icmpv6.nd.ns.target_address=" + address(rng),
         "icmpv6.nd.ns.options=hex:0101020000000001"],
        ["icmpv6.nd.na.target_address=" + address(rng),
         "icmpv6.nd.na.options=hex:0201020000000001",
         "icmpv6.nd.na.flag=0x%x" % number(rng, 32)],
        ["icmpv6.nd.ra.%s=%d" % (n, number(rng, b)) for n, b in (
            ("cur_hop_limit", 8), ("flag", 8), ("router_lifetime", 16),
            ("reachable_time", 32), ("retrans_timer", 32))],
        ["icmpv6.nd.rs.options=hex:0101020000000001"],
        ["icmpv6.nd.rd.target_address=" + address(rng),
         "icmpv6.rd.na.destination_address=" + address(rng)]])
    return body + ["icmpv6.code=%d" % number(rng, 8)] + rng.choice(
        [[], [], ["icmpv6.checksum=bad"], ["icmpv6.checksum=%d" % rng.randint(1, 65534)]])


def options6(rng):
    """Some of those with names, with any values, and one without."""
    kinds = ["00", "0100", "0103000000", "0502%04x" % number(rng, 16),
             "0401%02x" % number(rng, 8), "c204%08x" % number(rng, 32), "1e0161"]
    return "".join(rng.choices(kinds, k=rng.randint(0, 4)))


def spec6(rng):
    """The same over IPv6."""
    args = ["eth.dst=02:00:00:00:00:01", "eth.src=02:00:00:00:00:%02x" % rng.randint(0, 255)]
    args += ["ipv6.%s=%d" % (n, number(rng, b)) for n, b in (
        ("tclass", 8), ("flow", 20), ("hlim", 8))]
    args += ["ipv6.src=" + address(rng), "ipv6.dst=" + address(rng)]
    if rng.random() < 0.3:
        args.append("ipv6.hopopts.options=hex:" + options6(rng))
    if rng.random() < 0.3:
        left = rng.randint(0, 2)
        args += ["ipv6.routing.type=0", "ipv6.routing.segleft=%d" % left,
                 "ipv6.routing.src.addr=%s,%s" % (address(rng), address(rng))]
    if rng.random() < 0.2:
        args += ["ipv6.fraghdr.ident=%d" % number(rng, 32),
                 "ipv6.fraghdr.offset=%d" % rng.choice([0, 0, number(rng, 13)]),
                 "ipv6.fraghdr.more=%d" % number(rng, 1)]
    if rng.random() < 0.3:
        args.append("ipv6.dstopts.options=hex:" + options6(rng))
    if rng.random() < 0.4:
        return args + message6(rng)
    args += ["tcp.%s=%d" % (n, number(rng, b)) for n, b in (
        ("seq", 32), ("ack", 32), ("window_size_value", 16))]
    args += ["tcp.flags=0x%x" % number(rng, 12), "tcp.srcport=%d" % rng.randint(41000, 60000),
             "tcp.dstport=%d" % rng.randint(41000, 60000)]
    if rng.random() < 0.4:
        args += ["--data", rng.randbytes(rng.randint(1, 50)).hex()]
    return args + rng.choice([[], [], [], ["tcp.checksum=bad"],
                              ["tcp.checksum=%d" % number(rng, 16)]])


def write_capture(path, frames):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(frames):
            out.write(struct.pack("<IIII", i, 0, len(frame), len(frame)) + frame)


def dissect(path, names, occurrence="f"):
    """tshark's view: a dictionary a packet, of each field the first occurrence, or all ("a")."""
    args = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=|", "-E",
            "occurrence=" + occurrence, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
            "-o", "tcp.relative_sequence_numbers:FALSE", "-o", "ip.defragment:FALSE",
            "-o", "ipv6.defragment:FALSE",
            "-o", "tcp.desegment_tcp_streams:FALSE", "-o", "ip.tso_support:FALSE"]
    for name in names:
        args += ["-e", name]
    text = subprocess.run(args, capture_output=True, text=True, check=True).stdout
    return [dict(zip(names, line.split("|"))) for line in text.splitlines()]


def explained(tcpcraft, path):
    text = subprocess.run([tcpcraft, "explain", path, "--json"], capture_output=True,
                          text=True, check=True).stdout
    return [json.loads(line) for line in text.splitlines()]


# Options of IPv6, whose values explain tells in words.
TYPE, VALUES = "ipv6.opt.type", {
    "ipv6.opt.router_alert": r"router alert \(RFC 2711\): (\d+)",
    "ipv6.opt.tel": r"tunnel encapsulation limit \(RFC 2473\): (\d+) ",
    "ipv6.opt.jumbo": r"jumbo payload \(RFC 2675\): (\d+) bytes",
}
NAMES = {0: "Pad1", 1: "PadN", 4: "tunnel encapsulation limit", 5: "router alert",
         0x1e: "unknown", 0xc2: "jumbo payload"}


def options_told(tcpcraft, path):
    """Of each packet, its options in order: type and words."""
    text = subprocess.run([tcpcraft, "explain", path], capture_output=True, text=True,
                          check=True).stdout
    packets = []
    for packet in re.split(r"(?m)^Packet \d+:", text)[1:]:
        layers = re.split(r"\n\n", packet)
        packets.append([(int(n), words) for layer in layers
                        if re.match("IPv6 (hop-by-hop|destination) options", layer)
                        for n, words in re.findall(r"(?m)^    [0-9a-f]+  type (\d+): (.*)$",
                                                   layer)])
    return packets


def option_differences(told, shark):
    numbers = {name: [int(n, 0) for n in shark[name].split(",") if n]
               for name in [TYPE, *VALUES]}
    ours = {name: [int(m[1]) for _, words in told if (m := re.match(form, words))]
            for name, form in VALUES.items()}
    ours[TYPE] = [n for n, _ in told]
    found = ["%s: %s, tshark %s" % (name, ours[name], numbers[name])
             for name in numbers if ours[name] != numbers[name]]
    return found + ["type %d is called %s" % (n, words) for n, words in told
                    if not words.startswith(NAMES[n])]


def as_number(name, text):
    if text.count(":") > 1 and not name.startswith(("eth.", "arp.", "icmpv6.reserved")):
        return int(ipaddress.IPv6Address(text))
    if name.startswith("eth.") and ":" in text or ":" in text:
        return int(text.replace(":", ""), 16)
    if text.count(".") == 3:
        return sum(int(b) << s for b, s in zip(text.split("."), (24, 16, 8, 0)))
    if text in ("True", "False"):
        return int(text == "True")
    return int(text, 0)


def differences(packet, shark):
    """Texts about one packet; None when tshark gave it up."""
    found, compared = [], 0
    damage = packet.get("damage", "")
    if shark["_ws.malformed"] or damage and not damage.endswith("missing"):
        return None, 0
    for layer in packet["layers"]:
        if layer["name"] == "tcp" and not shark["tcp.srcport"]:
            return None, 0
        for field in layer["fields"]:
            name = field["name"]
            if name in OTHER or layer["name"] in ("data", "trailer", "prot"):
                continue
            theirs = shark[name]
            if name == "tcp.options":
                ours, theirs = field["value_hex"], theirs.replace(":", "")
            else:
                ours = int(field["value_hex"], 16) if field["bits"] == 128 else field["value"]
                ours *= UNITS.get(name, 1)
                theirs = as_number(name, theirs) if theirs else None
                ours = int(ours > 0) if name in ANY else ours
            compared += 1
            if ours != theirs and (not ours or ours * PERHAPS.get(name, 1) != theirs):
                found.append("%s: %s, tshark %s" % (name, ours, theirs))
            status = shark.get(STATUS.get(name, ""), "")
            wanted = {"ok": "1", "BAD": "0", "partial": "0", "not checked": "2"}
            if status and status != wanted[field["check"]]:
                found.append("%s is %s, tshark %s" % (name, field["check"], status))
    return found, compared


def main():
    tcpcraft, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    six = sys.argv[4:] == ["6"]
    rng = random.Random(seed)
    frames, args = [], []
    while len(frames) < count + count // 3:
        args.append(spec6(rng) if six else spec(rng))
        run = subprocess.run([tcpcraft, "send", "::1" if six else "10.0.0.2", "--dry-run", "-q"] + args[-1],
                             capture_output=True, text=True, check=True)
        frames.append(bytes.fromhex(run.stdout.strip()))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "random.pcap")
        write_capture(path, frames)
        ours = explained(tcpcraft, path)
        names = sorted({f["name"] for p in ours for layer in p["layers"]
                        if layer["name"] not in ("data", "trailer", "prot")
                        for f in layer["fields"]} - OTHER)
        shark = dissect(path, names + ["_ws.malformed"] + sorted(STATUS.values()))
        options = dissect(path, [TYPE, *VALUES], "a")
        told = options_told(tcpcraft, path)
    same, fields, wrong = 0, 0, []
    for i, (packet, theirs) in enumerate(zip(ours, shark)):
        found, compared = differences(packet, theirs)
        if found is None:
            continue
        found += option_differences(told[i], options[i])
        same += not found
        fields += compared
        if found:
            wrong.append("packet %d of seed %d: %s\n  %s" % (
                i, seed, " ".join(args[i]), "; ".join(found)))
    good = not wrong and same >= count and len(ours) == len(shark) == len(frames)
    print("%s - tshark agrees on %d fields of %d random packets%s (seed %d)" % (
        "ok" if good else "not ok", fields, same, " of IPv6" if six else "", seed))
    for text in wrong[:5]:
        print("#   " + text.replace("\n", "\n#   "))
    return 0 if good else 1


sys.exit(main())
