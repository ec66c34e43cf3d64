#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py -- runs every fuzz target for a while and adds up

    tests/fuzz/run.py FOLDER-OF-PROGRAMS SECONDS [TARGET...]

JOBS says how many run at a time (as many as there are processors). Each target starts from its corpus in
tests/fuzz/corpus; what it learns goes to build/fuzz-inputs, what it finds to build/fuzz-findings (file names begin
with the target's). Ends with "N targets, N inputs, N findings"; the exit status says whether there were findings, or a
target that did not run.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
build = here.parents[1] / "build"
findings = build / "fuzz-findings"


def run(program, seconds):
    """Inputs that were fed, and the findings' files."""
    name = program.name.removeprefix("fuzz_")
    learnt = build / "fuzz-inputs" / name
    learnt.mkdir(parents=True, exist_ok=True)
    command = [program, f"-max_total_time={seconds}", "-print_final_stats=1", "-timeout=10", "-rss_limit_mb=1024",
               f"-artifact_prefix={findings}/{name}-", learnt, here / "corpus" / name]
    if (here / f"{name}.dict").exists():
        command.insert(1, f"-dict={here / name}.dict")
    before = set(findings.iterdir())
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    fed = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    reached = re.findall(r" cov: (\d+)", done.stderr)
    new = sorted(path for path in set(findings.iterdir()) - before if path.name.startswith(name + "-"))
    inputs = int(fed.group(1)) if fed else 0
    well = done.returncode == 0 and inputs > 0 and not new
    print(f"{name:14} {inputs:9} inputs, {reached[-1] if reached else '?'} edges, {len(new)} findings", flush=True)
    if not well:
        print("\n".join(f"    {path}" for path in new))
        print("".join(f"    {line}\n" for line in done.stderr.splitlines()[-25:]), flush=True)
    return inputs, max(len(new), 0 if well else 1)


def main():
    if len(sys.argv) < 3 or not sys.argv[2].isdigit():
        sys.exit(__doc__)
    programs = sorted(path for path in pathlib.Path(sys.argv[1]).glob("fuzz_*")
                      if os.access(path, os.X_OK) and path.is_file() and
                      (len(sys.argv) == 3 or path.name.removeprefix("fuzz_") in sys.argv[3:]))
    findings.mkdir(parents=True, exist_ok=True)
    jobs = int(os.environ.get("JOBS") or os.cpu_count())
    print(f"{len(programs)} targets, {sys.argv[2]} s each, {jobs} at a time", flush=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(lambda program: run(program, sys.argv[2]), programs))
    found = sum(result[1] for result in results)
    print(f"{len(results)} targets, {sum(result[0] for result in results)} inputs, {found} findings")
    return found > 0 or not results


sys.exit(main())
