#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""odd_captures.py FOLDER: captures as hosts and cards really make them, each as FOLDER/NAME:
cut headers, sums left to the card, interfaces that differ, bytes in any order. A file
NAME.want beside one has what is right of it."""
import random
import struct
import sys

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
A, B = (b"\xc0\0\2\1", 40000), (b"\xc0\0\2\2", 80)
MAC = bytes.fromhex("020000000002020000000001")
MSS = bytes.fromhex("020405b4")
STAMPED = MSS + bytes.fromhex("0402080a0000000a00000000") + bytes.fromhex("01030307")
folder = sys.argv[1]


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def packet(src, dst, seq, ack, flags, data=b"", options=b"", ip_sum=None, lso=False, ident=1):
    tcp = struct.pack("!HHIIHHHH", src[1], dst[1], seq % 2**32, ack % 2**32,
                      (20 + len(options)) // 4 << 12 | flags, 64240, 0, 0) + options + data
    pseudo = src[0] + dst[0] + struct.pack("!HH", 6, 0 if lso else len(tcp))
    total = ~checksum(pseudo) & 0xffff if lso else checksum(pseudo + tcp)
    tcp = tcp[:16] + struct.pack("!H", total) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), ident, 0x4000, 64, 6, 0)
    ip += src[0] + dst[0]
    total = checksum(ip) if ip_sum is None else ip_sum
    return ip[:10] + struct.pack("!H", total) + ip[12:] + tcp


def ethernet(ip, kind=b"\x08\0"):
    return MAC + kind + ip


def pcap(name, frames, dlt=1, snap=262144):
    """frames: (microseconds, bytes[, length on the wire])"""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, snap, dlt)
    for us, frame, *wire in frames:
        us += 10**15
        kept = frame[:snap]
        out += struct.pack("<4I", us // 10**6, us % 10**6, len(kept),
                           wire[0] if wire else len(frame)) + kept
    open(f"{folder}/{name}", "wb").write(out)


def talk(options=MSS, **of_client):
    return [packet(A, B, 1000, 0, SYN, options=options, **of_client),
            packet(B, A, 5000, 1001, SYN | ACK, options=options),
            packet(A, B, 1001, 5001, ACK, **of_client),
            packet(A, B, 1001, 5001, PSH | ACK, b"GET / HTTP/1.0\r\n\r\n", **of_client),
            packet(B, A, 5001, 1019, ACK)]


def timed(packets, step=1000):
    return [(i * step, ethernet(p)) for i, p in enumerate(packets)]


def block(order, kind, body):
    body += b"\0" * (-len(body) % 4)
    n = len(body) + 12
    return struct.pack(order + "II", kind, n) + body + struct.pack(order + "I", n)


def section(order):
    return block(order, 0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))


def interface(order, dlt, snap=0, resolution=6, offset=0):
    return block(order, 1, struct.pack(order + "HHI", dlt, 0, snap) +
                 struct.pack(order + "HHB3xHHqI", 9, 1, resolution, 14, 8, offset, 0))


def enhanced(order, which, stamp, frame, kind=6):
    head = struct.pack(order + ("HH" if kind == 2 else "I"),
                       *((which, 0) if kind == 2 else (which,)))
    return block(order, kind, head + struct.pack(order + "4I", stamp >> 32,
                                                 stamp & 0xffffffff, len(frame),
                                                 len(frame)) + frame)


def mixed(order):
    """Ethernet in nanoseconds, raw IP in units of 2^-20 s that begin at 1970 + 10^9 s,
    cooked in an obsolete block; then a section of the other order."""
    p, at = talk(), 10**9
    out = section(order) + interface(order, 1, resolution=9)
    out += interface(order, 101, 68, resolution=0x94, offset=at) + interface(order, 113)
    out += block(order, 0xbad, b"nothing that is known")
    out += enhanced(order, 0, at * 10**9, ethernet(p[0]))
    out += enhanced(order, 1, 2**20 // 1000, p[1])
    sll = struct.pack("!HHH8sH", 0, 1, 6, MAC[6:12], 0x800)
    out += enhanced(order, 2, at * 10**6 + 2000, sll + p[2], 2)
    order = "<" if order == ">" else ">"
    out += section(order) + interface(order, 228)
    out += enhanced(order, 0, at * 10**6 + 3000, p[3])
    return out + block(order, 3, struct.pack(order + "I", len(p[4])) + p[4])


def any_order(seed):
    """Data with losses, repetitions and disorder; right is what a set of numbers says."""
    r = random.Random(seed)
    begin = r.randrange(2**32)
    frames = [packet(A, B, begin, 0, SYN, options=MSS),
              packet(B, A, 7, begin + 1, SYN | ACK, options=MSS),
              packet(A, B, begin + 1, 8, ACK)]
    pieces = [(i * 100, 100) for i in range(60)]
    pieces = [p for p in pieces if r.random() < .9]
    pieces += r.sample(pieces, 10) + [(r.randrange(5800), r.randrange(1, 200))
                                      for _ in range(10)]
    for i in range(len(pieces) - 1):
        if r.random() < .3:
            k = min(len(pieces) - 1, i + r.randrange(1, 9))
            pieces[i], pieces[k] = pieces[k], pieces[i]
    seen, whole = set(), bytes(i % 251 for i in range(7000))
    for i, (at, n) in enumerate(pieces):
        seen.update(range(at, at + n))
        frames.append(packet(A, B, begin + 1 + at, 8, PSH | ACK, whole[at:at + n],
                             ident=i + 10))
    pcap(f"any-order-{seed}", timed(frames, r.choice([50, 5000, 300000])))
    open(f"{folder}/any-order-{seed}.want", "w").write(str(len(seen)))


def directions(name, packets):
    """All of it, what the client sent, and what the server did, which begins with its data."""
    pcap(name, timed(packets))
    pcap(f"{name}-out", timed([p for p in packets if p[12:16] == A[0]]))
    pcap(f"{name}-in", timed([p for p in packets if p[12:16] == B[0]]))


SHAKE = talk()[:3]
FIN_A, FIN_B = packet(A, B, 1019, 5006, FIN | ACK), packet(B, A, 5006, 1020, FIN | ACK)
directions("way-syn", talk()[:1])
directions("way-open", talk() + [packet(B, A, 5001, 1019, PSH | ACK, b"hello")])
directions("way-fin", talk() + [packet(B, A, 5001, 1019, PSH | ACK, b"hello"), FIN_A])
directions("way-reset", talk() + [packet(A, B, 1019, 5001, RST | ACK)])
directions("way-refused", [talk()[0], packet(B, A, 0, 1001, RST | ACK)])
pcap("way-bytes-in", timed([packet(B, A, 5001, 1019, PSH | ACK, b"hello")]))
DATA = [packet(A, B, 1001 + at, 5001, ACK, bytes([65 + at // 1000]) * 1000)
        for at in (0, 1000, 2000)]
pcap("plain", timed(talk()))
pcap("offload", timed(talk(ip_sum=0)))
pcap("wrong", timed(talk(ip_sum=0x1234)))
LSO = packet(A, B, 1001, 5001, ACK, b"x" * 2900, lso=True)
pcap("lso", timed(SHAKE + [LSO]))
pcap("lso-wrong", timed(SHAKE + [LSO[:36] + b"\x11\x11" + LSO[38:]]))
for snap in list(range(48, 80)) + [33]:
    pcap(f"snap-{snap}", timed(talk(STAMPED)), snap=snap)
pcap("short", [(t, f if i != 3 else f[:-4]) for i, (t, f) in enumerate(timed(talk()))])
pcap("backwards", list(zip((0, 1000, 981, 3000, 4000), map(ethernet, talk()))))
twice = timed(talk())
pcap("twice", twice + [(10**6, ethernet(packet(A, B, 1019, 5001, ACK)))] + twice)
# RFC 9293 3.5.1, figure 9: the server remembers a connection that the client has forgotten.
pcap("half-open", timed([
    packet(A, B, 1000, 0, SYN), packet(B, A, 700000000, 900000000, ACK),
    packet(A, B, 900000000, 0, RST), packet(A, B, 1000, 0, SYN),
    packet(B, A, 1500000000, 1001, SYN | ACK), packet(A, B, 1001, 1500000001, ACK),
    packet(A, B, 1001, 1500000001, PSH | ACK, b"request"),
    packet(B, A, 1500000001, 1008, PSH | ACK, b"answer"),
    packet(A, B, 1008, 1500000007, FIN | ACK),
    packet(B, A, 1500000007, 1009, FIN | ACK),
    packet(A, B, 1009, 1500000008, ACK)], 100000))

# Both copies of a SYN are answered out of what the server remembers, before either is reset.
pcap("half-open-twice", timed([
    packet(A, B, 1000, 0, SYN), packet(A, B, 1000, 0, SYN, ident=2),
    packet(B, A, 700000000, 900000000, ACK), packet(B, A, 700000000, 900000000, ACK, ident=2),
    packet(A, B, 900000000, 0, RST), packet(A, B, 900000000, 0, RST, ident=2)], 100000))
# Resets that answer nothing.
pcap("reset-alone", timed([packet(A, B, 5000, 0, RST)]))
pcap("reset-elsewhere", timed([packet(A, B, 1000, 0, SYN), packet(A, B, 5000, 0, RST)]))
pcap("reset-data", timed([packet(A, B, 1000, 0, SYN, b"hello"), packet(A, B, 1006, 0, RST)]))
pcap("reset-other", timed([packet(A, B, 1000, 0, SYN), packet(B, A, 700000000, 900000000, ACK),
                           packet(A, B, 5000, 0, RST)]))


def routed(hop, pointer, seq):
    """From A to B by a loose source route; the sum is of B (RFC 791 3.1)."""
    segment = packet(A, B, seq, 0, SYN)[20:]
    ip = struct.pack("!BBHHHBBH", 0x47, 0, 28 + len(segment), 0, 0, 64, 6, 0) + A[0] + hop
    ip += bytes([131, 7, pointer]) + B[0] + b"\0"
    return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + segment


pcap("source-route", timed([routed(b"\xc0\0\2\x09", 4, 1000), routed(B[0], 8, 1000),
                            packet(B, A, 5000, 1001, SYN | ACK)]))
quote = b"\3\3\0\0\0\0\0\0" + routed(b"\xc0\0\2\x09", 4, 1000)[:36]
quote = quote[:2] + struct.pack("!H", checksum(quote)) + quote[4:]
error = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(quote), 0, 0, 64, 1, 0) + b"\xc0\0\2\x09" + A[0]
error = error[:10] + struct.pack("!H", checksum(error)) + error[12:] + quote
pcap("source-route-error", timed([routed(b"\xc0\0\2\x09", 4, 1000), error]))
pcap("three-two-one", timed(SHAKE + DATA[::-1]))
pcap("lost-first", timed(SHAKE + DATA[1:]) + [(900000, ethernet(DATA[0]))])
ABORT = timed(talk()) + [(100000, ethernet(packet(B, A, 5001, 1019, PSH | ACK, b"answer")))]
pcap("abort", ABORT + [(100050, ethernet(packet(A, B, 1019, 0, RST)[:34] + b""
                                         + packet(A, B, 1019, 0, RST)[34:]))])
denial = bytearray(packet(A, B, 1001, 0, RST))
denial[34:36] = b"\0\0"         # window 0, and the sum that belongs to it
denial[36:38] = struct.pack("!H", (struct.unpack("!H", bytes(denial[36:38]))[0] + 64240) % 65535)
pcap("denial", timed(talk()[:2] + [bytes(denial)]))
pcap("abort-0", ABORT + [(100050, ethernet(bytes(denial[:24]) + struct.pack("!I", 1019) +
                                           bytes(denial[28:])))])
frames = timed(talk())
pcap("others", frames + [
    (9000, ethernet(b"\x60" + bytes(79), b"\x86\xdd")), (9001, ethernet(bytes(40), b"\x88\x47")),
    (9002, ethernet(bytes(40), b"\x88\x64")), (9003, ethernet(bytes(40), b"\x12\x34")),
    (9004, ethernet(bytes(40), b"\0\x28")), (9005, ethernet(bytes(40), b"\x88\xcc"))])
pcap("lldp", [(0, ethernet(bytes(40), b"\x88\xcc"))] * 3)
# Read as Ethernet, the last bytes of a Token Ring card's address are a length (140) before LLC.
CARD = bytes.fromhex("10005a12008c")
SNAP = bytes.fromhex("aaaa030000000800")
pcap("token-ring", [(0, b"\x10\x40" + 2 * CARD + SNAP +
                     packet(A, B, 1000, 0, SYN))] * 3, dlt=6)
ip6 = struct.pack("!IHBB", 0x60000000, 20, 6, 64) + bytes(15) + b"\1" + bytes(15) + b"\2"
ip6 += struct.pack("!HHIIHHHH", 40000, 80, 1, 0, 0x5002, 64240, 0, 0)
pcap("ip6", [(0, ip6)] * 3, dlt=229)
long = ip6[:8] + b"\xfd\x12" * 8 + ip6[24:]
pcap("both", [(n, ethernet(f)) for n, f in enumerate(talk())] +
     [(9, ethernet(f, b"\x86\xdd")) for f in (ip6, long, ip6)])
sack = bytes.fromhex("0101050a") + struct.pack("!II", 2001, 3001)
pcap("sack", timed(SHAKE + DATA[1:2] + [packet(B, A, 5001, 1001, ACK, options=sack)]))
pcap("flags", timed([packet(A, B, 1000, 0, SYN | 0x1c0 | 0xa00, options=MSS)] + talk()[1:]))
ISS = 1000
pcap("loose", timed([packet(A, B, ISS, 0, SYN, options=STAMPED),
                     packet(B, A, 5000, ISS + 1, SYN | ACK, options=bytes.fromhex("02040578")),
                     packet(A, B, ISS + 1, 5001, ACK),
                     packet(A, B, ISS + 1, 5001, PSH | ACK, b"\x21\x04\x00\x05hello\x00\x00")]))
big = [packet(A, B, 1001 + i * 1400, 5001, ACK, random.Random(i).randbytes(1400))
       for i in range(1000)]
pcap("big", timed(SHAKE + big))
huge = [packet(A, B, 1001 + i * 60000, 5001, ACK, random.Random(i).randbytes(60000))
        for i in range(180)]
pcap("huge", timed(SHAKE + huge))
open(f"{folder}/breaks-off", "wb").write(open(f"{folder}/plain", "rb").read()[:-20])
for seed in range(8):
    any_order(seed)
for name, order in (("mixed-little", "<"), ("mixed-big", ">")):
    open(f"{folder}/{name}", "wb").write(mixed(order))
MANY = section("<") + interface("<", 1) + interface("<", 1, resolution=9)
STAMP = 10**9 + 5
for name, tail in (
        ("ng-no-interface", enhanced("<", 7, 0, frames[0][1])),
        ("ng-long-frame", block("<", 6, struct.pack("<5I", 0, 0, 0, 0xfffffff0, 60) + bytes(60))),
        ("ng-long-option", block("<", 1, struct.pack("<HHIHH", 1, 0, 0, 9, 0xffff) + bytes(4))),
        ("ng-long-block", struct.pack("<II", 6, 0xfffffff0)),
        ("ng-end-differs", struct.pack("<III", 0xbad, 12, 16)),
        ("ng-odd-block", struct.pack("<II", 6, 33) + bytes(40)),
        ("ng-version", block("<", 0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 9, 0, -1)))):
    open(f"{folder}/{name}", "wb").write(
        MANY + enhanced("<", 0, STAMP, frames[0][1]) + tail)
    open(f"{folder}/damaged", "a").write(name + "\n")
