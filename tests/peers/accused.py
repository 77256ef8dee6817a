# SPDX-License-Identifier: BSD-2-Clause
"""What tests/net/accused.sh has found, as tests/mutants/accused.txt has it.

    accused.py FOLDER       each file NAME a mutant, "honest" none: lines "CASE VERDICT"

Status 1: see tests/accused; a line says what is wrong. There is no table where one was not asked.
"""
import collections
import fnmatch
import glob
import os
import sys

HEAD = """\
# The whole suite against our own TCP with one defect each, from outside and with a hand on its
# sockets (make accused): a line a mutant, how many cases accuse it, "named" if the one that its
# patch names is among them, and their sections. The honest machine is accused by none but those
# that tests/conformance.txt explains. "planted" is one whose defect is that it ends itself at the
# very bytes that its case sends: it shows that a death is seen, and proves nothing of that case.
#
#	MUTANT CASES named|planted | SECTION xCASES, ..."""
BY = "Accused by """


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


def patch(name):
    """The cases that must accuse it, of line 2 (as accuser() of tests/net/mutant.sh reads it: more
    than one where each is asked alone), and whether it is a planted death."""
    with open(f"tests/mutants/{name}.patch", encoding="utf-8") as f:
        lines = f.read().split("\n")
    named = lines[1][len(BY):].split() if lines[1:] and lines[1].startswith(BY) else []
    return set(named), any(line[0:1] == "+" and "__builtin_trap()" in line for line in lines)


def lacking(folder, names):
    """What there is no table without."""
    for name in ["honest"] + names:
        if not os.path.exists(f"{folder}/{name}"):
            yield f"{name} was not asked"
    for name in names:
        if not patch(name)[0]:
            yield f"tests/mutants/{name}.patch: line 2 is not '{BY}CASE...'"


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


def print_rows(folder, names, known):
    """Tells what accuses one that is not planted, how many of these are accused by the case that
    they name, how many there are, and whether any is accused by nobody."""
    accusing, fits, proving, nobody = set(), 0, 0, 0
    for name in names:
        cases, (named, planted) = failed(f"{folder}/{name}")[0] - known, patch(name)
        fit = named <= cases
        if not fit:
            nobody |= not cases
            wrong(f"{name} is not accused by {' '.join(sorted(named))}")
        if not planted:
            accusing |= cases
            fits += fit
            proving += 1
        word = "" if not fit else " planted" if planted else " named"
        print(f"{name} {len(cases)}{word} | {sections(cases)}")
    return accusing, fits, proving, nobody


def main():
    folder, bad = sys.argv[1], 0
    names = sorted(os.path.basename(p)[:-6] for p in glob.glob("tests/mutants/*.patch"))
    for text in lacking(folder, names):
        bad |= wrong(text)
    if bad:
        return bad
    honest, asked = failed(f"{folder}/honest")
    known = {row.split()[2] for row in rows_of("tests/conformance.txt")
             if row.startswith("tcpcraft fail ")}
    for case in sorted(honest - known):
        bad |= wrong(f"the honest machine is accused by {case}")
    print(HEAD)
    accusing, fits, of, nobody = print_rows(folder, names, known)
    bad |= nobody
    if fits < 0.95 * of:
        bad |= wrong(f"only {fits} of {of} are accused by the case that they name")
    idle = asked - accusing - known
    for text in idle_rows(idle):
        bad |= wrong(text)
    print(f"#\n# {fits} of {of} accused by the case that they name, and {len(names) - of} planted.\n"
          f"# Of {len(asked)} cases {len(asked - idle)} accuse somebody; for the other {len(idle)}"
          " see idle.txt.")
    return bad


sys.exit(main())
