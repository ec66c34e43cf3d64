#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/qemu/demo.sh -- what `make demo` shows: a blank device enrolls in QEMU, loses its power, and still knows who it is
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
host=${IMPRINT_HOST_BUILD:-$root/build/host}
board=${IMPRINT_BOARD_BUILD:-$root/build/sf2-som-all-dev}
exec python3 "$root/tests/qemu/demo.py" "$host/host-sim/authority/imprint-authority" "$board/imprint.elf" "$root/build/demo"
