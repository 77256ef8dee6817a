#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Servers with plain habits, for tests of `tcpcraft probe`: each says "listening on PORT",
then serves for ever, a thread a client.

    habits.py ADDR PORT HABIT [OPTION=VALUE...]

greet        says N bytes at once (n=2000), then reads
echo         sends back what it gets
sink         reads and says nothing
line         reads up to a newline, answers "ok" and closes
exact        waits for n bytes (9), closes
tired        closes after seconds=1 without reading
slow         one client after the other: reads n=64 bytes, rests seconds=0.6, sends them back,
             and what comes behind them
reset        resets at once, or after seconds=0, without reading
close        closes at once, or after seconds=0, without reading
die          says and does nothing; the process ends with the first byte
ear          listens with backlog=5 and never accepts

alive=IDLE,INTERVAL,COUNT turns SO_KEEPALIVE on, fastopen=N TCP Fast Open."""
import os
import socket
import struct
import sys
import threading
import time


def serve(habit, c, opt):
    n = int(opt.get("n", 2000 if habit == "greet" else 9))
    if habit == "greet":
        c.sendall(b"g" * n)
    if habit == "line":
        got = b""
        while b"\n" not in got:
            more = c.recv(4096)
            if not more:
                break
            got += more
        c.sendall(b"ok\n")
    elif habit == "exact":
        c.recv(n, socket.MSG_WAITALL)
    elif habit == "tired":
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
    elif habit == "die":
        c.recv(1)
        os._exit(0)
    else:
        while True:
            got = c.recv(65536)
            if not got:
                break
            if habit == "echo":
                c.sendall(got)
    c.close()


def quiet(habit, c, opt):
    try:
        serve(habit, c, opt)
    except OSError:
        c.close()


def main():
    addr, port, habit = sys.argv[1:4]
    opt = dict(o.split("=") for o in sys.argv[4:])
    s = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if "alive" in opt:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        names = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        for name, value in zip(names, opt["alive"].split(",")):
            s.setsockopt(socket.IPPROTO_TCP, name, int(value))
    if "fastopen" in opt:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, int(opt["fastopen"]))
    s.bind((addr, int(port)))
    s.listen(int(opt.get("backlog", 128)))
    print("listening on %u" % s.getsockname()[1], flush=True)
    while habit == "ear":
        time.sleep(3600)
    while True:
        c, _ = s.accept()
        if habit == "slow":
            quiet(habit, c, opt)
            continue
        threading.Thread(target=quiet, args=(habit, c, opt), daemon=True).start()


main()
