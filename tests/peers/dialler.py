#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients with plain habits, for tests of `tcpcraft probe --listen`: each calls again and again.

    dialler.py ADDR PORT nine	reads 9 bytes and closes, whatever is there
    dialler.py ADDR PORT late	says nothing, reads all, closes after seconds=1
    dialler.py ADDR PORT count	a TCP of its own that only sends SYNs, as firmware does: its number
				grows by step=64000 a call, its options are mss 536 and a NOP more
				than it needs; no SYN is ever sent again: after seconds=3 without a
				word it calls anew, from the next port

The last needs CAP_NET_RAW."""
import ipaddress
import socket
import struct
import sys
import time

SYN = 2
MSS = bytes([1, 1, 1, 1, 2, 4, 2, 24])		# of 536, behind four NOPs


def kernel_client(addr, habit, seconds):
    family = socket.AF_INET6 if ":" in addr[0] else socket.AF_INET
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as s:
            try:
                s.connect(addr)
                if habit == "nine":
                    got = b""
                    while len(got) < 9:
                        more = s.recv(9 - len(got))
                        if not more:
                            break
                        got += more
                else:
                    s.settimeout(seconds)
                    while s.recv(4096):
                        pass
            except OSError:
                time.sleep(0.001)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def raw_client(addr, step, seconds):
    target = ipaddress.ip_address(addr[0])
    family = socket.AF_INET if target.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as s:		# which of our addresses?
        s.connect(addr)
        own = ipaddress.ip_address(s.getsockname()[0])
    raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
    if target.version == 4:
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 60)
    else:
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 60)
    isn, port = 0xfff00000, 20000		# it wraps on its way
    while True:
        tcp = struct.pack("!HHIIBBHHH", port, addr[1], isn, 0, 7 << 4, SYN, 2144, 0, 0) + MSS
        pseudo = own.packed + target.packed + struct.pack("!II", len(tcp), 6)
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
        raw.sendto(tcp, (addr[0], 0))
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            raw.settimeout(max(until - time.monotonic(), 0.001))
            try:
                got = raw.recv(65535)
            except OSError:
                break
            got = got[(got[0] & 15) * 4:] if target.version == 4 else got
            if struct.unpack("!HH", got[:4]) == (addr[1], port):
                break
        isn, port = (isn + step) & 0xffffffff, port + 1


def main():
    addr, habit = (sys.argv[1], int(sys.argv[2])), sys.argv[3]
    opt = dict(a.split("=") for a in sys.argv[4:])
    if habit == "count":
        raw_client(addr, int(opt.get("step", 64000)), float(opt.get("seconds", 3)))
    else:
        kernel_client(addr, habit, float(opt.get("seconds", 1)))


main()
