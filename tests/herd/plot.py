#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""plot.py HERD-PROGRAM >docs/herd.svg -- tries per second of 10,000 devices, as docs/herd.md shows them."""

import subprocess
import sys

SCENARIOS = (
    ("down-60s", "The authority is down for 60 s", ((0, 60),)),
    ("asks-120s", "It answers 503 with Retry-After: 120 for 10 minutes", ((0, 600),)),
    ("restarts", "Down for 20 minutes; the power fails at 10, 90 and 300 s", ((0, 1200),)),
)
DEVICES = 10000
LIMIT = 5  # Per cent.
TOP = 6
SECONDS = 900
WIDTH, HEIGHT, LEFT, RIGHT, ABOVE, BELOW = 860, 190, 60, 20, 34, 34


def series(program, name):
    result = subprocess.run([program, "series", name], capture_output=True, text=True, check=True)
    return [int(line) * 100 / DEVICES for line in result.stdout.split()][:SECONDS]


def text(x, y, words, size=12, anchor="start", color="#333"):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{color}">{words}</text>'


def panel(values, title, down, top):
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - ABOVE - BELOW

    def x(second):
        return LEFT + wide * second / SECONDS

    def y(percent):
        return top + ABOVE + high * (1 - percent / TOP)

    parts = [text(LEFT, top + ABOVE - 12, title, 13)]
    for begin, end in down:
        end = min(end, SECONDS)
        parts.append(f'<rect x="{x(begin):.1f}" y="{y(TOP):.1f}" width="{x(end) - x(begin):.1f}" height="{high}" fill="#f1f1f1"/>')
    for percent in range(0, TOP + 1, 2):
        parts.append(f'<path d="M{LEFT} {y(percent):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(text(LEFT - 6, y(percent) + 4, f"{percent} %", 11, "end"))
    for second in range(0, SECONDS + 1, 100):
        parts.append(f'<path d="M{x(second):.1f} {y(0):.1f}v4" stroke="#333"/>')
        parts.append(text(x(second), y(0) + 17, f"{second} s", 11, "middle"))
    points = "".join(f"L{x(second):.1f} {y(value):.1f}" for second, value in enumerate(values))
    parts.append(f'<path d="M{x(0):.1f} {y(0):.1f}{points}" fill="none" stroke="#1f5fa8" stroke-width="1.1"/>')
    parts.append(f'<path d="M{LEFT} {y(LIMIT):.1f}H{WIDTH - RIGHT}" stroke="#c0392b" stroke-dasharray="6 3"/>')
    parts.append(text(WIDTH - RIGHT - 4, y(LIMIT) - 4, "limit: 5 % of the devices a second", 11, "end", "#c0392b"))
    return "\n".join(parts)


def main():
    panels = [panel(series(sys.argv[1], name), title, down, HEIGHT * i)
              for i, (name, title, down) in enumerate(SCENARIOS)]
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT * len(SCENARIOS)}" '
          f'width="{WIDTH}" height="{HEIGHT * len(SCENARIOS)}" font-family="sans-serif">')
    print("<title>Tries a second of 10,000 devices that restart together, first tries left out</title>")
    print('<rect width="100%" height="100%" fill="white"/>')
    print("\n".join(panels))
    print("</svg>")


if __name__ == "__main__":
    main()
