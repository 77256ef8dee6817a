#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A switch of two ports, for a kernel that has no VLAN devices: switch.py TRUNK ACCESS ID[.ID]

What comes over TRUNK with just these tags goes out over ACCESS without them, what comes over
ACCESS goes out over TRUNK with them: one of 802.1Q, or one of 802.1ad and one of 802.1Q.
Everything else is dropped, and counted by its tags. Prints "ready"; on SIGTERM what it dropped.
Hosts on ACCESS must not leave checksums and segmentation to their interface."""
import select
import signal
import socket
import struct
import sys

SOL_PACKET, PACKET_AUXDATA, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC = 263, 8, 1, 1
VLAN_VALID, TPID_VALID = 0x10, 0x40
TAGS = (0x8100, 0x88a8)


def port(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((name, 3))
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, struct.pack(
        "IHH8s", socket.if_nametoindex(name), PACKET_MR_PROMISC, 0, b""))
    return s


# The frame as it was on the wire: the kernel took the outer tag out and notes it beside.
def take(s):
    frame, notes, _, (_, _, kind, *_) = s.recvmsg(65600, 64)
    if kind == 4:                   # PACKET_OUTGOING: our own
        return None
    for level, what, data in notes:
        if (level, what) == (SOL_PACKET, PACKET_AUXDATA):
            status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", data[:20])
            if status & VLAN_VALID:
                tpid = tpid if status & TPID_VALID else 0x8100
                frame = frame[:12] + struct.pack(">HH", tpid, tci) + frame[12:]
    return frame


def tags_of(frame):
    tags, at = [], 12
    while struct.unpack_from(">H", frame, at)[0] in TAGS:
        tags.append(struct.unpack_from(">HH", frame, at))
        at += 4
    return tags, at


def main():
    trunk, access = port(sys.argv[1]), port(sys.argv[2])
    ids = [int(n) for n in sys.argv[3].split(".")]
    kinds = [0x88a8, 0x8100][2 - len(ids):]
    put = b"".join(struct.pack(">HH", k, n) for k, n in zip(kinds, ids))
    dropped = {}

    def end(*_):
        for what, n in sorted(dropped.items()):
            print("dropped", what, n)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    print("ready", flush=True)
    while True:
        for s in select.select([trunk, access], [], [])[0]:
            frame = take(s)
            if frame is None or frame[12:14] == b"\x88\xb5":
                continue
            tags, at = tags_of(frame)
            if s is access:
                trunk.send(frame[:12] + put + frame[12:])
            elif [(k, t & 0xfff) for k, t in tags] == list(zip(kinds, ids)):
                access.send(frame[:12] + frame[at:])
            else:
                what = ".".join(str(t & 0xfff) for _, t in tags) or "untagged"
                dropped[what] = dropped.get(what, 0) + 1


main()
