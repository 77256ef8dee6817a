#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A TCP of its own that echoes, as small as those of small machines, and as odd as it is told to be.

    small.py ADDR PORT [ODD=VALUE...]

It keeps nothing that comes before its turn, has a clock that ticks twice a second (tick=SECONDS), and
answers a SYN on a connection that it holds with an ACK. Each ODD:

window=ignored  sends what it has, whatever window it is offered
mss=N           sends no more than N bytes in a segment
urgent=cut      drops all bytes before the urgent pointer; urgent=lost: and does not count them;
                urgent=reset: resets what has URG, and
                holds the connection all the same (holds=first: the first of them alone);
                urgent=dropped: does not even acknowledge it; urgent=last: but resets the fourth
keeps=sack      what comes before its turn is kept for who offers SACK: the first bytes stay;
                keeps=apart: but no segment of which a byte is there already
answers=2       says each ACK of what is no news to it twice
rst=any         any RST ends a connection; rst=window: one in the window does. Else the exact one
sum=bad         the checksums of its SYN,ACKs are wrong
syn=ignored     a SYN on a connection that it holds draws nothing; syn=acked: whatever comes, and
                belongs to none that it holds, draws an ACK of numbers that nobody sent
closes=first    it answers what it is told with a FIN, and holds the connection for ever then
busy=SECONDS    it refuses calls for so long after a connection has ended
ts=1            it agrees to timestamps, and looks at none
isn=N           its initial numbers are multiples of N, of a count that each tick moves on

Rules of the packet filter must keep the kernel's own resets from going out: its segments have
mark 7. It says "listening on PORT", and for each byte string that it echoes what it was."""
import select
import socket
import struct
import sys
import time

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
MOD = 1 << 32
TICK = 0.5
WINDOW, MSS = 8192, 1460
FIRST = 3                               # ticks, less one, until data is sent again


class Segment:
    def __init__(self, tcp):
        (self.sport, self.dport, self.seq, self.ack, offset, self.flags, self.window, _,
         self.urgent) = struct.unpack(">HHIIBBHHH", tcp[:20])
        self.options = tcp[20:(offset >> 4) * 4]
        self.data = tcp[(offset >> 4) * 4:]


class Connection:
    def __init__(self, host, peer, port, syn):
        self.host, self.peer, self.port = host, peer, port
        self.una = self.next = host.isn()
        self.want = (syn.seq + 1) % MOD
        self.window = syn.window
        self.out = b""
        self.fin = self.closed = False
        self.held = {} if self.odd("keeps") and b"\4\2" in syn.options else None
        self.ticks, self.times = FIRST, 0
        self.most = int(self.odd("mss") or MSS)
        stamps = struct.pack(">BBBBII", 1, 1, 8, 10, 1, 0) if self.odd("ts") else b""
        self.say(SYN | ACK, options=struct.pack(">BBH", 2, 4, MSS) + stamps)
        self.next = self.una = (self.next + 1) % MOD

    def say(self, flags, data=b"", seq=None, options=b""):
        self.host.say(self.peer, self.port, self.next if seq is None else seq, self.want, flags,
                      data, options)

    def odd(self, name):
        return self.host.odd.get(name)

    def send(self):
        """All that waits and is not under way, or an ACK."""
        under_way = (self.next - self.una) % MOD
        new = self.out[under_way:]
        if self.odd("window") != "ignored":
            new = new[:max(self.window - under_way, 0)]
        if not new and (self.closed or not self.fin):
            self.say(ACK)
        for at in range(0, len(new), self.most):
            part = new[at:at + self.most]
            self.say(ACK | PSH, part)
            self.next = (self.next + len(part)) % MOD
        if self.fin and not self.closed and self.next == (self.una + len(self.out)) % MOD:
            self.say(ACK | FIN)
            self.next = (self.next + 1) % MOD
            self.closed = True

    def tick(self):
        if self.next == self.una:
            self.ticks, self.times = FIRST, 0
        elif self.ticks:
            self.ticks -= 1
        else:
            self.say(ACK | PSH, self.out[:min((self.next - self.una) % MOD, self.most)], self.una)
            self.ticks, self.times = FIRST << self.times, self.times + 1

    def ends(self, seq):
        ahead = (seq - self.want) % MOD
        how = self.odd("rst")
        return ahead == 0 or how == "any" or (how == "window" and ahead < WINDOW)

    def keep(self, new):
        if self.odd("keeps") != "apart" or not new.keys() & self.held.keys():
            self.held = {**new, **self.held}

    def hear(self, s):
        """True: it is over."""
        if s.flags & RST:
            return self.ends(s.seq)
        if s.flags & SYN and self.odd("syn") == "ignored":
            return False
        if s.flags & SYN or s.seq != self.want:
            if self.held is not None and (s.seq - self.want) % MOD < WINDOW:
                self.keep({(s.seq + at) % MOD: byte for at, byte in enumerate(s.data)})
            old = s.data and not s.flags & SYN
            for _ in range(int(self.odd("answers") or 1) if old else 1):
                self.say(ACK)
            return False
        if s.flags & URG and self.odd("urgent") in ("reset", "dropped", "last"):
            self.host.urgent += 1
            if self.odd("urgent") == "reset" or (self.odd("urgent") == "last" and
                                                 self.host.urgent == 4):
                self.host.say(self.peer, self.port, s.ack, 0, RST)
                self.host.resets += 1
                return self.odd("holds") == "first" and self.host.resets > 1
            return False
        gone = (s.ack - self.una) % MOD
        if gone <= (self.next - self.una) % MOD:
            self.out, self.una = self.out[gone:], s.ack
        self.window = s.window
        cut = s.urgent if s.flags & URG and self.odd("urgent") in ("cut", "lost") else 0
        lost = cut if self.odd("urgent") == "lost" else 0
        self.want = (self.want + len(s.data) - lost + bool(s.flags & FIN)) % MOD
        while self.held and self.want in self.held:
            s.data += bytes([self.held.pop(self.want)])
            self.want = (self.want + 1) % MOD
        self.fin |= bool(s.flags & FIN)
        if s.data and self.odd("closes"):
            self.fin = True
        elif s.data:
            print("echoes", s.data[cut:], flush=True)
            self.out += s.data[cut:]
        if s.data or s.flags & FIN or self.next != (self.una + len(self.out)) % MOD:
            self.send()
        return False


class Host:
    def __init__(self, addr, port, odd):
        self.addr, self.listens, self.odd = addr, port, odd
        self.family = socket.AF_INET6 if ":" in addr else socket.AF_INET
        self.count = 1000
        self.connections = {}
        self.free_at, self.resets, self.urgent = 0.0, 0, 0
        self.s = socket.socket(self.family, socket.SOCK_RAW, socket.IPPROTO_TCP)
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 7)
        self.s.bind((addr, 0))

    def isn(self):
        return self.count * int(self.odd.get("isn", 64021)) % MOD

    def say(self, peer, port, seq, ack, flags, data=b"", options=b""):
        ends = (socket.inet_pton(self.family, self.addr) + socket.inet_pton(self.family, peer))
        tcp = struct.pack(">HHIIBBHHH", self.listens, port, seq, ack if flags & ACK else 0,
                          (5 + len(options) // 4) << 4, flags, WINDOW, 0, 0) + options + data
        even = ends + tcp + bytes(len(tcp) & 1)
        total = sum(struct.unpack(">%uH" % (len(even) // 2), even)) + 6 + len(tcp)
        while total >> 16:
            total = (total & 0xffff) + (total >> 16)
        if flags & SYN and self.odd.get("sum") == "bad":
            total ^= 0x0101
        self.s.sendto(tcp[:16] + struct.pack(">H", total ^ 0xffff) + tcp[18:], (peer, 0))

    def hear(self):
        got, peer = self.s.recvfrom(65535)
        if self.family == socket.AF_INET:
            got = got[(got[0] & 15) * 4:]
        s, peer = Segment(got), peer[0]
        if s.dport != self.listens:
            return
        held = self.connections.get((peer, s.sport))
        if held:
            if held.hear(s):
                del self.connections[peer, s.sport]
                self.free_at = time.monotonic() + float(self.odd.get("busy", 0))
        elif self.odd.get("syn") == "acked":
            self.say(peer, s.sport, 5000, 7000, ACK)
        elif s.flags & SYN and time.monotonic() < self.free_at:
            self.say(peer, s.sport, 0, (s.seq + 1) % MOD, RST | ACK)
        elif s.flags & (SYN | ACK | RST) == SYN:
            self.connections[peer, s.sport] = Connection(self, peer, s.sport, s)
        elif not s.flags & RST:
            self.say(peer, s.sport, s.ack, 0, RST)

    def live(self):
        tick = float(self.odd.get("tick", TICK))
        due = time.monotonic() + tick
        while True:
            left = due - time.monotonic()
            if left > 0:
                if select.select([self.s], [], [], left)[0]:
                    self.hear()
                continue
            due += tick
            self.count += 1
            for each in list(self.connections.values()):
                each.tick()


def main():
    host = Host(sys.argv[1], int(sys.argv[2]), dict(o.split("=") for o in sys.argv[3:]))
    print("listening on %u" % host.listens, flush=True)
    host.live()


main()
