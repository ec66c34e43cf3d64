#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""coverage.py -- which lines and branches of firmware/ the unit tests run

    tests/checks/coverage.py BUILD-FOLDER     (make coverage builds it and runs the tests)

Prints each file's share and what was not run; fails under 95 % of lines or 85 % of branches. Lines of headers count
once, however many sources include them. IMP_ASSERT's branches are left out: that they fail is what no test can make
happen.
"""
import collections
import json
import pathlib
import subprocess
import sys

LINES_MIN = 95.0
BRANCHES_MIN = 85.0
root = pathlib.Path(__file__).resolve().parents[2]


def counts_of(build):
    """{file: ({line: times run}, {(line, n): times taken})} for what lies in firmware/."""
    files = collections.defaultdict(lambda: (collections.Counter(), collections.Counter()))
    for notes in sorted(build.rglob("firmware/**/*.gcno")):
        text = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", notes],
                              check=True, capture_output=True, cwd=root).stdout
        for part in json.loads(text)["files"]:
            path = pathlib.Path(part["file"])
            name = path.relative_to(root) if path.is_absolute() and path.is_relative_to(root) else path
            if name.parts[0] == "firmware":
                add(files[str(name)], part["lines"])
    return files


def add(counts, lines):
    for line in lines:
        number = line["line_number"]
        counts[0][number] += line["count"]
        for i, branch in enumerate(line["branches"]):
            counts[1][number, i] += branch["count"]


def without_assertions(name, counts):
    text = (root / name).read_text().splitlines()
    lines, branches = counts
    return lines, {key: taken for key, taken in branches.items() if "IMP_ASSERT(" not in text[key[0] - 1]}


def share(counts):
    return 100.0 * sum(n > 0 for n in counts.values()) / len(counts) if counts else 100.0


def runs_of(numbers):
    """[1, 2, 3, 7] as "1-3 7"."""
    runs = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    all_lines, all_branches, rest = {}, {}, []
    print(f"{'lines':>7} {'branches':>9}  file")
    for name, counts in sorted(counts_of(pathlib.Path(sys.argv[1]).resolve()).items()):
        lines, branches = without_assertions(name, counts)
        print(f"{share(lines):6.1f}% {share(branches):8.1f}%  {name}")
        all_lines.update({(name, key): n for key, n in lines.items()})
        all_branches.update({(name, *key): n for key, n in branches.items()})
        missed = sorted(key for key, n in lines.items() if n == 0)
        half = sorted({key[0] for key, n in branches.items() if n == 0} - set(missed))
        if missed or half:
            rest.append(f"{name}: " + "; ".join(filter(None, (
                missed and "not run " + runs_of(missed), half and "a branch not taken " + runs_of(half)))))
    print("\nthe rest:\n" + "\n".join("  " + line for line in rest))
    lines, branches = share(all_lines), share(all_branches)
    print(f"\n{len(all_lines)} lines, {lines:.1f} % run (at least {LINES_MIN:.0f}); "
          f"{len(all_branches)} branches, {branches:.1f} % taken (at least {BRANCHES_MIN:.0f})")
    return not all_lines or lines < LINES_MIN or branches < BRANCHES_MIN


sys.exit(main())
