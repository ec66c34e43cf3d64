#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""secrets.py HOST-BUILD IMAGE FOLDER -- where do private key, device key and token stand?

One device lives its life in QEMU; all of its RAM is dumped whenever it is between operations. Afterwards its private key
is opened on the host, with the unit's device key, and everything is searched: RAM, flash, console, the authority's log.
`ok - name` or `not ok - name` a line, then the counts."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

import lab

HOST = "est.lab"
RAM_AT, RAM_BYTES = 0x20000000, 64 * 1024
FLASH_REGION_BYTES = 128 * 1024
FIND_SECRET = os.path.join(os.path.dirname(__file__), "..", "sim", "find_secret.py")
counts = {"ok": 0, "not ok": 0}


def check(name, passed, seen=""):
    verdict = "ok" if passed else "not ok"
    counts[verdict] += 1
    print(f"{verdict} - {name}" + (f" ({seen})" if not passed and seen != "" else ""), flush=True)


class Dumper:
    """QEMU's own control socket: it reads RAM without the device's help."""

    def __init__(self, path):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(path)
        self.file = self.connection.makefile("rw")
        self.file.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "error" in answer:
                raise RuntimeError(f"{name}: {answer['error']['desc']}")
            if "return" in answer:
                return

    def dump(self, path):
        self.command("stop")
        self.command("pmemsave", val=RAM_AT, size=RAM_BYTES, filename=path)
        self.command("cont")


def holders(secret, *paths):
    """The files that hold the secret or a good piece of it."""
    result = subprocess.run([sys.executable, FIND_SECRET, secret.hex(), *paths], capture_output=True, text=True, check=False)
    if result.returncode == 2:
        raise RuntimeError("nothing to search")
    return [os.path.basename(line) for line in result.stdout.splitlines()[:-1]]


def private_scalar(sim, device, folder):
    """By the host's tool, which opens the sealed record with the unit's device key."""
    unit = f"{folder}/exported"
    os.makedirs(unit)
    with open(device.flash, "rb") as flash, open(f"{unit}/identity.flash", "wb") as copy:
        copy.write(flash.read(FLASH_REGION_BYTES))
    for kind in ("key", "serial"):
        shutil.copyfile(f"{device.prefix}.{kind}", f"{unit}/unit.{kind}")
        os.chmod(f"{unit}/unit.{kind}", 0o600)
    subprocess.run([sim, "enroll", "--export-key", "--cert-dir", unit], check=True, stdin=subprocess.DEVNULL,
                   capture_output=True)
    text = subprocess.run(["openssl", "ec", "-in", f"{unit}/device.key", "-noout", "-text"], check=True,
                          capture_output=True, text=True).stdout
    scalar = bytes.fromhex(re.sub("[^0-9a-f]", "", re.search(r"priv:([0-9a-f:\s]+)pub:", text)[1]))
    os.remove(f"{unit}/device.key")
    return scalar[-32:].rjust(32, b"\0")


def live(device, authority, token, folder):
    """A life with a failure in it; the RAM dumps of its quiet moments."""
    dumps = []

    def dump(moment):
        time.sleep(0.2)  # What was printed last may still be on its way back to the main loop.
        dumps.append(f"{folder}/ram.{moment}")
        dumper.dump(dumps[-1])

    device.boot("-qmp", f"unix:{device.prefix}.qmp,server=on,wait=off")
    dumper = Dumper(f"{device.prefix}.qmp")
    device.wait_for_state("BLANK")
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    device.set("host", f"{HOST} {lab.HOST_SEEN_FROM_DEVICE}")
    device.set("server", f"https://{HOST}:{closed.getsockname()[1]}")
    device.set("pin", authority.ca["root_fingerprint"])
    device.set("token", token["token"])
    dump("configured")
    device.send("enroll")
    device.wait_for_state("BACKOFF")
    dump("backoff")
    closed.close()
    device.set("server", f"https://{HOST}:{authority.port}")
    device.send("enroll")
    device.wait_for_state("ENROLLED")
    dump("enrolled")
    device.send("whoami")
    device.wait_for_state("PROVE")
    device.wait_for_state("ENROLLED")
    dump("proved")
    device.power_cut()
    return dumps


def main(host_build, image, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    authority = lab.Authority(f"{host_build}/host-sim/authority/imprint-authority", folder, [HOST])
    device = lab.Device(image, f"{folder}/unit", serial="secret-1")
    try:
        authority.serve()
        token = authority.token()
        dumps = live(device, authority, token, folder)
        sim = f"{host_build}/host-sim/device/imprint-sim"
        scalar = private_scalar(sim, device, folder)
    finally:
        device.power_cut()
        authority.stop()
    with open(f"{folder}/console.log", "w") as file:
        file.write("\n".join(device.transcript))
    with open(f"{device.prefix}.key", "rb") as file:
        device_key = file.read()
    outside = [device.flash, f"{folder}/console.log", authority.log]
    planted = f"{folder}/planted"
    with open(planted, "wb") as file:
        file.write(b"x" * 7 + scalar + b"y")
    check("the search finds a key that is there", holders(scalar, planted) == ["planted"])
    os.remove(planted)
    for name, secret in (("the private key", scalar), ("the device key", device_key),
                         ("the token", token["token"].encode())):
        found = holders(secret, *dumps, *outside)
        check(f"{name} is in no RAM dump between operations, not in flash, console or log", found == [], found)
    print(f"{counts['ok']} passed, {counts['not ok']} failed")
    return 1 if counts["not ok"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
