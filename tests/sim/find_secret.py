#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""find_secret.py HEX PATH... -- where do these secret bytes stand?

Looks through files, and folders to their bottom, for the bytes as they are, in reverse order, as
hex and as base64 at each of the three alignments, each of these in a piece of 12 bytes or more.
Prints the files that hold them. Exits 1 when there are any, 2 when there was nothing to read.
"""
import base64
import os
import sys

PIECE_BYTES = 12  # What a chance match needs is 2^96 tries; a part of a key is a leak, too.


def forms(secret):
    """Every text or byte string that gives the secret, or a good piece of it, away."""
    found = set()
    for order in (secret, secret[::-1]):
        for start in range(0, len(order) - PIECE_BYTES + 1, 4):
            piece = order[start:start + PIECE_BYTES]
            found.add(piece)
            found.add(piece.hex().encode())
            found.add(piece.hex().upper().encode())
            for skipped in range(3):
                text = base64.b64encode(bytes(skipped) + piece)
                # The characters that only bits of the piece decide.
                inner = text[(skipped * 8 + 5) // 6:((skipped + PIECE_BYTES) * 8) // 6]
                found.add(inner)
                found.add(inner.replace(b"+", b"-").replace(b"/", b"_"))
    return found


def files(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, _, names in os.walk(path):
            for name in names:
                yield os.path.join(folder, name)


def main():
    wanted = forms(bytes.fromhex(sys.argv[1]))
    looked_at = 0
    holders = []
    for path in files(sys.argv[2:]):
        with open(path, "rb") as file:
            content = file.read()
        looked_at += 1
        if any(form in content for form in wanted):
            holders.append(path)
    print("\n".join(holders + [f"{looked_at} files, {len(holders)} hold it"]))
    if looked_at == 0:
        return 2
    return 1 if holders else 0


if __name__ == "__main__":
    sys.exit(main())
