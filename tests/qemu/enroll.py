#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""enroll.py HOST-BUILD IMAGE FOLDER -- whole enrollments in QEMU. `ok - name` or `not ok - name` a line, then the counts."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time

import lab

HOST = "est.lab"
OTHER_HOST = "other.lab"
KILLS = int(os.environ.get("IMPRINT_QEMU_KILLS", "12"))
counts = {"ok": 0, "not ok": 0}


def check(name, passed, seen=""):
    verdict = "ok" if passed else "not ok"
    counts[verdict] += 1
    print(f"{verdict} - {name}" + (f" ({seen})" if not passed and seen != "" else ""), flush=True)


class Bench:
    """One authority for all tests; a new device for each."""

    def __init__(self, host_build, image, folder):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self.folder = folder
        self.image = image
        self.sim = f"{host_build}/host-sim/device/imprint-sim"
        self.authority = lab.Authority(f"{host_build}/host-sim/authority/imprint-authority", folder, [HOST])
        self.authority.serve()
        self.devices = []

    def device(self, name):
        name = name.replace(" ", "-")
        device = lab.Device(self.image, f"{self.folder}/{name}", serial=name)
        self.devices.append(device)
        return device

    def provision(self, device, token, **other):
        """By console: everything but `enroll`."""
        values = {"host": f"{HOST} {lab.HOST_SEEN_FROM_DEVICE}",
                  "server": f"https://{HOST}:{self.authority.port}",
                  "pin": self.authority.ca["root_fingerprint"], "token": token, **other}
        for key, value in values.items():
            device.set(key, value)

    def provision_image(self, device, token):
        """By a record in the flash file, before the first boot."""
        path = f"{device.prefix}.token"
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(token)
        subprocess.run([self.sim, "provision", "--flash", device.flash, "--unit", device.prefix,
                        "--server", f"https://{HOST}:{self.authority.port}",
                        "--ca-fingerprint", self.authority.ca["root_fingerprint"],
                        "--host", f"{HOST}={lab.HOST_SEEN_FROM_DEVICE}", "--token-file", path],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def uses(self, token):
        return self.authority.json("token", "show", str(token["id"]))["uses"]

    def stop(self):
        for device in self.devices:
            device.power_cut()
        self.authority.stop()


def end_of(device, limit_s=30):
    return device.wait_for_state("ENROLLED", "REJECTED", "FAULT", "BACKOFF", "WAITING", limit_s=limit_s)


def enrolls_by_console(bench):
    token = bench.authority.token()
    device = bench.device("console")
    device.boot()
    device.wait_for_state("BLANK")
    bench.provision(device, token["token"])
    device.send("enroll")
    state, _ = end_of(device)
    check("a blank device enrolls by console", state == "ENROLLED", state)
    status = device.status()
    check("its token was spent once and is gone from the device",
          bench.uses(token) == 1 and status["token"] == "not set", status["token"])
    check("its flash was erased at most twice", int(status["flash erases"]) <= 2, status["flash erases"])
    typed = "\n".join(device.transcript)
    check("the console never echoes the token", token["token"] not in typed and "****" in typed)
    check("the flash file never holds the token in the clear",
          token["token"].encode() not in open(device.flash, "rb").read())
    device.power_cut()
    device.boot()
    state, _ = end_of(device)
    after = device.status()
    check("after a power cut it is enrolled at once with the same certificate",
          state == "ENROLLED" and after["fingerprint"] == status["fingerprint"], state)
    device.send("whoami")
    device.wait_for_state("PROVE")
    state, _ = end_of(device)
    check("whoami proves it by mutual TLS", state == "ENROLLED" and device.status()["reason"] == "OK")
    bench.authority.run("token", "revoke", str(token["id"]))
    device.send("whoami")
    device.wait_for_state("PROVE")
    end_of(device)
    check("revoking its token leaves whoami working", device.status()["reason"] == "OK")
    check("wipe is refused without the unlock secret", "CONFIG_LOCKED" in device.command("wipe")[-1])
    device.power_cut()


def enrolls_by_record(bench):
    token = bench.authority.token()
    device = bench.device("record")
    bench.provision_image(device, token["token"])
    device.boot("-icount", "shift=0,sleep=off")
    state, at = end_of(device)
    check("a device provisioned by a record in its flash image enrolls by itself", state == "ENROLLED", state)
    device.power_cut()
    fresh = bench.device("record-time")
    bench.provision_image(fresh, bench.authority.token()["token"])
    fresh.boot()
    state, at = end_of(fresh)
    check("it is enrolled less than 2 s after its reset, DHCP included", state == "ENROLLED" and at < 2.0, f"{state} at {at} s")
    fresh.power_cut()


def survives_kills(bench):
    """Kill the machine at moments spread over an enrollment; each life must go on with the same key."""
    spent = set()
    for n in range(KILLS):
        token = bench.authority.token()
        device = bench.device(f"kill-{n}")
        bench.provision_image(device, token["token"])
        device.boot()
        device.wait_for_state("KEYGEN")
        time.sleep(0.9 * n / KILLS)
        device.power_cut()
        device.boot()
        state, _ = end_of(device, 60)
        spent.add((state, bench.uses(token)))
        bench.authority.json("device", "show", f"imprint-kill-{n}")
        device.power_cut()
    check(f"{KILLS} devices killed while they enrolled all end enrolled, with one use each",
          spent == {("ENROLLED", 1)}, spent)


def refused_token(bench, name, error, options, spoil):
    token = bench.authority.token(*options)
    spoil(token)
    device = bench.device(f"token-{name}")
    bench.provision_image(device, token["token"])
    device.boot()
    found = device.wait_for(r"error (\w+)")[1]
    state, _ = device.wait_for_state("ENROLLED", "REJECTED", "FAULT", "BACKOFF", "WAITING")
    check(f"a token that is {name} ends in {error}, REJECTED", (found, state) == (error, "REJECTED"), f"{found} {state}")
    device.power_cut()


def exhaust(bench, token):
    device = bench.device(f"exhaust-{token['id']}")
    bench.provision_image(device, token["token"])
    device.boot()
    end_of(device)
    device.power_cut()


def refuses_tokens(bench):
    refused_token(bench, "unknown", "EST_TOKEN_UNKNOWN", (), lambda t: t.update(token="imp_" + "A" * 32))
    refused_token(bench, "expired", "EST_TOKEN_EXPIRED", ("--expires", "1s"), lambda t: time.sleep(2.1))
    refused_token(bench, "used up", "EST_TOKEN_EXHAUSTED", (), lambda t: exhaust(bench, t))
    refused_token(bench, "revoked", "EST_TOKEN_REVOKED", (),
                  lambda t: bench.authority.run("token", "revoke", str(t["id"])))


def refused_server(bench, name, error, **config):
    token = bench.authority.token()
    device = bench.device(name)
    device.boot()
    device.wait_for_state("BLANK")
    bench.provision(device, token["token"], **config)
    requests = bench.authority.log_text().count("simpleenroll")
    device.send("enroll")
    found = device.wait_for(r"error (\w+)", 60)[1]
    state, _ = end_of(device)
    quiet = bench.authority.log_text().count("simpleenroll") == requests
    check(f"{name}: {error}, BACKOFF, and the token is not sent",
          (found, state, quiet) == (error, "BACKOFF", True), f"{found} {state} quiet={quiet}")
    device.power_cut()


def refuses_servers(bench):
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    refused_server(bench, "wrong pin", "TRUST_PIN_NOT_FOUND", pin="00" * 32)
    refused_server(bench, "wrong host name", "CHAIN_NAME", host=f"{OTHER_HOST} {lab.HOST_SEEN_FROM_DEVICE}",
                   server=f"https://{OTHER_HOST}:{bench.authority.port}")
    refused_server(bench, "server absent", "NET_REFUSED", server=f"https://{HOST}:{closed.getsockname()[1]}")
    closed.close()


def a_cloned_flash_is_worthless(bench):
    token = bench.authority.token()
    device = bench.device("origin")
    bench.provision_image(device, token["token"])
    device.boot()
    end_of(device)
    device.power_cut()
    thief = bench.device("thief")
    shutil.copyfile(device.flash, thief.flash)
    thief.boot()
    found = thief.wait_for(r"error (\w+)")[1]
    check("an enrolled unit's flash in another unit yields SEAL_OPEN and nothing else", found == "SEAL_OPEN", found)
    thief.power_cut()


def main(host_build, image, folder):
    bench = Bench(host_build, image, folder)
    try:
        for test in (enrolls_by_console, enrolls_by_record, survives_kills, refuses_tokens, refuses_servers,
                     a_cloned_flash_is_worthless):
            try:
                test(bench)
            except (RuntimeError, TimeoutError, EOFError, OSError, KeyError, subprocess.CalledProcessError) as error:
                check(test.__name__.replace("_", " "), False, error)
    finally:
        bench.stop()
    print(f"{counts['ok']} passed, {counts['not ok']} failed")
    return 1 if counts["not ok"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
