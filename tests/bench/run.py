#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py HOST-BUILD FOLDER JSON -- what an enrollment of sf2-som costs, beside the budgets.

Sizes are those of tests/checks/size.sh. One enrollment of the real image in QEMU tells how far
stack and arena were used. One of the bench image, where an instruction is a nanosecond, tells the
rest. Exit status 1 when something could not be measured; a missed budget is only said."""

import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f"{ROOT}/tests/qemu")
sys.dont_write_bytecode = True

import enroll  # noqa: E402

IMAGES = {
    "sf2-som-est-dev-tls13": ("METHODS=est TLS12=off", 120 * 1024, 44 * 1024),
    "sf2-som-all-dev": ("METHODS=all TLS12=on", 192 * 1024, 60 * 1024),
}
TO_COMMITTED = ("LOAD", "KEYGEN", "CSR", "TRUST", "CONNECT", "ENROLL", "VERIFY", "COMMIT")
PHASES = TO_COMMITTED + ("PROVE",)
P256 = ("keygen", "sign", "verify", "ecdh")
ICOUNT = ("-icount", "shift=0,sleep=off")
LIMIT_S = 60


class Judge:
    """Prints a figure beside its budget and counts."""

    def __init__(self):
        self.within = self.over = 0
        self.figures = []

    def __call__(self, image, name, value, budget, unit=""):
        fits = value <= budget
        self.within += fits
        self.over += not fits
        self.figures.append({"image": image, "name": name, "value": value, "budget": budget, "within": fits})
        value, budget = (f"{n:,.2f}" if isinstance(n, float) else f"{n:,}" for n in (value, budget))
        print(f"  {name:<46} {value:>12} of {budget:>8} {unit:<6} {'' if fits else 'OVER BUDGET'}".rstrip())


def sizes():
    """What size.sh says of each image, by its own labels; the parts of the code as one dict."""
    result = subprocess.run([f"{ROOT}/tests/checks/size.sh"], capture_output=True, text=True, check=False)
    if result.returncode not in (0, 1):
        raise RuntimeError(f"size.sh: {result.stdout}{result.stderr}")
    blocks = re.split(r"^(?=sf2-som)", result.stdout, flags=re.M)[1:]
    if len(blocks) != len(IMAGES):
        raise RuntimeError(f"size.sh: {result.stdout}{result.stderr}")
    found = {}
    for block in blocks:
        image = "sf2-som-est-dev-tls13" if "est" in block.splitlines()[0] else "sf2-som-all-dev"
        values = {name: int(number) for name, number in re.findall(r"^ +([a-z_]+)[a-z, ]* +(\d+)", block, re.M)}
        rest = block.split("that build: ")[1].splitlines()[0]
        values["parts"] = {part.rpartition(" ")[0]: int(part.rpartition(" ")[2]) for part in rest.split(", ")}
        found[image] = values
    return found


def high_water(bench):
    """Stack and arena of the real image, after it has enrolled and proved itself."""
    device = bench.device("real")
    bench.provision_image(device, bench.authority.token()["token"])
    device.boot()
    state, _ = enroll.end_of(device)
    status = device.status()
    device.power_cut()
    if state != "ENROLLED":
        raise RuntimeError(f"the image ended in {state}")
    return {name: int(status[name]) for name in ("arena bytes", "arena high water", "stack high water")}


def measured(bench, build):
    """The phases and the unit costs, as the bench image prints them."""
    subprocess.run(["cmake", "--build", build, "--target", "bench"], check=True, stdout=subprocess.DEVNULL)
    bench.image = f"{build}/tests/bench/bench.elf"
    device = bench.device("counted")
    bench.provision_image(device, bench.authority.token()["token"])
    device.boot(*ICOUNT)
    phases = {}
    while True:
        name, value = device.wait_for(r"^([a-z0-9_ ]+): (.+)$", LIMIT_S).groups()
        if name == "phase":
            phase = phases[value] = {}
        elif name == "ended":
            reason = device.wait_for(r"^reason: (.+)$")[1]
            break
        elif name in ("error", "assertion in"):
            raise RuntimeError(f"the bench image: {name} {value}")
        else:
            phase[name] = int(value)
    device.power_cut()
    if value != "ENROLLED":
        raise RuntimeError(f"the bench image ended in {value}: {reason}")
    return phases


def total(phases, names, key):
    return sum(phases[name][key] for name in names)


def p256_work(phases, names):
    costs = phases["unit_costs"]
    return sum(total(phases, names, f"p256_{kind}") * costs[kind] for kind in P256)


def print_phases(phases):
    print("    phase   Minstructions  longest  keygen sign verify ecdh  frames in/out  bytes in/out  erases programs")
    for name in PHASES:
        p = phases[name]
        print(f"    {name:<8} {p['instructions'] / 1e6:12.2f} {p['longest_turn'] / 1e6:8.2f} {p['p256_keygen']:7} "
              f"{p['p256_sign']:4} {p['p256_verify']:6} {p['p256_ecdh']:4} {p['frames_received']:7}/{p['frames_sent']:<5} "
              f"{p['payload_received_bytes']:7}/{p['payload_sent_bytes']:<5} {p['erases']:6} {p['programs']:8}")
    print(f"    not counted: {total(phases, PHASES, 'idle_turns'):,} turns that found nothing to do, "
          f"{total(phases, PHASES, 'idle_instructions') / 1e6:.2f} Minstructions, "
          f"the longest {max(phases[name]['longest_idle_turn'] for name in PHASES):,}")
    costs = phases["unit_costs"]
    print("    one P-256 operation, Minstructions: "
          + ", ".join(f"{kind} {costs[kind] / 1e6:.2f}" for kind in P256))


def bench_image(judge, folder, host_build, image, size):
    title, code_budget, ram_budget = IMAGES[image]
    bench = enroll.Bench(host_build, f"{ROOT}/build/{image}/imprint.elf", f"{folder}/{image}")
    try:
        water = high_water(bench)
        phases = measured(bench, f"{ROOT}/build/{image}")
    finally:
        bench.stop()
    instructions = total(phases, TO_COMMITTED, "instructions")
    work = p256_work(phases, TO_COMMITTED)
    parts = {"own": size["own_code"], **size["parts"]}

    print(f"sf2-som, {title}")
    judge(title, "code", size["code"], code_budget, "bytes")
    print("    without link-time optimization: " + ", ".join(f"{name} {n:,}" for name, n in parts.items()))
    judge(title, "own code, without link-time optimization", size["own_code"], 20 * 1024, "bytes")
    judge(title, "RAM: static, arena as sized, stack high water",
          size["static"] + size["arena"] + water["stack high water"], ram_budget, "bytes")
    print(f"    static {size['static']:,}; arena {size['arena']:,}, high water {water['arena high water']:,}; "
          f"stack {size['stack']:,} reserved, high water {water['stack high water']:,}")
    judge(title, "instructions to committed / P-256 work", round(instructions / work, 3), 1.3)
    print(f"    {instructions / 1e6:.2f} of {work / 1e6:.2f} million; with the proof "
          f"{total(phases, PHASES, 'instructions') / 1e6:.2f} of {p256_work(phases, PHASES) / 1e6:.2f}")
    judge(title, "TCP payload, both ways",
          total(phases, PHASES, "payload_received_bytes") + total(phases, PHASES, "payload_sent_bytes"),
          10 * 1024, "bytes")
    judge(title, "TCP connections", total(phases, PHASES, "connections"), 3)
    judge(title, "flash erases", total(phases, PHASES, "erases"), 2)
    print(f"    frames {total(phases, PHASES, 'frames_received')} in, {total(phases, PHASES, 'frames_sent')} out; "
          f"flash programs {total(phases, PHASES, 'programs')}")
    print_phases(phases)
    return {"size": size, "high_water": water, "phases": phases}


def main(host_build, folder, path):
    judge = Judge()
    found = {}
    size = sizes()
    for image in IMAGES:
        found[image] = bench_image(judge, folder, host_build, image, size[image])
    with open(path, "w") as file:
        json.dump({"figures": judge.figures, "images": found}, file, indent=1)
        file.write("\n")
    print(f"{len(judge.figures)} figures, {judge.within} within budget, {judge.over} over")


if __name__ == "__main__":
    main(*sys.argv[1:4])
