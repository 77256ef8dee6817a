# SPDX-License-Identifier: BSD-2-Clause
"""What was asked of each TCP (atlas.py FOLDER TABLE, with its NAME.jsonl) as one table, on stdout.
What TABLE, an earlier one, knows of those that are not in the folder stays."""
import glob
import json
import os
import re
import sys

SIGNS = {"pass": "+", "fail": "F", "inconclusive": "?", "not-supported": "-",
         "not-testable": ".", "not-run": "!", "error": "!"}

UNWITNESSED = "# Not witnessed: "
UNASKED = "(not asked)"

HEAD = """\
# The atlas: each case of `conform` asked of each TCP that could be had, and what `probe` found
# out about it. `make atlas` writes it; tests/conformance.txt says why a stack fails a case, and
# tests/stacks what is odd about it.
%s#
#\t+ pass  F fail  - not supported  . not testable  ? could not be told  ! not asked
#\tA blank: not asked of that one.
"""


def unwitnessed():
    """Those of tests/stacks that are in no table, and why."""
    why = {}
    for path in sorted(glob.glob("tests/stacks/[a-z]*")):
        for line in open(path, encoding="utf-8"):
            if line.startswith(UNWITNESSED):
                why[os.path.basename(path)] = line[len(UNWITNESSED):]
    return why


def known(table):
    """What an earlier table says, as read() has it."""
    stacks, names = {}, []
    for line in open(table, encoding="utf-8") if os.path.exists(table) else ():
        line = line.rstrip("\n")
        if head := re.match(r"stack \d+ (\S+): (.*): \d+ [a-z]", line):
            names.append(head[1])
            stacks[head[1]] = {"version": head[2], "case": {}, "probe": {}}
        elif told := re.match(r"probe (\S+): (.*)", line):
            for name, verdict in (each.split(" ", 1) for each in told[2].split(", ")):
                if verdict != UNASKED:
                    stacks[name]["probe"][told[1]] = verdict
        elif names and (row := re.match(r"([^#]{%d}) (\S+)$" % len(names), line)):
            for name, sign in zip(names, row[1]):
                if sign != " ":
                    stacks[name]["case"][row[2]] = sign
    return stacks


def read(folder, stacks, left_out):
    for path in sorted(glob.glob(os.path.join(folder, "*.jsonl"))):
        name = os.path.basename(path)[:-6]
        if name in left_out:
            continue
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


def drop_unasked(stacks):
    """Cases that could be asked of nobody: they need a hand on the sockets."""
    for case in {c for s in stacks.values() for c in s["case"]}:
        if {s["case"].get(case, ".") for s in stacks.values()} == {"."}:
            for s in stacks.values():
                s["case"].pop(case, None)


def main():
    left_out = unwitnessed()
    stacks = {name: s for name, s in known(sys.argv[2]).items()
              if os.path.exists("tests/stacks/" + name) and name not in left_out}
    read(sys.argv[1], stacks, left_out)
    if not stacks:
        sys.exit("nobody was asked: no NAME.jsonl in " + sys.argv[1])
    stacks = dict(sorted(stacks.items()))
    print(HEAD % "".join(f"#\n# Not in it: {name}: {why}" for name, why in left_out.items()), end="")
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
            f"{name} {s['probe'].get(which, UNASKED)}" for name, s in stacks.items()))


main()
