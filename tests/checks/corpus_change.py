# SPDX-License-Identifier: BSD-2-Clause
"""corpus_change.py SEED SCRIPT OUT: SCRIPT with one expectation broken, and which: a number that is
acknowledged, a window, an option, a length, PSH, a time of what is expected; what a call returns,
and what comes back in its arguments; what code asserts."""
import random
import re
import sys

TIME = r"^\s*\+?[0-9.]*\s*"
PACKET = TIME + r">(?!.*\bicmp\b)"
# What is broken, in which lines, the number, and what is added to it.
KINDS = [
    ("ack", PACKET, r"\back (\d+)", 1),
    ("win", PACKET, r"\bwin (\d+)", 1),
    ("mss", PACKET, r"\bmss (\d+)", 1),
    ("wscale", PACKET, r"\bwscale (\d+)", 1),
    ("sack", PACKET, r"\bsack (\d+):", 1),
    ("ecr", PACKET, r"\becr (\d+)", 1),
    ("result", TIME + r"\w+\(.*\)\s*=\s*\d", r"\)\s*=\s*(\d+)(?!\w)", 1),
    ("result", r"^\s+[^<>+]*\}.*\)\s*=\s*\d", r"\)\s*=\s*(\d+)(?!\w)", 1),
    ("member", r"\b(ee_\w+|cmsg_data)=\d", r"\b(?:ee_\w+|cmsg_data)=(\d+)", 1),
    ("time back", r"scm_nsec=[1-9]", r"scm_nsec=(\d+)", 50000000),
    ("number back", r"\bioctl\(", r"\[(\d+)\]", 1),
    ("value back", r"\bgetsockopt\(", r"\[(\d+)\],", 1),
    ("revents", r"\b(revents|epoll_wait\(\d+, \{events)=", r"\b(?:revents|\{events)=(0)\b", 4),
    ("time", TIME + r">", r"^\s*\+([0-9.]+)\s", 0.7),
    ("assert", r"\bassert\b.*==", r"==\s*(\d+)", 1),
]
LENGTH = re.compile(r"(\d+):(\d+)\((\d+)\)")
PUSH = re.compile(r">\s+(P?)\.")
# What is given back by a number that the script then uses is a name, not an expectation.
NAMES = re.compile(r"\b(socket|accept|epoll_create|open|pipe)\(")


def places(lines):
    for at, line in enumerate(lines):
        body = line.split("//")[0]
        for kind, where, number, add in KINDS:
            match = re.search(number, body) if re.search(where, body) else None
            if match and not (kind == "result" and NAMES.search(body)):
                value = float(match[1]) if "." in match[1] or kind == "time" else int(match[1])
                yield at, kind, match.span(1), "%s" % (value + add)
        match = LENGTH.search(body) if re.search(PACKET, body) else None
        if match and match[3] != "0":
            a, b, n = (int(x) for x in match.groups())
            yield at, "length", match.span(), "%d:%d(%d)" % (a, b - 1, n - 1)
        match = PUSH.search(body) if re.search(PACKET, body) else None
        if match:
            yield at, "flags", match.span(1), "" if match[1] else "P"


def main(seed, script, out):
    with open(script, encoding="utf-8", errors="surrogateescape") as file:
        lines = file.read().split("\n")
    all_places = sorted(places(lines))
    if not all_places:
        return 1
    at, kind, (start, end), new = random.Random(seed).choice(all_places)
    print("line %d: %s %s is now %s" % (at + 1, kind, lines[at][start:end], new))
    lines[at] = lines[at][:start] + new + lines[at][end:]
    with open(out, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("\n".join(lines))
    return 0


sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
