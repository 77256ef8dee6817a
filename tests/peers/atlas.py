# SPDX-License-Identifier: BSD-2-Clause
"""What was asked of each TCP (atlas.py FOLDER, with its NAME.jsonl) as one table, on stdout."""
import glob
import json
import os
import sys

SIGNS = {"pass": "+", "fail": "F", "inconclusive": "?", "not-supported": "-",
         "not-testable": ".", "not-run": "!", "error": "!"}

HEAD = """\
# The atlas: each case of `conform` asked of each TCP that could be had, and what `probe` found
# out about it. `make atlas` writes it; tests/conformance.txt says why a stack fails a case, and
# tests/stacks what is odd about it.
#
# Not in it: gVisor (runsc refuses its network in namespaces of a test), libslirp and passt (they
# start, tests/stacks; what they fail has no second witness yet). scamper's tbit, which could be one,
# ends with sys-error on Linux: its firewall is ipfw.
#
#\t+ pass  F fail  - not supported  . not testable  ? could not be told  ! not asked
#\tA blank: not asked of that one.
"""


def read(folder):
    stacks = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.jsonl"))):
        name = os.path.basename(path)[:-6]
        stacks[name] = {"version": "", "case": {}, "probe": {}}
        for line in open(path):
            row = json.loads(line)
            if row["type"] == "stack":
                stacks[name]["version"] = row["version"]
            elif row["type"] == "case":
                stacks[name]["case"][row["case"]] = SIGNS.get(row["verdict"], "!")
            elif "experiment" in row and "verdict" in row:
                stacks[name]["probe"][row["experiment"]] = row["verdict"]
    drop_unasked(stacks)
    return stacks


def drop_unasked(stacks):
    """Cases that could be asked of nobody: they need a hand on the sockets."""
    for case in {c for s in stacks.values() for c in s["case"]}:
        if {s["case"].get(case, ".") for s in stacks.values()} == {"."}:
            for s in stacks.values():
                s["case"].pop(case, None)


def main():
    stacks = read(sys.argv[1])
    if not stacks:
        sys.exit("nobody was asked: no NAME.jsonl in " + sys.argv[1])
    print(HEAD, end="")
    for at, (name, s) in enumerate(stacks.items()):
        signs = list(s["case"].values())
        sums = ", ".join(f"{signs.count(sign)} {what}" for what, sign in
                         (("pass", "+"), ("fail", "F"), ("not supported", "-"),
                          ("not testable", "."), ("could not be told", "?")) if sign in signs)
        print(f"stack {at + 1} {name}: {s['version']}: {sums}")
    print()
    for case in sorted({c for s in stacks.values() for c in s["case"]}):
        print("".join(s["case"].get(case, " ") for s in stacks.values()), case)
    print()
    for which in sorted({p for s in stacks.values() for p in s["probe"]}):
        print("probe", which + ":", ", ".join(
            f"{name} {s['probe'].get(which, '(not asked)')}" for name, s in stacks.items()))


main()
