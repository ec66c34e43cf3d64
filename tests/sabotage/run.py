#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py -- take each guard away once, and see the test that is said to watch it fail

    tests/sabotage/run.py                 all of them (make sabotage)
    tests/sabotage/run.py dates pin-check only these

README.md here says what a patch looks like. All work is done in a copy of the tree,
build/sabotage/tree; what is built there stays, so that a second run builds little.
"""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATCHES = f"{ROOT}/tests/sabotage"
TREE = f"{ROOT}/build/sabotage/tree"
BUILD = f"{ROOT}/build/sabotage/build"
BUILD_LIMIT_S = 1800
TEST_LIMIT_S = 180
SEARCH_LIMIT_S = 600  # sim/find: the slowest bug takes 1,000 lives.

# A test that began and never ended (a crash, an endless loop) failed, too.
RUN = re.compile(r"^\[ RUN      \] (.*)$")
OK = re.compile(r"^\[       OK \] (.*)$")
FAILED = re.compile(r"^\[  FAILED  \] (.*(?<!listed below:))$")
TAP = re.compile(r"^(not )?ok \d+ (.*?)(?: # SKIP .*)?$")
CT = re.compile(r"^(not )?ok - [^:]+: (\w+)")
# A life of the simulator that went wrong, and the last line of a search: how many were lived.
LIFE = re.compile(r"^FAILED: (.*)$")
LIVES = re.compile(r"^\d+ cut points, \d+ network faults, (\d+) lives$")


class Guard:
    """One patch: what it takes away, and who is to notice."""

    def __init__(self, name):
        self.name = name
        self.path = f"{PATCHES}/{name}.patch"
        with open(self.path, encoding="utf-8") as patch:
            text = patch.read()
        head = dict(re.findall(r"^(guard|caught-by): (.+)$", text, re.M))
        self.files = re.findall(r"^--- a/(\S+)$", text, re.M)
        self.program, separator, self.test = head.get("caught-by", "").partition(": ")
        if not (head.get("guard") and separator and self.files):
            sys.exit(f"{self.path}: needs guard:, caught-by: PROGRAM: TEST, and a diff")

    def target(self):
        folder, name = self.program.split("/", 1)
        return {"unit": name, "ct": "imprint_core",
                "sim": "life_campaign",
                "inspect": "imprint-inspect"}.get(folder, "authority-tests")


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode()
    return {path for path in listed.split("\0") if path and os.path.isfile(f"{ROOT}/{path}")}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def bring_up_to_date():
    """Copy what differs, and only that: what is older than its object is not built again."""
    wanted = tracked_files()
    for folder, _, names in os.walk(TREE):
        for name in names:
            path = os.path.relpath(f"{folder}/{name}", TREE)
            if path not in wanted:
                os.unlink(f"{TREE}/{path}")
    for path in wanted:
        copy = f"{TREE}/{path}"
        if not os.path.isfile(copy) or read(copy) != read(f"{ROOT}/{path}"):
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copy(f"{ROOT}/{path}", copy)


def run(command, limit_s, **options):
    """Exit status (None: out of time) and output of a command."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=limit_s, check=False, **options)
    except subprocess.TimeoutExpired as late:
        return None, (late.stdout or b"").decode(errors="replace")
    return done.returncode, done.stdout.decode(errors="replace")


def configure():
    # Without -Werror: a guard that is gone may leave a variable that nobody uses.
    status, output = run(["cmake", "-S", TREE, "-B", BUILD, "-G", "Ninja", "-DBOARD=host",
                          "-DSANITIZE=on", "-DWERROR=off", f"-DWOLFSSL_DIR={ROOT}/.deps/wolfssl",
                          f"-DLWIP_DIR={ROOT}/.deps/lwip"], BUILD_LIMIT_S)
    if status != 0:
        sys.exit(output)


def build(targets):
    """What was wrong, or None."""
    status, output = run(["cmake", "--build", BUILD, "-j", "2", "--target", *targets],
                         BUILD_LIMIT_S)
    if status == 0:
        return None
    errors = [line for line in output.splitlines() if "error:" in line]
    return errors[0] if errors else output[-500:]


def search_result(test, output):
    """Of lives, all must go well. One that went wrong is shown with how many were lived; a search
    that was not finished in time found nothing."""
    wrong = [match[1] for line in output.splitlines() if (match := LIFE.match(line))]
    lives = [match[1] for line in output.splitlines() if (match := LIVES.match(line))]
    if wrong:
        print(f"           {lives[-1] if lives else '?'} lives: {wrong[0]}")
    return {test: not wrong}


def results_of(program, test):
    """{name: passed} of what ran. A unit program runs whole, the others only for `test`."""
    if program.startswith("unit/"):
        command = [f"{BUILD}/tests/unit/{program[5:]}"]
    elif program.startswith("inspect/"):
        command = [f"{TREE}/tests/inspect/run.sh", TREE, test.split(":")[0]]
    elif program.startswith("ct/"):
        command = [f"{TREE}/tests/ct/run.py", "sample", test]
    elif program == "sim/find":
        command = [f"{BUILD}/tests/sim/life_campaign", "find", test]
    else:
        command = ["bash", f"{TREE}/tests/sabotage/authority.sh",
                   f"{BUILD}/host-sim/authority/imprint-authority", test]
    environment = {**os.environ, "WOLFSSL_DIR": f"{ROOT}/.deps/wolfssl",
                   "IMPRINT_HOST_BUILD": BUILD}
    limit_s = SEARCH_LIMIT_S if program == "sim/find" else TEST_LIMIT_S
    _, output = run(command, limit_s, cwd=TREE, env=environment)
    if program == "sim/find":
        return search_result(test, output)
    results = {}
    for line in output.splitlines():
        if match := RUN.match(line) or FAILED.match(line):
            results[match[1]] = False
        elif match := OK.match(line):
            results[match[1]] = True
        elif match := CT.match(line):
            results[match[2]] = not match[1]
        elif match := TAP.match(line):
            results[match[2].replace(" ", "_")] = not match[1]
    return results


def check_before(guards):
    """{name: what is wrong} with the tests as long as nothing is broken: every one has to pass."""
    wrong = build(sorted({guard.target() for guard in guards}))
    if wrong:
        sys.exit(f"the tree does not build: {wrong}")
    seen = {}
    found = {}
    for guard in guards:
        key = guard.program if guard.program.startswith("unit/") else guard.program + guard.test
        if key not in seen:
            seen[key] = results_of(guard.program, guard.test)
        if guard.test not in seen[key]:
            found[guard.name] = f"there is no test '{guard.test}' in {guard.program}"
        elif not seen[key][guard.test]:
            found[guard.name] = f"{guard.program}: {guard.test} fails without the patch"
    return found


def verdict_on(guard):
    """What kept the guard's absence from being caught, or None."""
    status, output = run(["patch", "-p1", "-F0", "--no-backup-if-mismatch", "-i", guard.path],
                         60, cwd=TREE)
    if status != 0:
        return "the patch does not apply: " + " ".join(output.split())
    wrong = build([guard.target()])
    if wrong:
        return f"it does not build: {wrong}"
    results = results_of(guard.program, guard.test)
    if results.get(guard.test) is False:
        return None
    others = [name for name, passed in results.items() if not passed]
    return f"{guard.test} does not fail; failing: {', '.join(others) or 'none'}"


def sabotage(guard):
    """Take the guard away, look, and put everything back."""
    before = {path: read(f"{TREE}/{path}") for path in guard.files
              if os.path.isfile(f"{TREE}/{path}")}
    try:
        return verdict_on(guard)
    finally:
        for path, content in before.items():
            if read(f"{TREE}/{path}") != content:
                with open(f"{TREE}/{path}", "wb") as file:
                    file.write(content)
            for left in (".rej", ".orig"):
                if os.path.exists(f"{TREE}/{path}{left}"):
                    os.unlink(f"{TREE}/{path}{left}")


def main():
    os.environ["LC_ALL"] = "C"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    os.makedirs(TREE, exist_ok=True)
    lock = open(f"{TREE}/../lock", "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit("another run is under way in build/sabotage")
    names = sys.argv[1:] or [name[:-6] for name in sorted(os.listdir(PATCHES))
                             if name.endswith(".patch")]
    guards = [Guard(name) for name in names]
    # One test program after the other: so each patch rebuilds as little as it can.
    guards.sort(key=lambda guard: (guard.program, guard.files, guard.name))
    bring_up_to_date()
    configure()
    before = check_before(guards)
    caught = 0
    for guard in guards:
        began = time.monotonic()
        wrong = before.get(guard.name) or sabotage(guard)
        caught += wrong is None
        print(f"{'caught    ' if wrong is None else 'NOT CAUGHT'} {guard.name:<34}"
              f" {time.monotonic() - began:5.1f} s{'' if wrong is None else '  ' + wrong}",
              flush=True)
    print(f"{len(guards)} guards, {caught} caught")
    return 0 if guards and caught == len(guards) else 1


if __name__ == "__main__":
    sys.exit(main())
