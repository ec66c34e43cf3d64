#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""demo.py AUTHORITY IMAGE FOLDER -- blank device, enrollment, power cut, proof. Ends with a summary; exit 1 if anything failed."""

import os
import re
import shutil
import sys
import time

import lab

HOST = "imprint.demo"
began = time.monotonic()


def say(who, text):
    print(f"{time.monotonic() - began:6.2f} s  {who:<10} {text}", flush=True)


def provision(device, authority, token):
    for key, value in (("host", f"{HOST} {lab.HOST_SEEN_FROM_DEVICE}"),
                       ("server", f"https://{HOST}:{authority.port}"),
                       ("pin", authority.ca["root_fingerprint"]), ("token", token["token"])):
        device.set(key, value)
        shown = "(typed in; echoed as stars)" if key == "token" else value
        say("console", f"config {key} {shown}")


def enroll(device):
    """Seconds by the device's own clock, from `enroll` to ENROLLED."""
    say("console", "enroll")
    device.send("enroll")
    start = device.wait_for_state("KEYGEN")[1]
    state, end = device.wait_for_state("ENROLLED", "REJECTED", "FAULT", "BACKOFF")
    if state != "ENROLLED":
        raise RuntimeError(f"the device ended in {state}")
    return end - start


def prove(device):
    device.send("whoami")
    device.wait_for_state("PROVE")
    state, at = device.wait_for_state("ENROLLED")
    reason = device.status()["reason"]
    if reason != "OK":
        raise RuntimeError(f"whoami: {reason}")
    return at


def summary(device, authority, status, seconds, folder):
    issued = authority.json("device", "show", status["name"])
    fingerprint = status["fingerprint"].replace(":", "")
    if fingerprint not in re.sub("[^0-9a-f]", "", str(issued).lower()):
        raise RuntimeError("the authority's record has another certificate")
    print(f"""
  name         {status['name']}
  certificate  {status['fingerprint']}
  valid        {status['not before']} to {status['expires']}
  bytes        {seconds['net_bytes']} on the wire in {seconds['connections']} connections, first contact to proof
  memory       {seconds['arena']} of {status['arena bytes']} bytes of arena, {seconds['stack']} bytes of stack, no heap
  time         enrolled {seconds['enroll']:.2f} s after `enroll`; proved again {seconds['again']:.2f} s after the power came back
  flash        {device.flash}
  authority    {folder}/ca, log in {authority.log}
  again        make demo; by hand: see boards/sf2-som/README.md
""", end="")


def main(program, image, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    print("imprint: a blank device gets an identity, loses its power, and still knows who it is\n", flush=True)
    authority = lab.Authority(program, folder, [HOST])
    say("authority", f"new CA, root certificate {authority.ca['root_fingerprint'][:16]}...")
    device = lab.Device(image, f"{folder}/unit", serial="demo-0001", on_line=lambda line: say("device", line))
    try:
        authority.serve()
        say("authority", f"listening on 127.0.0.1:{authority.port}, known to the device as {HOST}")
        token = authority.token()
        say("authority", "enrollment token for one use created; stored as a hash")
        say("power on", "sf2-som: Cortex-M3, 64 KB of RAM, erased flash")
        device.boot()
        device.wait_for_state("BLANK")
        provision(device, authority, token)
        seconds = {"enroll": enroll(device)}
        before = device.status()
        seconds["net_bytes"], seconds["connections"] = before["net bytes"], before["net connections"]
        seconds["arena"], seconds["stack"] = before["arena high water"], before["stack high water"]
        say("power cut", "QEMU killed (SIGKILL)")
        device.power_cut()
        say("power on", "the same flash file")
        device.boot()
        device.wait_for_state("ENROLLED")
        say("console", "whoami")
        seconds["again"] = prove(device)
        after = device.status()
        if after["fingerprint"] != before["fingerprint"] or after["token"] != "not set":
            raise RuntimeError("the identity after the power cut is not the one before")
        say("authority", "whoami: 200, by mutual TLS with the committed certificate")
        summary(device, authority, after, seconds, folder)
    finally:
        device.power_cut()
        authority.stop()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:4]))
    except (RuntimeError, TimeoutError, EOFError, OSError) as error:
        print(f"\ndemo failed: {error}", file=sys.stderr)
        sys.exit(1)
