#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Servers with plain habits, for tests of `tcpcraft probe`: each says "listening on PORT",
then serves for ever, a thread a client.

    habits.py ADDR PORT HABIT [OPTION=VALUE...]

greet        says N bytes (n=2000) at once, or after seconds=0, or when asked=1 (it has read
             something), then reads
echo         sends back what it gets
sink         reads and says nothing
line         reads up to a newline, answers "ok" and closes
exact        waits for n bytes (9), closes; with shut=1 its side alone, the rest in 10 ms
part         sends back the first n bytes (9) and closes
tired        closes after seconds=1 without reading, or, with n, when it has read n bytes and said
             so on its own output
slow         one client after the other: reads n=64 bytes, rests seconds=0.6, sends them back,
             and what comes behind them
reset        resets at once, or after seconds=0, without reading
close        closes at once, or after seconds=0, without reading
whole        reads once: says "ACK" if that brings n bytes (9), and closes; with other=TEXT it
             says that of fewer, and reads on
deaf         reads, says nothing, and closes after seconds=3
abort        reads n bytes (100), or what of them is there, unless all=1, says how many on its own
             output, and aborts: SO_LINGER of 0. So it does, too, when its client closes
full         reads n bytes (9), all of them, says so on its own output, and "500 full" to its
             client, or shuts its side with shut=1; what is behind them stays unread
clock        says n bytes (9) every seconds=0.2, or half as often to its Kth client with late=K,
             and reads nothing
short        reads a line of n bytes (9) at most, a byte at a time, says on its own output how many
             they were, answers "ok" if it was a line, and closes
parting      reads one byte, says n bytes (7), closes after seconds=0.2: all else is unread
die          says and does nothing; the process ends with the first byte, or with late=1 resets its
             client then, and ends with the next
few          has room for n=5 clients at a time, or in all=1, and reads; who comes beyond that is
             closed at once, which it says on its own output
low          resets at once who comes from a port above 1023; else as `line`
whom         resets at once who does not come from address=A; else as `line`
ssh          says who it is, reads a line, closes when that is not of SSH
http         Python's server of HTTP, in an empty folder
tls          reads a line over TLS; pem=FILE is its certificate and key
tarpit       a TCP of its own: it accepts with a window of 5 bytes, and shuts it for ever. Rules
             of the packet filter must keep the kernel's resets from going out
ear          listens with backlog=5 and never accepts

banner=TEXT is said first; backlog=N is that of the queue; of clients beyond limit=N at once each is
closed at once. alive=IDLE,INTERVAL,COUNT turns SO_KEEPALIVE on, fastopen=N TCP Fast Open; user_timeout=MS is how
long data may be without its ACK."""
import http.server
import itertools
import os
import select
import socket
import ssl
import struct
import sys
import threading
import time

DYING = threading.Event()
CLIENTS = itertools.count(1)  # of `clock`


def serve(habit, c, opt):
    n = int(opt.get("n", 2000 if habit == "greet" else 9))
    c.sendall(opt.get("banner", "").encode())
    if habit == "greet":
        time.sleep(float(opt.get("seconds", 0)))
        if "asked" in opt:
            c.recv(4096)
        c.sendall(b"g" * n)
    if habit == "low":
        habit = "line" if c.getpeername()[1] < 1024 else "reset"
    if habit == "whom":
        habit = "line" if c.getpeername()[0] == opt["address"] else "reset"
    if habit == "http":
        http.server.SimpleHTTPRequestHandler.log_message = lambda *_: None
        http.server.SimpleHTTPRequestHandler(c, c.getpeername(), None)
    elif habit == "tls":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(opt["pem"])
        tls.wrap_socket(c, server_side=True).recv(100)
    elif habit == "ssh":
        c.sendall(b"SSH-2.0-habits\r\n")
        if c.makefile("rb").readline(256).startswith(b"SSH-"):
            time.sleep(3600)
    elif habit == "line":
        got = b""
        while b"\n" not in got:
            more = c.recv(4096)
            if not more:
                break
            got += more
        c.sendall(b"ok\n")
    elif habit == "exact":
        c.recv(n, socket.MSG_WAITALL)
        if "shut" in opt:
            c.shutdown(socket.SHUT_WR)
            time.sleep(0.01)
    elif habit == "part":
        c.sendall(c.recv(n, socket.MSG_WAITALL))
    elif habit == "tired":
        if "n" in opt:
            print("read %u bytes" % len(c.recv(n, socket.MSG_WAITALL)), flush=True)
        time.sleep(float(opt.get("seconds", 1)))
    elif habit == "slow":
        got = b""
        while len(got) < int(opt.get("n", 64)):
            more = c.recv(4096)
            if not more:
                break
            got += more
        time.sleep(float(opt.get("seconds", 0.6)))
        while got:
            c.sendall(got)
            got = c.recv(4096)
    elif habit in ("reset", "close"):
        time.sleep(float(opt.get("seconds", 0)))
        if habit == "reset":
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif habit == "whole":
        whole = len(c.recv(4096)) == n
        c.sendall(b"ACK" if whole else opt.get("other", "").encode())
        while not whole and "other" in opt and c.recv(4096):
            pass
    elif habit == "deaf":
        end = time.monotonic() + float(opt.get("seconds", 3))
        while (left := end - time.monotonic()) > 0:
            if select.select([c], [], [], left)[0] and not c.recv(4096):
                break
    elif habit == "abort":
        got = c.recv(int(opt.get("n", 100)), socket.MSG_WAITALL if "all" in opt else 0)
        print("read %u bytes" % len(got), flush=True)
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif habit == "full":
        print("read %u bytes" % len(c.recv(n, socket.MSG_WAITALL)), flush=True)
        if "shut" in opt:
            c.shutdown(socket.SHUT_WR)
        else:
            c.sendall(b"500 full\r\n")
        time.sleep(3600)
    elif habit == "clock":
        pause = float(opt.get("seconds", 0.2))
        if next(CLIENTS) == int(opt.get("late", 0)):
            pause *= 2
        while True:
            c.sendall(b"t" * n)
            time.sleep(pause)
    elif habit == "short":
        got, more = b"", b"-"
        while more and len(got) < n and b"\n" not in got:
            more = c.recv(1)
            got += more
        print("read %u bytes" % len(got), flush=True)
        if b"\n" in got:
            c.sendall(b"ok\n")
    elif habit == "parting":
        c.recv(1)
        c.sendall(b"goodbye"[:int(opt.get("n", 7))])
        time.sleep(float(opt.get("seconds", 0.2)))
    elif habit == "few":
        if opt["room"].acquire(blocking=False):
            try:
                while c.recv(4096):
                    pass
            finally:
                if "all" not in opt:
                    opt["room"].release()
        else:
            print("closed", flush=True)
    elif habit == "die":
        if not DYING.is_set():
            c.recv(1)
            if "late" in opt:
                DYING.set()
                c.close()
                return
        os._exit(0)
    else:
        while True:
            got = c.recv(65536)
            if not got:
                break
            if habit == "echo":
                c.sendall(got)
    c.close()


def quiet(habit, c, opt, served=None):
    try:
        serve(habit, c, opt)
    except OSError:
        c.close()
    if served:
        served.release()


def tarpit(addr, port):
    """LaBrea's way: SYN,ACK with a small window, to all else an ACK that takes no more than
    that and shuts it."""
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    s = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
    s.bind((addr, 0))
    print("listening on %u" % port, flush=True)
    isn, room = 1000, 5
    while True:
        got, peer = s.recvfrom(65535)
        if family == socket.AF_INET:
            got = got[(got[0] & 15) * 4:]
        sport, dport, seq, ack, offset, flags = struct.unpack(">HHIIBB", got[:14])
        if dport != port or flags & 4 or not flags & 0x12 and not flags & 2:
            continue
        n = min(len(got) - (offset >> 4) * 4, room)
        syn = flags & 2
        answer = struct.pack(">HHIIBBHHH", port, sport, isn if syn else isn + 1,
                             (seq + 1 if syn else seq + n) & 0xffffffff, 0x50,
                             0x12 if syn else 0x10, room if syn else 0, 0, 0)
        if not syn and len(got) == (offset >> 4) * 4:
            continue
        ends = socket.inet_pton(family, addr) + socket.inet_pton(family, peer[0])
        words = struct.unpack(">%uH" % ((len(ends) + len(answer)) // 2), ends + answer)
        total = sum(words) + 6 + len(answer)
        while total >> 16:
            total = (total & 0xffff) + (total >> 16)
        s.sendto(answer[:16] + struct.pack(">H", total ^ 0xffff) + answer[18:], (peer[0], 0))


def main():
    addr, port, habit = sys.argv[1:4]
    opt = dict(o.split("=") for o in sys.argv[4:])
    opt["room"] = threading.Semaphore(int(opt.get("n", 5)))
    if habit == "tarpit":
        tarpit(addr, int(port))
    s = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if "alive" in opt:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        names = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        for name, value in zip(names, opt["alive"].split(",")):
            s.setsockopt(socket.IPPROTO_TCP, name, int(value))
    if "fastopen" in opt:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, int(opt["fastopen"]))
    if "user_timeout" in opt:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(opt["user_timeout"]))
    s.bind((addr, int(port)))
    s.listen(int(opt.get("backlog", 128)))
    print("listening on %u" % s.getsockname()[1], flush=True)
    while habit == "ear":
        time.sleep(3600)
    served = threading.Semaphore(int(opt.get("limit", 1 << 20)))
    while True:
        c, _ = s.accept()
        if habit == "slow":
            quiet(habit, c, opt)
        elif served.acquire(blocking=False):
            threading.Thread(target=quiet, args=(habit, c, opt, served), daemon=True).start()
        else:
            c.close()


main()
