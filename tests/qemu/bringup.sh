#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/qemu/bringup.sh -- the HAL of sf2-som in QEMU, without imprint: console, clock, flash,
# Ethernet, unit files, faults
set -eu

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
build=${IMPRINT_BOARD_BUILD:-$root/build/sf2-som-all-dev}

cmake --build "$build" --target bringup >/dev/null
exec python3 "$root/tests/qemu/bringup/run.py" "$build/tests/qemu/bringup/bringup.elf"
