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
    teredo.auth.idlen teredo.auth.aulen etag.pcp etag.dei etag.iecid_base etag.group etag.ecid_base
    etag.iecid_ext etag.ecid_ext etag.etype vntag.dir vntag.ptr vntag.dst vntag.looped vntag.version
    vntag.src vntag.etype ieee8021ah.priority ieee8021ah.drop ieee8021ah.nca ieee8021ah.isid cfp.ftag
    cfp.ttl nsh.version nsh.ttl nsh.length nsh.mdtype nsh.nextproto nsh.spi nsh.si erspan.version
    erspan.vlan erspan.cos erspan.encap erspan.truncated erspan.spanid erspan.index erspan.bso
    erspan.timestamp erspan.sgt erspan.p erspan.ft erspan.hw erspan.gra erspan.o
    gre.key.payload_length gre.key.call_id gre.ack_number ppp.address ppp.control
    capwap.preamble.version capwap.preamble.type capwap.header.length capwap.header.rid
    capwap.header.wbid capwap.header.flags wlan.ra wlan.ta""".split()
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
