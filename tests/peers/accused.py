# SPDX-License-Identifier: BSD-2-Clause
"""What tests/net/accused.sh has found, as tests/mutants/accused.txt has it.

    accused.py FOLDER       each file NAME a mutant, "honest" none: lines "CASE VERDICT"

Status 1: see tests/accused; a line says what is wrong.
"""
import collections
import fnmatch
import glob
import os
import re
import sys

HEAD = """\
# The whole suite against our own TCP with one defect each, from outside and with a hand on its
# sockets (make accused): a line a mutant, how many cases accuse it, "named" if the one that its
# patch names is among them, and their sections. The honest machine is accused by none but those
# that tests/conformance.txt explains.
#
#	MUTANT CASES named | SECTION xCASES, ..."""


def failed(path):
    """The cases that accuse it, and all that were asked."""
    with open(path, encoding="ascii") as f:
        rows = [line.split() for line in f]
    return {case for case, verdict in rows if verdict == "fail"}, {row[0] for row in rows}


def rows_of(path):
    with open(path, encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f if line.strip() and line[0] != "#"]


def sections(cases):
    n = collections.Counter(case.split("/")[0] for case in cases)
    return ", ".join(f"{section} x{n[section]}" for section in sorted(n))


def wrong(text):
    print("accused: " + text, file=sys.stderr)
    return 1


def named(name):
    """The cases that must accuse it: more than one where each is asked alone."""
    with open(f"tests/mutants/{name}.patch", encoding="utf-8") as f:
        return set(re.search(r"^Accused by (.+)$", f.read(), re.M).group(1).split())


def idle_rows(idle):
    """Reasons that name no idle case, and idle cases without one."""
    globs = [row.split(" | ")[0].split() for row in rows_of("tests/mutants/idle.txt")]
    globs = [g for row in globs for g in row]
    for pattern in globs:
        if not fnmatch.filter(idle, pattern):
            yield f"tests/mutants/idle.txt: {pattern} is no idle case"
    for case in sorted(idle):
        if not any(fnmatch.fnmatch(case, pattern) for pattern in globs):
            yield f"{case} accuses nobody, and tests/mutants/idle.txt does not say why"


def main():
    folder, bad = sys.argv[1], 0
    honest, asked = failed(f"{folder}/honest")
    known = {row.split()[2] for row in rows_of("tests/conformance.txt")
             if row.startswith("tcpcraft fail ")}
    for case in sorted(honest - known):
        bad |= wrong(f"the honest machine is accused by {case}")
    print(HEAD)
    accusing, names, fits = set(), sorted(glob.glob("tests/mutants/*.patch")), 0
    for name in (os.path.basename(path)[:-6] for path in names):
        if not os.path.exists(f"{folder}/{name}"):
            bad |= wrong(f"{name} was not asked")
            continue
        cases = failed(f"{folder}/{name}")[0] - known
        fit = named(name) <= cases
        fits += fit
        accusing |= cases
        if not fit:
            bad |= not cases
            wrong(f"{name} is not accused by {' '.join(sorted(named(name)))}")
        print(f"{name} {len(cases)}{' named' if fit else ''} | {sections(cases)}")
    bad |= fits < 0.95 * len(names)
    idle = asked - accusing - known
    for text in idle_rows(idle):
        bad |= wrong(text)
    print(f"#\n# {fits} of {len(names)} accused by the case that they name. Of {len(asked)} cases\n"
          f"# {len(asked - idle)} accuse somebody; for the other {len(idle)} see idle.txt.")
    return bad


sys.exit(main())
