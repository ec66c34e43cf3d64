# SPDX-License-Identifier: MIT
"""lab.py -- an authority on loopback and an emulated device, for the demo and the tests in QEMU."""

import json
import os
import re
import select
import socket
import subprocess
import time

FLASH_BYTES = 16 * 1024 * 1024
HOST_SEEN_FROM_DEVICE = "10.0.2.2"
PROMPT = "imprint> "
STATE_LINE = re.compile(r"\[ *(\d+\.\d+)\] (\w+) -> (\w+)$")


def erased_flash(path):
    with open(path, "wb") as flash:
        for _ in range(FLASH_BYTES // 65536):
            flash.write(b"\xff" * 65536)


class Authority:
    """imprint-authority in a folder of its own."""

    def __init__(self, program, folder, hosts):
        self.program = program
        self.folder = folder
        self.server = None
        arguments = [word for host in hosts for word in ("--host", host)]
        self.ca = self.json("init", "--name", "Lab", *arguments)

    def run(self, *command):
        command = [self.program, *command, "--dir", f"{self.folder}/ca"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()}")
        return result.stdout

    def json(self, *command):
        return json.loads(self.run(*command, "--json"))

    def serve(self, port=0):
        port_file = f"{self.folder}/port"
        if os.path.exists(port_file):
            os.unlink(port_file)
        self.log = f"{self.folder}/authority.log"
        self.server = subprocess.Popen(
            [self.program, "serve", "--dir", f"{self.folder}/ca", "--listen", f"127.0.0.1:{port}",
             "--port-file", port_file, "--log", self.log],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not (os.path.exists(port_file) and open(port_file).read().strip()):
            if self.server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the authority did not start; see {self.log}")
            time.sleep(0.01)
        self.port = int(open(port_file).read())

    def stop(self):
        if self.server:
            self.server.terminate()
            self.server.wait()
            self.server = None

    def token(self, *options):
        return self.json("token", "create", "--label", "lab", *options)

    def log_text(self):
        return open(self.log, errors="replace").read()


class Device:
    """An sf2-som in QEMU: its flash file and unit files stay, the machine comes and goes."""

    def __init__(self, image, prefix, serial=None, on_line=None):
        self.image = image
        self.prefix = prefix
        self.flash = f"{prefix}.flash"
        self.qemu = None
        self.console = None
        self.on_line = on_line or (lambda line: None)
        self.transcript = []
        erased_flash(self.flash)
        with open(os.open(f"{prefix}.key", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as key:
            key.write(os.urandom(32))
        if serial:
            with open(f"{prefix}.serial", "w") as file:
                file.write(serial + "\n")

    def boot(self, *options):
        path = f"{self.prefix}.console"
        if os.path.exists(path):
            os.unlink(path)
        self.received = b""
        self.booted = time.monotonic()
        self.qemu = subprocess.Popen(
            ["qemu-system-arm", "-M", "emcraft-sf2", "-display", "none", "-monitor", "none",
             "-kernel", self.image, "-drive", f"if=mtd,format=raw,file={self.flash}",
             "-nic", "user,model=msf2-emac", "-serial", f"unix:{path},server=on,wait=on",
             "-semihosting-config", f"enable=on,target=native,arg=imprint,arg={self.prefix}",
             *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.console = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.console.connect(path)
                return
            except OSError:
                if self.qemu.poll() is not None:
                    raise RuntimeError(self.qemu.stderr.read().decode()) from None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def power_cut(self):
        """SIGKILL: nothing is flushed by the machine; what the flash file holds is what is left."""
        if self.qemu:
            self.qemu.kill()
            self.qemu.wait()
            self.qemu.stderr.close()
            self.console.close()
            self.qemu = None

    def send(self, line):
        self.console.sendall(line.encode() + b"\r")

    def next_line(self, deadline):
        """One line that is not an echo; the prompt and what stands behind it are taken off."""
        while b"\r\n" not in self.received:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.console], [], [], left)[0]:
                raise TimeoutError("the console is silent; its last lines were:\n  "
                                   + "\n  ".join(self.transcript[-12:]))
            piece = self.console.recv(65536)
            if not piece:
                raise EOFError("QEMU has ended: " + self.qemu.stderr.read().decode())
            self.received += piece
        line, self.received = self.received.split(b"\r\n", 1)
        text = line.decode(errors="replace").split("\x1b[K")[-1].rstrip("\r")
        self.transcript.append(text)
        return text

    def wait_for(self, pattern, limit_s=20):
        """The match of the first line that `pattern` is found in."""
        deadline = time.monotonic() + limit_s
        while True:
            line = self.next_line(deadline)
            if not line.startswith(PROMPT):
                self.on_line(line)
            if found := re.search(pattern, line):
                return found

    def wait_for_state(self, *states, limit_s=30):
        """(state, seconds since reset) when the device enters one of `states`."""
        found = self.wait_for(rf"\[ *(\d+\.\d+)\] \w+ -> ({'|'.join(states)})$", limit_s)
        return found[2], float(found[1])

    def command(self, line, limit_s=10):
        """Type one command; its answer's lines, up to its last, `ok` or an error."""
        self.send(line)
        lines = []
        deadline = time.monotonic() + limit_s
        while True:
            text = self.next_line(deadline)
            if text.startswith((PROMPT, "[")):
                continue
            lines.append(text)
            if text == "ok" or text.startswith("error "):
                return lines

    def set(self, key, value):
        answer = self.command(f"config {key} {value}")[-1]
        if answer != "ok":
            raise RuntimeError(f"config {key}: {answer}")

    def status(self, limit_s=10):
        """What `status` prints, as a dict."""
        self.send("status")
        values = {}
        deadline = time.monotonic() + limit_s
        while "net connections" not in values:
            key, separator, value = self.next_line(deadline).partition(": ")
            if separator:
                values[key] = value
        return values
