#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What `tcpcraft fuzz` does, as one writes it with Scapy: each case is a connection of its
own with one field of one segment changed, and what came of it. sr1() asks, as in Scapy's
manual; the kernel's resets are kept away by a rule, as always with it.

	fuzz_scapy.py SERVER PORT SECONDS	prints cases a second
"""
import collections
import random
import subprocess
import sys
import time

from scapy.all import IP, TCP, Raw, conf, send, sr1

PATIENCE = 0.02
FRAME = b"PROT\x01\x00\x00\x00\x05hello\x62\x00"
FIELDS = {"seq": 32, "ack": 32, "dataofs": 4, "flags": 9, "window": 16, "chksum": 16,
          "urgptr": 16, "sport": 16, "dport": 16}
SEGMENTS = "syn", "ack", "data", "fin"


def changed(packet, segment, case):
    if case[0] == segment:
        packet[TCP].setfieldval(case[1], case[2])
    return packet


def ask(packet):
    return sr1(packet, timeout=PATIENCE, verbose=False)


def run(server, port, sport, case):
    ip = IP(dst=server)
    seq = random.getrandbits(32)
    answer = ask(changed(ip / TCP(sport=sport, dport=port, seq=seq, flags="S"), "syn", case))
    if answer is None or TCP not in answer:
        return "no-answer"
    if answer[TCP].flags.R:
        return "refused"
    seq, ack = (seq + 1) & 0xffffffff, (answer[TCP].seq + 1) & 0xffffffff
    send(changed(ip / TCP(sport=sport, dport=port, seq=seq, ack=ack, flags="A"), "ack", case),
         verbose=False)
    answer = ask(changed(ip / TCP(sport=sport, dport=port, seq=seq, ack=ack, flags="PA") /
                         Raw(FRAME), "data", case))
    if answer is None or TCP not in answer:
        verdict = "unacked"
    elif answer[TCP].flags.R:
        return "reset"
    else:
        verdict = "acked" if answer[TCP].ack != seq else "unacked"
        seq = answer[TCP].ack
    ask(changed(ip / TCP(sport=sport, dport=port, seq=seq, ack=ack, flags="FA"), "fin", case))
    send(ip / TCP(sport=sport, dport=port, seq=(seq + 1) & 0xffffffff, flags="R"),
         verbose=False)
    return verdict


def main():
    server, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    rule = ["OUTPUT", "-p", "tcp", "-d", server, "--dport", str(port), "--tcp-flags", "RST",
            "RST", "-j", "DROP"]
    conf.verb = 0
    verdicts = collections.Counter()
    subprocess.run(["iptables", "-w", "-I"] + rule, check=True)
    try:
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            field, bits = random.choice(list(FIELDS.items()))
            case = random.choice(SEGMENTS), field, random.getrandbits(bits)
            verdicts[run(server, port, random.randrange(1024, 30000), case)] += 1
        print(sum(verdicts.values()) / (time.monotonic() - began))
    finally:
        subprocess.run(["iptables", "-w", "-D"] + rule, check=True)


main()
