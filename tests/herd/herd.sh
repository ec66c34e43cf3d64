#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/herd/herd.sh -- 10,000 devices restart together, with the firmware's own backoff
#
#   tests/herd/herd.sh           every scenario of herd.c with three seeds
#   tests/herd/herd.sh plot      draw docs/herd.svg
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${CC:-cc}" -std=c11 -O2 -Wall -Wextra -I"$root" "$here/herd.c" "$root/firmware/core/backoff.c" -o "$work/herd"
if [ "${1:-}" = plot ]; then
    "$here/plot.py" "$work/herd" >"$root/docs/herd.svg"
    exit
fi
for seed in 1 2 3; do
    printf 'seed %s\n' "$seed"
    "$work/herd" "$seed" || true
done | tee "$work/out" | grep -v '^[0-9]* passed, '
awk '/^[0-9]+ passed, / { passed += $1; failed += $3; seeds++ }
    END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || seeds != 3 }' "$work/out"
