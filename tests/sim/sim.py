#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make sim: what a power cut, a bad network, a hostile authority or a wrong clock can do to a device

    sim.py BUILD lives COUNT [SEED]   COUNT whole lives, and the store's campaign beside them
    sim.py BUILD hours HOURS [SEED]   the same for so long

BUILD is a build of the host. First come the two campaigns' own reports, then what was reached of
firmware/core/machine.h and firmware/error.def; the last line adds up. Exit status 1: something went
wrong, and the line that lives it again is printed.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SUM = re.compile(r"^(\d+) cut points, (\d+) network faults, (\d+) lives$", re.M)
# What `make sim` promises, of as many lives as it lives.
LIVES_JUDGED = 11000
CUTS_MIN = 10000
STORE_SUM = re.compile(r"^(\d+) cut points\b", re.M)


def main():
    if (len(sys.argv) not in (4, 5) or sys.argv[2] not in ("lives", "hours") or
            not all(number.isdigit() for number in sys.argv[3:])):
        sys.exit(__doc__)
    programs = pathlib.Path(sys.argv[1]) / "tests/sim"
    seed = sys.argv[4] if len(sys.argv) == 5 else "1"
    long_run = sys.argv[2] == "hours"
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        reached = f"{folder}/reached"
        store_log = open(f"{folder}/store", "w+", encoding="utf-8")
        store = subprocess.Popen([programs / "store_campaign", "long" if long_run else "sim", seed],
                                 stdout=store_log, stderr=subprocess.STDOUT)
        lives = subprocess.run([programs / "life_campaign", sys.argv[2], sys.argv[3], seed],
                               stdout=subprocess.PIPE, text=True, check=False,
                               env={**os.environ, "IMPRINT_SIM_REACHED": reached})
        print("--- whole lives\n" + lives.stdout, end="")
        store_failed = store.wait() != 0
        store_log.seek(0)
        store_text = store_log.read()
        print("--- the store alone\n" + store_text, end="")
        print("--- reached")
        sys.stdout.flush()
        not_reached = subprocess.run([HERE / "reached.py", reached], check=False).returncode != 0
    of_lives = SUM.search(lives.stdout)
    of_store = STORE_SUM.search(store_text)
    if not of_lives or not of_store:
        sys.exit("a campaign ended without its sum")
    cuts, faults, count = map(int, of_lives.groups())
    too_few = count >= LIVES_JUDGED and (cuts < CUTS_MIN or "\n0 answers were lost" in lives.stdout)
    if too_few:
        print(f"fewer than {CUTS_MIN} cuts of whole lives, or no answer was lost: this proves too little")
    failed = lives.returncode != 0 or store_failed or not_reached or too_few
    print(f"--- {'FAILED' if failed else 'passed'} in {time.monotonic() - began:.0f} s: "
          f"{of_store[1]} cut points of the store alone, {cuts} of whole lives")
    print(f"{cuts + int(of_store[1])} cut points, {faults} network faults, {count} lives")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
