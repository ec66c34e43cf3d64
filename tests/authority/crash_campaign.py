#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Kill the authority with SIGKILL while it issues, again and again, and count.

    tests/authority/crash_campaign.py path/to/imprint-authority KILLS [SEED]

Three kinds of kill: at each write and fsync of one enrollment (before it, and with half of it done),
at a random write or fsync while sixteen units enroll at the same time, and at a random moment of that.
After each one, before and after a restart:

    certificates = uses <= the token's limit, whatever was cut
    a unit that had its certificate gets the same bytes again
    no certificate was handed out that is not in the database; serial numbers are unique

Then a renewal and the steps of `ca rollover`, each cut at each of its writes and repeated. Fewer than
500 KILLS are a sample: of the sweeps every third call then. Prints "ok" lines.
"""

import base64
import http.client
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time

UNITS = 16
LIMIT = 12
ROUNDS_A_FOLDER = 20
SAMPLE_BELOW = 500
SAMPLE_STRIDE = 3
TESTS = 5
START_LIMIT_S = 20
ENROLL = "/.well-known/est/simpleenroll"
RENEW = "/.well-known/est/simplereenroll"


class Finding(Exception):
    """What does not hold."""


def expect(what, got, wanted):
    if got != wanted:
        raise Finding(f"{what}: got {got}, expected {wanted}")


class Authority:
    """One directory, and the server that runs on it."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder
        self.shim = os.path.join(os.path.dirname(binary), "libauthority-kill-at.so")
        self.server = None
        self.port = 0

    def environment(self, at, how):
        if at is None:
            return None
        # The shim has to come before the sanitizer's own library, if there is one.
        return {**os.environ, "LD_PRELOAD": self.shim, "KILL_AT": str(at), "KILL_HOW": how,
                "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}

    def run(self, *words, at=None, how="before"):
        return subprocess.run([self.binary, *words, "--dir", self.folder], text=True,
                              env=self.environment(at, how), capture_output=True, check=False)

    def token(self, limit):
        told = json.loads(self.run("token", "create", "--label", "crash", "--max-uses", str(limit),
                                   "--json").stdout)
        return told["id"], told["token"]

    def start(self, at=None, how="before"):
        """False when it dies before it listens."""
        port_file = self.folder + ".port"
        if os.path.exists(port_file):
            os.unlink(port_file)
        with open(self.folder + ".out", "ab") as out:
            self.server = subprocess.Popen(
                [self.binary, "serve", "--dir", self.folder, "--listen", "127.0.0.1:0",
                 "--port-file", port_file, "--log", self.folder + ".log"],
                env=self.environment(at, how), stdout=out, stderr=out)
        limit = time.monotonic() + START_LIMIT_S
        while not os.path.exists(port_file):
            if self.server.poll() is not None:
                if at is None:
                    with open(self.folder + ".out", encoding="utf-8") as file:
                        raise Finding(f"the server does not start again: {file.read()[-300:]}")
                return False
            if time.monotonic() > limit:
                raise Finding("the server takes too long to start")
            time.sleep(0.002)
        with open(port_file, encoding="ascii") as file:
            self.port = int(file.read())
        return True

    def kill(self, number=signal.SIGKILL):
        if self.server.poll() is None:
            self.server.send_signal(number)
        return self.server.wait(timeout=30)

    def facts(self, token_id):
        """(uses, certificates that spent one, {der}) as the database has it."""
        database = sqlite3.connect(f"{self.folder}/authority.db", timeout=10)
        try:
            uses = database.execute("SELECT uses FROM token WHERE id = ?", (token_id,)).fetchone()
            rows = database.execute("SELECT serial, der FROM certificate WHERE token_id = ?",
                                    (token_id,)).fetchall()
            check = database.execute("PRAGMA integrity_check").fetchone()
        finally:
            database.close()
        expect("the database", check[0], "ok")
        expect("different serial numbers", len({row[0] for row in rows}), len(rows))
        return uses[0], len(rows), {row[1] for row in rows}


def make_template(binary, folder):
    made = subprocess.run([binary, "init", "--dir", folder, "--name", "Lab", "--host", "localhost"],
                          capture_output=True, check=False)
    if made.returncode != 0:
        sys.exit(made.stderr.decode())


def make_csr(name, key="/dev/null"):
    der = subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
                          "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-subj",
                          f"/CN={name}", "-outform", "DER"], capture_output=True, check=True)
    return base64.b64encode(der.stdout)


def enroll(port, trust, token, csr, path=ENROLL):
    """(status, body), or None when the connection or the server ended first."""
    connection = http.client.HTTPSConnection("localhost", port, context=trust, timeout=20)
    try:
        connection.request("POST", path, body=csr,
                           headers={"Authorization": f"Bearer {token}",
                                    "Content-Type": "application/pkcs10", "Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def enroll_all(port, trust, token, csrs):
    answers = [None] * len(csrs)

    def one(index):
        answers[index] = enroll(port, trust, token, csrs[index])

    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(csrs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def certificates_of(answers):
    return [base64.b64decode(answer[1]) if answer is not None and answer[0] == 200 else None
            for answer in answers]


def check_known(bodies, ders):
    for body in bodies:
        if body is not None and not any(der in body for der in ders):
            raise Finding("a certificate was handed out that is not in the database")


class Campaign:
    def __init__(self, binary, work, kills, seed):
        self.stride = SAMPLE_STRIDE if kills < SAMPLE_BELOW else 1
        self.binary = binary
        self.work = work
        self.random = random.Random(seed)
        self.template = f"{work}/template"
        make_template(binary, self.template)
        self.trust = ssl.create_default_context(cafile=f"{self.template}/root-ca.pem")
        self.csrs = []
        self.authority = None
        self.rounds_left = 0
        self.kills = 0
        self.early = 0
        self.cut = 0

    def fresh(self):
        if self.authority is not None:
            shutil.rmtree(self.authority.folder)
        folder = f"{self.work}/ca"
        shutil.copytree(self.template, folder)
        self.authority = Authority(self.binary, folder)
        self.rounds_left = ROUNDS_A_FOLDER

    def csrs_of_round(self, count):
        first = (ROUNDS_A_FOLDER - self.rounds_left) * UNITS
        while len(self.csrs) < first + count:
            self.csrs.append(make_csr(f"unit-{len(self.csrs)}"))
        return self.csrs[first:first + count]

    def round(self, units, limit, at=None, how="before", moment=None):
        """One kill with all its checks. False when the process outlived it."""
        if self.rounds_left == 0:
            self.fresh()
        authority, csrs = self.authority, self.csrs_of_round(units)
        self.rounds_left -= 1
        token_id, token = authority.token(limit)
        answers = [None] * units
        if authority.start(at, how):
            killer = None
            if moment is not None:
                killer = threading.Timer(moment, authority.kill)
                killer.start()
            answers = enroll_all(authority.port, self.trust, token, csrs)
            if killer is not None:
                killer.join()
        died = self.ends_soon(None in answers)
        killed = authority.kill() == -signal.SIGKILL
        expect("end by SIGKILL", killed, True)
        early = certificates_of(answers)
        got = sum(body is not None for body in early)

        if self.random.random() < 0.5:  # Else the server is the first to open the database.
            uses, count, ders = authority.facts(token_id)
            expect("certificates after the kill", count, uses)
            if got > uses:
                raise Finding(f"{got} certificates handed out, {uses} uses")
            check_known(early, ders)
        authority.start()
        again = certificates_of(enroll_all(authority.port, self.trust, token, csrs))
        expect("exit code", authority.kill(signal.SIGTERM), 0)
        uses, count, ders = authority.facts(token_id)
        expect("uses", uses, limit)
        expect("certificates", count, limit)
        expect("units with one", sum(body is not None for body in again), limit)
        for before, after in zip(early, again):
            if before is not None:
                expect("the same certificate", after == before, True)
        check_known(early + again, ders)
        self.kills += 1
        self.early += got
        self.cut += 0 < got < limit
        return died

    def ends_soon(self, unanswered):
        """A process that is killed closes its sockets before its end can be seen."""
        try:
            self.authority.server.wait(timeout=2 if unanswered else 0.03)
        except subprocess.TimeoutExpired:
            return False
        return True

    # ---- The claims. ----

    def every_write_and_fsync_of_an_enrollment(self):
        began = self.kills
        for how in ("before", "torn"):
            at = 1
            while self.round(1, 1, at, how):
                at += self.stride
        print(f"# {at - 1} calls, one in {self.stride} before and torn: {self.kills - began} kills")
        expect("enough calls seen", at > 20, True)

    def enrolled_unit(self):
        """A unit in a fresh folder; the context that shows its certificate, and its name."""
        self.fresh()
        name, key, chain = "renewing", f"{self.work}/unit.key", f"{self.work}/unit.pem"
        csr = make_csr(name, key)
        _, token = self.authority.token(1)
        self.authority.start()
        status, body = enroll(self.authority.port, self.trust, token, csr)
        self.authority.kill(signal.SIGTERM)
        expect("enrolling", status, 200)
        subprocess.run(["openssl", "pkcs7", "-inform", "DER", "-print_certs", "-out", chain],
                       input=base64.b64decode(body), check=True)
        context = ssl.create_default_context(cafile=f"{self.template}/root-ca.pem")
        context.load_cert_chain(chain, key)
        return context, name

    def every_write_and_fsync_of_a_renewal(self):
        """Each cut is followed by the same request: one renewal of that key, the same bytes."""
        context, name = self.enrolled_unit()
        at, kills = 1, 0
        for how in ("before", "torn"):
            at = 1
            while self.renewal(context, make_csr(name), at, how):
                at += self.stride
                kills += 1
        print(f"# {at - 1} calls, one in {self.stride} before and torn: {kills} kills")
        expect("enough calls seen", at > 20, True)
        self.rounds_left = 0

    def renewal(self, context, csr, at, how):
        authority, early = self.authority, None
        before = self.certificate_count()
        if authority.start(at, how):
            early = enroll(authority.port, context, "", csr, RENEW)
        died = self.ends_soon(early is None)
        authority.kill()
        authority.start()
        again = enroll(authority.port, context, "", csr, RENEW)
        authority.kill(signal.SIGTERM)
        expect("the renewal asked again", again is not None and again[0], 200)
        if early is not None and early[0] == 200:
            expect("the same certificate", again[1] == early[1], True)
        expect("certificates", self.certificate_count(), before + 1)
        return died

    def certificate_count(self):
        database = sqlite3.connect(f"{self.authority.folder}/authority.db", timeout=10)
        try:
            return database.execute("SELECT count(*) FROM certificate").fetchone()[0]
        finally:
            database.close()

    def random_writes_under_load(self, count):
        for _ in range(count):
            self.round(UNITS, LIMIT, self.random.randint(5, 160),
                       self.random.choice(("before", "torn", "after")))

    def random_moments_under_load(self, count):
        for _ in range(count):
            self.round(UNITS, LIMIT, moment=self.random.random() ** 2 * 0.12)
        expect("kills in the middle", self.cut > 0, True)

    def every_write_of_the_roll_over(self):
        kills = 0
        for step in ("begin", "switch", "finish"):
            for how in ("before", "after"):
                kills += self.sweep_step(step, how)
        print(f"# one call in {self.stride}: {kills} kills")
        expect("enough calls seen", kills > 30, True)

    def sweep_step(self, step, how):
        """Cut one step at each of its writes, in a folder of its own each time."""
        before = {"begin": (), "switch": ("begin",), "finish": ("begin", "switch")}[step]
        at, kills = 1, 0
        while True:
            self.fresh()
            authority = self.authority
            for done in before:
                expect(done, authority.run("ca", "rollover", done).returncode, 0)
            killed = authority.run("ca", "rollover", step, at=at, how=how)
            authority.start()
            status, _ = authority.run("ca", "status"), authority.kill(signal.SIGTERM)
            expect(f"status after {step} was cut at call {at}", status.returncode, 0)
            again = authority.run("ca", "rollover", step)
            expect(f"{step} again: {again.stderr}", again.returncode, 0)
            left = [name for name in os.listdir(authority.folder) if re.search("unfinished", name)]
            if step == "finish":
                expect("old keys", [n for n in os.listdir(authority.folder) if n.endswith(".key")],
                       [])
            if killed.returncode != -signal.SIGKILL:
                expect("leftovers of a whole step", left, [])
                self.rounds_left = 0
                return kills
            at += self.stride
            kills += 1


def test(number, name, function, *arguments):
    try:
        function(*arguments)
    except Finding as finding:
        print(f"# {finding}")
        print(f"not ok {number} {name}", flush=True)
        return False
    print(f"ok {number} {name}", flush=True)
    return True


def main():
    binary, kills = os.path.realpath(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with tempfile.TemporaryDirectory() as work:
        campaign = Campaign(binary, work, kills, seed)
        passed = test(1, "at every write and fsync of an enrollment nothing is lost or doubled",
                      campaign.every_write_and_fsync_of_an_enrollment)
        left = max(kills - campaign.kills, 20)
        passed += test(2, "nor at random ones of sixteen enrollments at the same time",
                       campaign.random_writes_under_load, left // 2)
        passed += test(3, "nor at random moments", campaign.random_moments_under_load,
                       left - left // 2)
        print(f"# seed {seed}: {campaign.kills} kills while it issued; {campaign.early} answers were "
              f"out before them, {campaign.cut} kills came between two answers")
        passed += test(4, "a renewal that is cut at any write is one renewal when it is asked again",
                       campaign.every_write_and_fsync_of_a_renewal)
        passed += test(5, "a roll-over that is cut anywhere leaves a usable authority",
                       campaign.every_write_of_the_roll_over)
    print(f"{passed} passed, {TESTS - passed} failed")
    sys.exit(0 if passed == TESTS else 1)


main()
