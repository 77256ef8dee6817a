#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""layers_compare.py TCPCRAFT CAPTURE: what `explain` names in layers around datagrams, and in
the datagrams inside, has the values that tshark gives, in the same order. Prints the
differences, and nothing when there are none or no such fields are missing."""
import ipaddress
import json
import subprocess
import sys

AROUND = """ieee8021ad.id llc.dsap llc.ssap llc.control llc.oui llc.type pppoe.version pppoe.type pppoe.code
    pppoe.session_id pppoe.payload_length ppp.protocol mpls.label mpls.exp mpls.bottom mpls.ttl
    pweth.cw.sequence_number udp.srcport udp.dstport udp.length udp.checksum
    gre.flags_and_version gre.proto gre.checksum gre.offset gre.key gre.sequence_number
    vxlan.flags vxlan.gbp vxlan.vni vxlan.reserved8 geneve.version geneve.flags
    geneve.proto_type geneve.vni geneve.reserved gtp.flags gtp.message gtp.length gtp.teid
    cmd.version cmd.length cmd.options cmd.sgt cmd.type
    teredo.auth.idlen teredo.auth.aulen""".split()
FIELDS = AROUND + """vlan.id vlan.etype ip.src ip.dst ip.proto ip.checksum ipv6.src ipv6.dst
    ipv6.nxt tcp.srcport tcp.dstport tcp.checksum tcp.window_size_value""".split()

def number(text):
    try:
        return int(text, 0)
    except ValueError:
        pass
    if text in ("True", "False"):
        return int(text == "True")
    try:
        return int(ipaddress.ip_address(text))
    except ValueError:
        return int(text.replace(":", ""), 16)


def theirs(path):
    out = subprocess.run(
        ["tshark", "-n", "-r", path, "-d", "udp.port==8472,vxlan", "-d", "mpls.label==18,pwethcw", "-T", "fields", "-E",
         "separator=/t", "-E", "occurrence=a", "-E", "aggregator=|"] +
        [w for name in FIELDS for w in ("-e", name)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode()
    for line in out.splitlines():
        yield {name: [number(v) for v in text.split("|")]
               for name, text in zip(FIELDS, line.split("\t")) if text}


def ours(tcpcraft, path):
    out = subprocess.run([tcpcraft, "explain", "--json", path], stdout=subprocess.PIPE,
                         check=True).stdout
    for line in out.splitlines():
        found = {}
        for layer in json.loads(line)["layers"]:
            for field in layer["fields"]:
                if field["name"] in FIELDS and "missing" not in field:
                    value = field.get("value", int(field.get("value_hex") or "0", 16))
                    found.setdefault(field["name"], []).append(value)
        yield found


seen, frames = set(), 0
for frames, (a, b) in enumerate(zip(ours(*sys.argv[1:]), theirs(sys.argv[2]), strict=True), 1):
    seen |= a.keys()
    for name in FIELDS:
        if name in a and a[name] != b.get(name):
            print(f"frame {frames}: {name}: {a[name]}, tshark {b.get(name)}")
    if "tcp.srcport" in b and "tcp.srcport" not in a:
        print(f"frame {frames}: no TCP")
print(*(f"no {name} at all" for name in AROUND if name not in seen), sep="\n", end="")
