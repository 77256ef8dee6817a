#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Peers for frames that a payload spec describes: they judge what comes with code that is
not tcpcraft's. frames.py modbus|crc32|lax|slow|memcache ADDR [PORT]; one line a frame on
stdout.

modbus answers a read of holding registers; crc32 checks length and CRC-32 and answers with
a frame of its own; lax looks at the low half of the CRC only, a planted defect; slow answers anything with two lines, 50 ms apart;
memcache reads three fields of any length, and its process ends at a key of 250 bytes, another
planted defect."""
import os
import socket
import struct
import sys
import time
import zlib


def say(*words):
    print(*words, flush=True)


def take(conn, n):
    got = b""
    while len(got) < n:
        more = conn.recv(n - len(got))
        if not more:
            raise EOFError
        got += more
    return got


def modbus(conn):
    tid, proto, n, unit, function = struct.unpack(">HHHBB", take(conn, 8))
    data = take(conn, n - 2)
    say("modbus", tid, proto, unit, function, data.hex())
    count = data[3] if function == 3 and len(data) == 4 else 0
    body = bytes([unit, function, 2 * count]) + b"\0\7" * count if count else \
        bytes([unit, function | 128, 1])
    reply = struct.pack(">HHH", tid, proto, len(body)) + body
    conn.sendall(reply[:5])         # an answer in two parts
    time.sleep(0.4)
    conn.sendall(reply[5:])


def crc32(conn, mask=0xffffffff):
    head = take(conn, 4)
    length = struct.unpack("<H", head[2:])[0]
    if head[:2] != b"\xaa\x55" or length < 12:
        say("crc32 bad head", head.hex())
        raise EOFError
    rest = take(conn, length - 4)
    good = (struct.unpack("<I", rest[-4:])[0] ^ zlib.crc32(head + rest[:-4])) & mask == 0
    say("crc32", "good" if good else "BAD", rest[:-4].hex())
    if not good:
        raise EOFError
    frame = b"\xaa\x55" + struct.pack("<H", 14) + b"\x81\x07\0\0ok"
    conn.sendall(frame + struct.pack("<I", zlib.crc32(frame)))


def lax(conn):
    crc32(conn, 0xffff)


def memcache(conn):
    head = take(conn, 24)
    magic, opcode, keylen, extlen, _, _, total = struct.unpack(">BBHBBHI", head[:12])
    if magic != 0x80 or keylen + extlen > total or keylen > 250 or total > 1 << 20:
        say("memcache BAD", head.hex())
        raise EOFError
    body = take(conn, total)
    say("memcache", opcode, body[:extlen].hex() or "-", keylen, total - extlen - keylen)
    if keylen == 250:
        os._exit(1)
    conn.sendall(bytes([0x81, opcode]) + bytes(10) + head[12:16] + bytes(8))


def slow(conn):
    got = conn.recv(65536)
    if not got:
        raise EOFError
    say("slow", got.decode("latin-1"))
    conn.sendall(b"first ")
    time.sleep(0.05)
    conn.sendall(b"second\n")


def main():
    serve = {"modbus": modbus, "crc32": crc32, "lax": lax, "slow": slow,
             "memcache": memcache}[sys.argv[1]]
    listener = socket.socket(socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0))
    listener.listen(16)
    say("listening on %s:%d" % listener.getsockname()[:2])
    while True:
        conn = listener.accept()[0]
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while True:
                serve(conn)
        except (EOFError, OSError):
            conn.close()


main()
