#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which transitions of the machine and which errors a campaign reached.

    reached.py REACHED

REACHED has lines "transition FROM TO" and "error NAME PLAN", as life_campaign writes them. Every
transition must stand in transitions.txt, every one that stands there must be reached, and so must
every entry of firmware/error.def, unless the line in transitions.txt or unreached.txt gives the
reason why not (which may be that it takes luck).
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def entries(path, words):
    """{first WORDS words: reason} of the lines of a list; "#" begins a comment."""
    found = {}
    for line in path.read_text().splitlines():
        line = line.split("#", 1)[0].strip()
        if line:
            parts = line.split(None, words)
            found[" ".join(parts[:words])] = parts[words] if len(parts) > words else ""
    return found


def compare(kind, reached, expected):
    """Lines that say what is wrong; `expected` maps names to a reason for not being reached."""
    for name in sorted(reached - expected.keys()):
        yield f"{kind} {name}: reached, but in no list"
    for name, reason in sorted(expected.items()):
        if name not in reached and not reason:
            yield f"{kind} {name}: never reached, and no reason given"


def missing_tests(reasons):
    """Lines for reasons that name a test which is not there."""
    for name, reason in sorted(reasons.items()):
        for folder, test in re.findall(r"\b(unit|sim|qemu|authority)/([\w.]+)", reason):
            found = [HERE.parent / folder / (test + end) for end in ("", ".c", ".sh", ".py")]
            if not any(path.exists() for path in found):
                yield f"{name}: no such test: {folder}/{test}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lines = pathlib.Path(sys.argv[1]).read_text().splitlines()
    transitions = {line[11:] for line in lines if line.startswith("transition ")}
    errors = {line.split()[1] for line in lines if line.startswith("error ")}
    defined = re.findall(r"^IMP_ERROR\((\w+),", (ROOT / "firmware/error.def").read_text(), re.M)
    reasons = entries(HERE / "unreached.txt", 1)
    unknown = [f"error {name}: in unreached.txt, but not in error.def"
               for name in reasons if name not in defined]
    legal = entries(HERE / "transitions.txt", 2)
    wrong = (unknown + list(missing_tests({**reasons, **legal})) + list(compare("transition", transitions, legal)) +
             list(compare("error", errors, {name: reasons.get(name, "") for name in defined})))
    for line in wrong:
        print(line)
    print(f"{len(transitions)} of {len(legal)} transitions and {len(errors)} of {len(defined)} errors reached; "
          f"{len(reasons)} errors and {sum(bool(r) for r in legal.values())} transitions listed with a reason")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
