#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""other_forms.py CAPTURE FOLDER: the same frames (classic pcap, nanoseconds, Ethernet) in
other forms and under other headers, and files that lie, each as FOLDER/NAME."""
import struct
import sys

HEAD = 24


def read(path):
    data = open(path, "rb").read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    frames, at = [], HEAD
    while at < len(data):
        s, ns, n, wire = struct.unpack_from(order + "4I", data, at)
        frames.append((s, ns, data[at + 16:at + 16 + n]))
        at += 16 + n
    return frames


def pcap(frames, order="<", nanoseconds=True, dlt=1, snap=262144):
    out = struct.pack(order + "IHHiIII", 0xa1b23c4d if nanoseconds else 0xa1b2c3d4, 2, 4,
                      0, 0, snap, dlt)
    for s, ns, frame in frames:
        out += struct.pack(order + "4I", s, ns if nanoseconds else ns // 1000, len(frame),
                           len(frame)) + frame
    return out


def block(order, kind, body):
    body += b"\0" * (-len(body) % 4)
    n = len(body) + 12
    return struct.pack(order + "II", kind, n) + body + struct.pack(order + "I", n)


def pcapng(frames, order="<", lie=None):
    out = block(order, 0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))
    # if_tsresol: 10 to the minus 9th
    out += block(order, 1, struct.pack(order + "HHI", 1, 0, 262144) +
                 struct.pack(order + "HHB3xI", 9, 1, 9, 0))
    for i, (s, ns, frame) in enumerate(frames):
        stamp, n = s * 10**9 + ns, len(frame)
        if lie is not None and i == 3:
            n = lie
        out += block(order, 6, struct.pack(order + "5I", 0, stamp >> 32,
                                           stamp & 0xffffffff, n, n) + frame)
    return out


def ethernet(make):
    return [(s, ns, make(f)) for s, ns, f in frames]


path, folder = sys.argv[1:]
frames = read(path)
dlt = struct.unpack_from("<I", open(path, "rb").read(), 20)[0]
first = frames[0]
ip6 = b"\x60" + bytes(5) + b"\x06\x40" + bytes(32) + bytes(20)
udp = (b"\x45\0\0\x1c\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02" b"\0\x35\0\x35\0\x08\0\0")
arp = b"\0\x01\x08\0\x06\x04\0\x01" + bytes(20)
mac = bytes(12)
others = [first[:2] + (mac + t + b,) for t, b in
          ((b"\x86\xdd", ip6), (b"\x08\x00", udp), (b"\x08\x06", arp), (b"\x88\xcc", bytes(40)))]

made = {
    "big-ns": pcap(frames, ">"), "big-us": pcap(frames, ">", False),
    "little-us": pcap(frames, "<", False),
    "ng-little": pcapng(frames), "ng-big": pcapng(frames, ">"),
    "vlan": pcap(ethernet(lambda f: f[:12] + b"\x81\0\0\x07" + f[12:])),
    "qinq": pcap(ethernet(lambda f: f[:12] + b"\x88\xa8\0\x05\x81\0\0\x07" + f[12:])),
    "others": pcap(frames + others),
    "wireless": pcap([first[:2] + (b"\x80\0" + bytes(30),)] * 20, dlt=189),
    "empty-frames": pcap([first[:2] + (b"",)] * 5 + frames),
    "snap-0": pcap(frames, snap=0), "snap-4g": pcap(frames, snap=0xffffffff),
    "ng-4g": pcapng(frames, lie=0xfffffff0), "ng-64k": pcapng(frames, lie=0x10000),
    "no-frames": pcap([]),
    "reversed": pcap([f[:2] + g[2:] for f, g in zip(frames, reversed(frames))], dlt=dlt),
    "twice": pcap([f for f in frames for _ in "12"], dlt=dlt),
    "one-missing": pcap(frames[1:], dlt=dlt),
}
for name, data in made.items():
    open(f"{folder}/{name}", "wb").write(data)
