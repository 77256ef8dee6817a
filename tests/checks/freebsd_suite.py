#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""freebsd_suite.py DIR [JOBS]: FreeBSD's tcp-testsuite, in DIR, against our own TCP.

Each script is carried out by run --dut own --like freebsd, without FreeBSD's commands (sysctl,
setkey) and without the size of its receive buffer, but with their time. Each that does not pass
must be named by a line of tests/freebsd-suite.txt, and each line must name one that does not pass;
what no line names is asked once more, alone. TCPCRAFT names the program. Exit: 0 so it is, 1 not.
"""
import collections
import fnmatch
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TCPCRAFT = os.environ.get("TCPCRAFT", HERE + "/../../build/tcpcraft")
TABLE = HERE + "/../freebsd-suite.txt"
LEFT_OUT = re.compile(r"^[ \t]*(\+?)[ \t]*([0-9.]*)[ \t]*"
                      r"(?:`[^`]*`|getsockopt\(\d+, SOL_SOCKET, SO_RCVBUF, .*$)", re.M)
TIME = re.compile(r"^([ \t]*)\+[ \t]*([0-9.]+)(?=[ \t])", re.M)


STATE = re.compile(r"%\{ *assert tcpi_state == TCPI_(\w+) *\}%")
STATES = {"CLOSED": "CLOSE", "FIN_WAIT_1": "FIN_WAIT1", "FIN_WAIT_2": "FIN_WAIT2",
          "SYN_RECEIVED": "SYN_RECV"}


def with_calls(text):
    """TEXT in which a state that code asserts is asked for by a call (RFC 9293 3.9.1.6)"""
    def ask_state(match):
        sockets = re.findall(r"(?:socket|accept)\(.*= *(\d+)", text[:match.start()])
        return "status(%s) = TCP_%s" % (sockets[-1], STATES.get(match[1], match[1]))
    return STATE.sub(ask_state, text)


def without(text):
    """TEXT without what is FreeBSD's own; the next event is as much later as that was."""
    for match in reversed(list(LEFT_OUT.finditer(text))):
        rest = text[match.end():]
        if match[1] and float(match[2] or 0):
            rest = TIME.sub(lambda m: "%s+%g" % (m[1], float(m[2]) + float(match[2])), rest, 1)
        text = text[:match.start()] + rest
    return text


def copies(folder, place):
    """The names of the scripts, without .pkt, which are in PLACE now"""
    names = []
    for where, _, files in os.walk(folder):
        for file in sorted(files):
            if file.endswith(".pkt"):
                name = os.path.relpath(os.path.join(where, file), folder)
                os.makedirs(os.path.dirname(os.path.join(place, name)), exist_ok=True)
                with open(os.path.join(where, file), encoding="utf-8") as script:
                    text = script.read()
                with open(os.path.join(place, name), "w", encoding="utf-8") as script:
                    script.write(with_calls(without(text)))
                names.append(name[:-len(".pkt")])
    return names


def ask(place, jobs, what):
    """{script: (verdict, why)}"""
    said = subprocess.run(
        [TCPCRAFT, "run", "--dut", "own", "--like", "freebsd", "--tolerance_usecs", "90000",
         "--jobs", str(jobs), "--tap", *what], cwd=place, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    verdicts = {}
    for test in re.split(r"^(?=(?:not )?ok )", said, flags=re.M)[1:]:
        name, skipped = re.match(r"(?:not )?ok \d+ - (.*?)\.pkt(?: # SKIP (.*))?\n", test).groups()
        verdict = re.search(r"^  verdict: '(.*)'", test, re.M)
        why = re.search(r"^  message: '(.*)'", test, re.M)
        verdicts[os.path.normpath(name)] = (
            "not-supported" if skipped else verdict[1] if verdict else "pass",
            skipped or why and why[1].replace("''", "'") or "")
    return verdicts


def table():
    """(patterns, line) of each line of the table"""
    with open(TABLE, encoding="utf-8") as file:
        for line in file:
            names = line.split("  ")[0].split()
            if names and names[0] != "#":
                yield names, line.strip()


def not_passed(verdicts, names):
    return {name for name in names if verdicts.get(name, ("lost",))[0] != "pass"}


def named(patterns, names):
    """Those of NAMES that are in a pattern's first folder, and have what is behind it in theirs"""
    return {name for name in names for p in patterns
            if fnmatch.fnmatch(re.sub("/.*/", "/", name), p + "*")}


def main(folder, jobs):
    with tempfile.TemporaryDirectory() as place:
        names = copies(folder, place)
        verdicts = ask(place, jobs, ["."])
        left = not_passed(verdicts, names)
        for name in left - named([p for patterns, _ in table() for p in patterns], left):
            verdicts.update(ask(place, 1, [name + ".pkt"]))
    left = not_passed(verdicts, names)
    idle, told = 0, set()
    for patterns, line in table():
        of = named(patterns, left)
        print("%4d  %s" % (len(of - told), line))
        idle += not of - told
        told |= of
    for name in sorted(left - told):
        print("not explained: %s: %s: %s" % (name, *verdicts.get(name, ("lost", ""))))
    kinds = collections.Counter(verdicts.get(name, ("lost",))[0] for name in names)
    print("%d scripts: %s; %d not explained, %d lines of no use"
          % (len(names), ", ".join("%d %s" % (n, v) for v, n in kinds.most_common()),
             len(left - told), idle))
    return 0 if left <= told and not idle else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "6"))
