#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py [sample [CHECK]] -- build the checks of ct.c in many ways, run each under valgrind, count.

A check passes when valgrind finds no jump and no address that depends on a secret; one whose name
begins with "control_" when it does. "sample" takes one build instead of all, CHECK one check of it. Ends with
"N ct checks, N passed"; exit status 1 when one failed, 77 when something needed is not here."""

import concurrent.futures
import itertools
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WOLFSSL = os.environ.get("WOLFSSL_DIR", f"{ROOT}/.deps/wolfssl")
BUILD = f"{ROOT}/build/ct"
FOUND = 9  # valgrind's exit status when it complains; that of a program that failed is 1 or 2.

# What the checks run, and what these files need in turn; unused functions are not linked.
OWN = """tests/ct/ct.c tests/ct/public.c tests/support/port_hal.c port/arena.c port/wolfssl/hash.c
    port/wolfssl/key.c port/wolfssl/random.c port/wolfssl/seal.c firmware/secret.c
    firmware/core/unlock.c firmware/crypto/health.c firmware/proto/base64.c""".split()
WOLFCRYPT = """aes asn ecc error hash hmac kdf logging memory random rsa sha256 sha512 signature
    sp_c32 sp_c64 sp_int wc_encrypt wc_port wolfmath""".split()
ON_THE_STACK = "aes hmac kdf random sha256 sha512".split()  # As in port/wolfssl/wolfssl.cmake.
# Without -fno-builtin-strlen a compiler would put its own in place of the call that is wrapped;
# valgrind 3.19 doesn't read the newer debug format of clang.
FLAGS = f"""-std=gnu11 -gdwarf-4 -ffunction-sections -fdata-sections -fno-builtin-strlen
    -DWOLFSSL_USER_SETTINGS -DCONFIG_TLS12=0 -DCONFIG_METHODS_ALL=0 -DPORT_P384_P521=1 -DCONFIG_RELEASE=0
    -I{ROOT}/tests/ct -I{ROOT} -I{ROOT}/port/wolfssl -isystem {WOLFSSL}""".split()

# A product of 256 bits, an inversion and a multiplication by stripes divide the number of the loop's
# round, nothing else.
DIVIDES_A_COUNTER = r"sp_(256|384|521)_(sqr|mul|mont_inv|mont_inv_order|ecc_mulmod_stripe)_\d+"

BUILDS = list(itertools.product(("gcc", "clang"), ("-O0", "-O2", "-Os"), (32, 64), ("table", "small")))
SAMPLE = [("gcc", "-O2", 32, "table")]


def wrapped():
    """The functions that public.c stands before."""
    with open(f"{HERE}/public.c", encoding="utf-8") as source:
        names = set(re.findall(r"\b__wrap_(\w+)\(", source.read()))
    return sorted(names | {f"sp_ecc_make_key_{bits}" for bits in (256, 384, 521)})


def compile_one(compiler, flags, source, target):
    result = subprocess.run([compiler, *flags, "-c", source, "-o", target], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{compiler} {source}:\n{result.stderr}")
    return target


def build(pool, compiler, optimization, bits, variant):
    """The program of one build."""
    folder = f"{BUILD}/{compiler}{optimization}-{bits}-{variant}"
    os.makedirs(folder, exist_ok=True)
    flags = [*FLAGS, optimization, f"-DCT_WORD_BITS={bits}", f"-DPORT_P256_TABLE={int(variant == 'table')}"]
    jobs = [(f"{ROOT}/{name}", name.replace("/", "-"), ["-Wall", "-Wextra"]) for name in OWN]
    jobs += [(f"{WOLFSSL}/wolfcrypt/src/{name}.c", f"wolfcrypt-{name}",
              ["-w"] + ["-DPORT_NO_SMALL_STACK"] * (name in ON_THE_STACK)) for name in WOLFCRYPT]
    objects = list(pool.map(lambda job: compile_one(compiler, flags + job[2], job[0], f"{folder}/{job[1]}.o"), jobs))
    program = f"{folder}/ct"
    subprocess.run([compiler, *objects, "-Wl,--gc-sections", *(f"-Wl,--wrap={name}" for name in wrapped()),
                    "-o", program], check=True)
    return program


def divisions(program):
    """Where the program divides by an instruction or the compiler's library: neither takes the same
    time for all values, and valgrind doesn't know that."""
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], capture_output=True, text=True, check=True)
    function, found = "", set()
    for line in listing.stdout.splitlines():
        if line.endswith(">:"):
            function = line.split("<")[1][:-2]
        elif re.search(r"\t(i?div[lqwb]?)\s|<__u?(div|mod)", line):
            found.add(function)
    return found


def exceptions(compiler, optimization, _, variant):
    """The files of what may be found in a build."""
    names = ("wolfssl", variant, f"{compiler}{optimization}-{variant}")
    return [name for name in names if os.path.exists(f"{HERE}/{name}.supp")]


def valgrind(chosen, program, name, log):
    """Whether the program did what it should; what valgrind found; the suppressions it used."""
    files = [f"--suppressions={HERE}/{file}.supp" for file in exceptions(*chosen)]
    result = subprocess.run(["valgrind", "--error-exitcode=9", "--show-error-list=yes", "--num-callers=6", *files,
                             program, name], capture_output=True, text=True, check=False)
    with open(log, "w", encoding="utf-8") as out:
        out.write(result.stdout + result.stderr)
    found = int((re.findall(r"ERROR SUMMARY: \d+ errors from (\d+) contexts", result.stderr) or [0])[-1])
    used = re.findall(r"used_suppression: +\d+ (.+?) /", result.stderr)
    return result.returncode, found, {name for name in used if ":" in name}


def judge(name, status, found):
    if name.startswith("control_"):
        return None if status == FOUND and found > 0 else f"valgrind saw nothing (status {status})"
    if status == FOUND:
        return f"depends on a secret in {found} places"
    return None if status == 0 else f"the program failed (status {status})"


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def __call__(self, name, reason):
        if reason is None:
            self.passed += 1
            print(f"ok - {name}", flush=True)
        else:
            self.failed += 1
            print(f"not ok - {name}: {reason}", flush=True)


def run_build(pool, count, chosen, used):
    compiler, optimization, bits, variant = chosen
    title = f"{compiler} {optimization}, {bits} bits, {variant}"
    program = build(pool, *chosen)
    names = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    names = [name for name in names if name in sys.argv[2:]] or names
    logs = [f"{os.path.dirname(program)}/{name}.log" for name in names]
    for name, log, (status, found, suppressions) in zip(
            names, logs, pool.map(lambda pair: valgrind(chosen, program, *pair), zip(names, logs))):
        reason = judge(name, status, found)
        count(f"{title}: {name}", reason and f"{reason}: {os.path.relpath(log, ROOT)}")
        for suppression in suppressions:
            used.setdefault(suppression, set()).add(name)
    secret = {name for name in divisions(program) if re.search("256|384|521|secret|base64|unlock", name)
              and not re.match(DIVIDES_A_COUNTER, name)}
    count(f"{title}: no_division", f"in {', '.join(sorted(secret))}" if secret else None)


def stale(used):
    """Suppressions that no check needed."""
    names = set()
    for file in {file for chosen in BUILDS for file in exceptions(*chosen)}:
        with open(f"{HERE}/{file}.supp", encoding="utf-8") as source:
            names |= set(re.findall(r"^ +(\w+: .+)$", source.read(), re.M)) - {"fun"}
    return sorted(name for name in names if not name.startswith(("fun:", "Memcheck:")) and name not in used)


def main():
    if sys.argv[1:2] not in ([], ["sample"]):
        print(__doc__, file=sys.stderr)
        return 2
    builds = SAMPLE if sys.argv[1:] else BUILDS
    needed = {"valgrind", "objdump"} | {chosen[0] for chosen in builds}
    missing = sorted(name for name in needed if shutil.which(name) is None)
    if missing:
        print(f"not here: {', '.join(missing)} (setup/setup.sh ct)")
        return 77
    count, used = Count(), {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for chosen in builds:
            run_build(pool, count, chosen, used)
    if builds is BUILDS:
        unused = stale(used)
        count("every exception is still needed", "; ".join(unused) if unused else None)
    print("exceptions used (tests/ct/README.md says why each may be):")
    for name in sorted(used):
        print(f"  {name} ({len(used[name])} checks)")
    print(f"{count.passed + count.failed} ct checks, {count.passed} passed")
    print(f"{count.passed} passed, {count.failed} failed")
    return count.failed != 0


if __name__ == "__main__":
    sys.exit(main())
