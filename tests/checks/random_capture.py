#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""random_capture.py FILE SEED: a capture of thirty connections that lose, repeat and
reorder segments, close and open their windows, keep alive, probe and reuse ports."""
import random
import struct
import sys

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Capture:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.time_us = 10**15
        self.ident = 1
        self.records = []

    def add(self, src, dst, seq, ack, flags, window, payload, options):
        self.time_us += self.random.choice([50, 500, 2000, 5000, 25000, 300000])
        self.ident = self.ident % 65000 + 1
        tcp = struct.pack("!HHIIBBHHH", src[1], dst[1], seq & 0xffffffff,
                          ack & 0xffffffff, (20 + len(options)) // 4 << 4, flags,
                          window, 0, 0) + options
        pseudo = src[0] + dst[0] + struct.pack("!BBH", 0, 6, len(tcp) + len(payload))
        total = checksum(pseudo + tcp + payload)
        tcp = tcp[:16] + struct.pack("!H", total) + tcp[18:]
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp) + len(payload), self.ident,
                         0x4000, 64, 6, 0) + src[0] + dst[0]
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        frame = bytes.fromhex("0200000000010200000000020800") + ip + tcp + payload
        self.records.append(struct.pack("<IIII", self.time_us // 10**6,
                                        self.time_us % 10**6, len(frame),
                                        len(frame)) + frame)

    def write(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
            file.write(b"".join(self.records))


class Connection:
    def __init__(self, capture, port):
        self.capture, self.random = capture, capture.random
        self.ends = [(bytes([10, 0, 0, 1]), port), (bytes([10, 0, 0, 2]), 80)]
        self.options = bytes.fromhex("020405b4")
        if self.random.random() < .5:
            self.options += bytes.fromhex("01030302")
        self.window = [self.random.choice([200, 500, 1000]) for _ in "12"]
        self.restart()

    def restart(self):
        self.isn = [self.random.randrange(2**32) for _ in "12"]
        self.next, self.sent = [1, 1], []

    def send(self, side, seq, ack, flags, length=0, options=b"", window=None):
        self.capture.add(self.ends[side], self.ends[1 - side], self.isn[side] + seq,
                         self.isn[1 - side] + ack if flags & ACK else 0, flags,
                         self.window[side] if window is None else window,
                         bytes(length), options)

    def ack(self, side, length=0, back=0):
        self.send(side, self.next[side] - back, self.next[1 - side], ACK, length)

    def open(self):
        self.send(0, 0, 0, SYN, options=self.options, window=64240)
        if self.random.random() < .2:
            self.send(0, 0, 0, SYN, options=self.options, window=64240)
        self.send(1, 0, 1, SYN | ACK, options=self.options, window=65160)
        self.send(0, 1, 1, ACK)

    def data(self, side):
        length = self.random.choice([1, 10, 100, self.window[1 - side]])
        self.send(side, self.next[side], self.next[1 - side], PSH | ACK, length)
        self.sent.append((side, self.next[side], length))
        self.next[side] += length

    def again(self, sent):
        side, seq, length = sent
        self.send(side, seq, self.next[1 - side], PSH | ACK, length)

    def swapped(self, side):
        """Two segments that overtook each other on the way."""
        first = (side, self.next[side], self.random.choice([10, 100]))
        second = (side, self.next[side] + first[2], 10)
        self.next[side] += first[2] + second[2]
        self.sent += [first, second]
        self.again(second)
        self.again(first)

    def fast(self):
        side, seq, _ = self.sent[-1]
        for _ in range(4):
            self.send(1 - side, self.next[1 - side], seq, ACK)
        self.again(self.sent[-1])

    def step(self):
        side, what = self.random.randrange(2), self.random.random()
        if what < .35 or (not self.sent and what > .9):
            self.data(side)
        elif what < .5:
            self.ack(side)
        elif what < .6 and self.sent:
            self.again(self.random.choice(self.sent))
        elif what < .62:
            self.swapped(side)
        elif what < .65:
            self.next[side] += self.random.choice([10, 100])
        elif what < .72:
            for _ in range(self.random.randrange(2, 5)):
                self.ack(side)
        elif what < .8:
            self.window[side] = self.random.choice([0, 200, 500, 1000])
            self.ack(side)
        elif what < .86:
            self.ack(side, self.random.randrange(2), 1)
            self.ack(1 - side)
        elif what < .9:
            self.ack(side, 1)
            self.ack(1 - side)
        elif what < .93:
            sent = self.sent[-1]
            self.send(1 - sent[0], self.next[1 - sent[0]], sent[1], ACK)
        else:
            self.fast()

    def close(self):
        end = self.random.random()
        if end < .6:
            self.send(0, self.next[0], self.next[1], FIN | ACK)
            self.send(1, self.next[1], self.next[0] + 1, FIN | ACK)
            self.send(0, self.next[0] + 1, self.next[1] + 1, ACK)
        elif end < .8:
            self.send(1, self.next[1], self.next[0], RST | ACK, window=0)


def main(path, seed):
    capture = Capture(seed)
    for number in range(30):
        c = Connection(capture, 20000 + number)
        if capture.random.random() < .85:
            c.open()
        for _ in range(capture.random.randrange(5, 50)):
            c.step()
        c.close()
        if capture.random.random() < .3:
            c.restart()
            c.open()
    capture.write(path)


main(sys.argv[1], int(sys.argv[2]))
