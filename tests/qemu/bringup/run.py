#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py IMAGE -- boots the bring-up image in QEMU and judges what it says.

Each check is a line `ok - name` or `not ok - name`; the last line counts them."""

import os
import pty
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tty

FLASH_BYTES = 16 * 1024 * 1024
LIMIT_S = 30
counts = {"ok": 0, "not ok": 0}
running = []


def check(name, passed, seen=""):
    verdict = "ok" if passed else "not ok"
    counts[verdict] += 1
    print(f"{verdict} - {name}" + (f" ({seen})" if seen and not passed else ""), flush=True)


class Machine:
    """One emulated board. Its console is a socket, a pty, or QEMU's own stdin and stdout."""

    def __init__(self, folder, console="socket", unit="unit", options=()):
        self.received = b""
        arguments = ["qemu-system-arm", "-M", "emcraft-sf2", "-display", "none",
                     "-kernel", sys.argv[1],
                     "-drive", f"if=mtd,format=raw,file={folder}/flash.img",
                     "-nic", "user,model=msf2-emac,id=net0", *options]
        semihosting = "enable=on,target=native,arg=imprint"
        arguments += ["-semihosting-config",
                      semihosting + (f",arg={folder}/{unit}" if unit else "")]
        monitor_path = f"{folder}/monitor"
        arguments += ["-monitor", f"unix:{monitor_path},server=on,wait=off"]
        start = getattr(self, "start_on_" + console)
        start(arguments, folder)
        running.append(self)
        self.monitor = connect(monitor_path)
        self.wait_for("# ready: sf2-som")

    def start_on_socket(self, arguments, folder):
        path = f"{folder}/console"
        if os.path.exists(path):
            os.unlink(path)
        # It waits for us, so that nothing is said before we listen.
        self.qemu = subprocess.Popen(arguments + ["-serial", f"unix:{path},server=on,wait=on"],
                                     stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        connection = connect(path)
        self.read_fd = self.write_fd = connection.detach()

    def start_on_pty(self, arguments, folder):
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        self.qemu = subprocess.Popen(arguments + ["-serial", os.ttyname(theirs)],
                                     stdin=subprocess.DEVNULL)
        self.read_fd = self.write_fd = ours

    def start_on_stdio(self, arguments, folder):
        self.qemu = subprocess.Popen(arguments + ["-serial", "stdio"], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)
        self.read_fd = self.qemu.stdout.fileno()
        self.write_fd = self.qemu.stdin.fileno()

    def send(self, line):
        rest = line.encode() + b"\n"
        while rest:
            rest = rest[os.write(self.write_fd, rest):]

    def wait_for(self, text):
        """Everything up to the first line that starts with `text`, as lines."""
        deadline = time.monotonic() + LIMIT_S
        pattern = re.compile(rb"^" + re.escape(text.encode()) + rb".*\n", re.M)
        while not (match := pattern.search(self.received)):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.read_fd], [], [], left)[0]:
                raise TimeoutError(f"no '{text}' in {self.received[-300:]!r}")
            piece = os.read(self.read_fd, 65536)
            if not piece:
                raise EOFError(f"QEMU has ended before '{text}'")
            self.received += piece
        lines = self.received[:match.end()].decode(errors="replace").splitlines()
        self.received = self.received[match.end():]
        return lines

    def run(self, command):
        """What the image says about `command`; its own verdicts are counted here."""
        self.send(command)
        lines = self.wait_for("# done:")
        for line in lines:
            if match := re.match(r"(ok|not ok) - (.*)", line):
                check(match[2], match[1] == "ok")
        return lines

    def value(self, command, head):
        lines = self.run(command)
        return next((line[len(head):] for line in lines if line.startswith(head)), None)

    def monitor_command(self, command):
        self.monitor.sendall(command.encode() + b"\n")
        time.sleep(0.1)

    def kill(self):
        """The power cut."""
        self.qemu.kill()
        self.qemu.wait()
        running.remove(self)


def check_clock(machine):
    """The board's second is the host's: it may lag where the host is busy, never lead."""
    began = time.monotonic()
    board_ms = int(machine.value("clock", "# ms by the clock: "))
    host_ms = (time.monotonic() - began) * 1000
    check("the clock keeps the host's time", board_ms * 0.97 - 5 <= host_ms <= board_ms * 1.2 + 300,
          f"{board_ms} ms by the board, {host_ms:.0f} by the host")


def connect(path):
    deadline = time.monotonic() + LIMIT_S
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
            return connection
        except OSError:
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def erase_flash(folder):
    write(f"{folder}/flash.img", b"\xff" * FLASH_BYTES)


def provision(folder, unit="unit"):
    write(f"{folder}/{unit}.key", os.urandom(32))
    write(f"{folder}/{unit}.serial", b"SN-0042\n")


def check_console(machine, kind):
    """Lines that arrive all at once while the image looks at nothing for 200 ms."""
    for length in (200, 2000):
        text = "".join(chr(ord("a") + i % 26) for i in range(length))
        machine.send("deaf\necho " + text)
        machine.wait_for("# done:")
        lines = machine.wait_for("# done:")
        check(f"console_on_{kind}_keeps_{length}_characters", f"# echo: {text}" in lines)


def check_dead_reader(machine):
    """Nobody reads the console for three seconds; then somebody does again."""
    machine.send("flood")
    time.sleep(3)
    while select.select([machine.read_fd], [], [], 0.5)[0]:
        os.read(machine.read_fd, 65536)
    machine.send("echo again")
    machine.wait_for("# done:")
    machine.run("flood-time")


def first_life(folder):
    machine = Machine(folder)
    for command in ("flash-write", "flash-and", "flash-range", "network", "image", "stack"):
        machine.run(command)
    check_clock(machine)
    check_console(machine, "socket")
    check_dead_reader(machine)
    machine.monitor_command("set_link net0 off")
    down = machine.value("link", "# link: ")
    machine.monitor_command("set_link net0 on")
    up = machine.value("link", "# link: ")
    check("network_link_follows_the_cable", (down, up) == ("down", "up"), f"{down}, {up}")
    machine.send("reset")
    machine.wait_for("# ready: sf2-som")
    machine.run("flash-check")
    machine.run("network")
    return machine


def check_second_life(folder):
    machine = Machine(folder, console="pty")
    machine.run("flash-check")
    machine.run("flash-erase")
    check_console(machine, "pty")
    machine.kill()


def check_faults(folder):
    machine = Machine(folder, console="stdio")
    check_console(machine, "stdio")
    machine.send("fault")
    report = "\n".join(machine.wait_for("# ready: sf2-som"))
    check("fault_names_the_address", "bfar=10000000" in report and "pc=" in report, report)
    machine.send("overflow")
    report = "\n".join(machine.wait_for("# ready: sf2-som"))
    check("fault_names_the_stack", "the stack has overflowed" in report, report)
    machine.kill()


def check_entropy(folder):
    seen = set()
    for _ in range(2):
        machine = Machine(folder)
        seen.add(machine.value("entropy", "# entropy: "))
        seen.add(machine.value("entropy", "# entropy: "))
        machine.kill()
    check("entropy_never_repeats", len(seen) == 4, str(seen))

    content = os.urandom(3 * 64 + 16)
    write(f"{folder}/unit.entropy", content)
    machine = Machine(folder)
    first = machine.value("entropy", "# entropy: ")
    second = machine.value("entropy", "# entropy: ")
    check("entropy_file_is_read_in_order",
          first == content[0:32].hex() and second == content[64:96].hex())
    machine.run("entropy")
    machine.send("entropy")
    lines = machine.wait_for("# done:")
    check("entropy_file_at_its_end_fails", "not ok - entropy_is_read_and_differs" in lines)
    machine.kill()
    os.unlink(f"{folder}/unit.entropy")


def unit_answer(folder, **how):
    machine = Machine(folder, **how)
    lines = machine.run("unit")
    machine.kill()
    return {line.partition(": ")[0]: line.partition(": ")[2] for line in lines}


def check_unit(folder):
    io, unsupported = "1", "3"
    answer = unit_answer(folder)
    with open(f"{folder}/unit.key", "rb") as file:
        key = file.read().hex()
    check("unit_key_and_serial_are_the_files",
          answer["# key"] == key and answer["# serial"] == "SN-0042", str(answer["# serial"]))
    answer = unit_answer(folder, unit="absent")
    check("unit_without_files_has_no_key_and_no_serial",
          (answer["# key error"], answer["# serial error"]) == (io, unsupported), str(answer))
    provision(folder, "a unit")
    answer = unit_answer(folder, unit="a unit")
    check("unit_path_may_have_blanks", answer["# serial"] == "SN-0042", str(answer["# serial"]))
    answer = unit_answer(folder, unit=None)
    check("unit_that_nobody_named_is_an_error",
          (answer["# key error"], answer["# serial error"]) == (io, io), str(answer))


def check_counted_instructions(folder):
    machine = Machine(folder, options=("-icount", "shift=0"))
    machine.run("clock")
    machine.run("network")
    machine.kill()


def main():
    folder = tempfile.mkdtemp(prefix="imprint-bringup-")
    try:
        erase_flash(folder)
        provision(folder)
        first_life(folder).kill()
        check_second_life(folder)
        check_faults(folder)
        check_entropy(folder)
        check_unit(folder)
        check_counted_instructions(folder)
    except (TimeoutError, EOFError, OSError) as error:
        check("the image answers", False, str(error))
    finally:
        for machine in running[:]:
            machine.kill()
        shutil.rmtree(folder)
    print(f"{counts['ok']} passed, {counts['not ok']} failed")
    return 1 if counts["not ok"] or not counts["ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
