#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""json_second_opinion.py -- what imprint-inspect takes for JSON, beside what Python's json takes

    tests/inspect/json_second_opinion.py IMPRINT-INSPECT [COUNT [SEED]]

Generates texts, good ones and altered ones, and gives each as a line to `imprint-inspect batch`, which says JSON_* of a
line that is none. Python's reader is the other opinion; where it is known to be lax, RFC 8259 and the limits of
firmware/proto/json.h are looked at here:

    NaN, Infinity         refused by RFC 8259 6
    lone surrogates       taken by Python, refused by us (RFC 8259 8.2 leaves it open)
    duplicate members     the last one counts in Python, refused by us (RFC 8259 4 leaves it open)
    depth, members        ours are limited (RFC 8259 9)

Ends with "N texts, N taken, N refused, N disagreements".
"""
import json
import random
import subprocess
import sys

DEPTH_MAX = 16
MEMBERS_MAX = 64


class Refused(Exception):
    pass


def check_pairs(pairs):
    names = [name for name, value in pairs]
    if len(set(names)) != len(names):
        raise Refused("duplicate")
    if len(names) > MEMBERS_MAX:
        raise Refused("members")
    return dict(pairs)


def no_constant(name):
    raise Refused(name)


def check_strings(value):
    if isinstance(value, str):
        value.encode()  # A lone surrogate does not encode.
    elif isinstance(value, dict):
        for name, member in value.items():
            check_strings(name)
            check_strings(member)
    elif isinstance(value, list):
        for member in value:
            check_strings(member)


def depth_of(text):
    depth = deepest = 0
    is_string = is_escaped = False
    for c in text:
        if is_string:
            is_string = c != '"' or is_escaped
            is_escaped = c == "\\" and not is_escaped
        elif c == '"':
            is_string = True
        elif c in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif c in "]}":
            depth -= 1
    return deepest


def second_opinion(line):
    try:
        text = line.decode("utf-8")
        value = json.loads(text, object_pairs_hook=check_pairs, parse_constant=no_constant, parse_int=float)
        check_strings(value)
        return depth_of(text) <= DEPTH_MAX
    except (ValueError, Refused, RecursionError, UnicodeError):
        return False


STRINGS = ['""', '"a"', '"b"', '"\\u0061"', '"\\ud83d\\ude00"', '"\\n\\/"', '"\u00e9\u20ac\U0001f600"', '"\\u0000"', '"\x7f"']
SCALARS = STRINGS + ["0", "-0", "1.5", "-2e10", "3E-7", "0.0e+0", "123456789", "true", "false", "null"]
SPACES = ["", "", "", " ", "\t", "\r"]


def generate(source, depth):
    kind = source.randrange(10)
    space = source.choice(SPACES)
    if depth > 18 or kind < 5:
        return space + source.choice(SCALARS) + space
    if kind == 5:
        return "[" * depth + generate(source, depth + 4) + "]" * depth
    count = 70 if source.randrange(400) == 0 else source.randrange(4)
    if kind < 8:
        return space + "[" + ",".join(generate(source, depth + 1) for _ in range(count)) + space + "]"
    names = source.sample(STRINGS, min(count, len(STRINGS)))
    if count == 70 or source.randrange(4):
        names = [f'"{i}"' for i in range(count)]
    return space + "{" + ",".join(name + space + ":" + generate(source, depth + 1) for name in names) + "}"


PIECES = [b",", b":", b'"', b"{", b"}", b"[", b"]", b"\\", b"0", b"-", b".", b"e", b"+", b" ", b"\0", b"\x1f", b"\xff", b"\xc3",
          b"\xed\xa0\x80", b"\xc0\x80", b"\xef\xbb\xbf", b"\\ud800", b"\\udc00", b"\\u12", b"NaN", b"Infinity", b"nul", b"/*x*/",
          b"\x0b", b"\xf4\x90\x80\x80", b"'"]


def alter(source, line):
    for _ in range(source.choice([0, 0, 1, 1, 1, 2])):
        at = source.randrange(len(line) + 1)
        kind = source.randrange(3)
        if kind == 0:
            line = line[:at] + source.choice(PIECES) + line[at:]
        elif kind == 1:
            line = line[:at] + line[at + 1:]
        else:
            line = line[:at] + bytes([source.randrange(256)]) + line[at + 1:]
    return line


def is_line(line):
    return line.strip(b" \t\r") != b"" and b"\n" not in line


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    source = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    lines = []
    while len(lines) < count:
        line = alter(source, generate(source, 1).encode())
        if is_line(line):
            lines.append(line)
    said = subprocess.run([sys.argv[1], "batch", "-"], input=b"\n".join(lines) + b"\n", capture_output=True).stdout.splitlines()
    assert len(said) == len(lines), f"{len(said)} answers to {len(lines)} lines"
    taken = disagreements = 0
    for line, answer in zip(lines, said):
        is_taken = not json.loads(answer)["problem"].startswith("JSON_")
        taken += is_taken
        if is_taken != second_opinion(line):
            disagreements += 1
            print("taken" if is_taken else "refused", repr(line))
    print(f"{len(lines)} texts, {taken} taken, {len(lines) - taken} refused, {disagreements} disagreements")
    return disagreements > 0 or taken == 0 or taken == len(lines)


if __name__ == "__main__":
    sys.exit(main())
