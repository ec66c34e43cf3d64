#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/qemu/enroll.sh -- whole enrollments of the sf2-som image in QEMU, with kills in between
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
host=${IMPRINT_HOST_BUILD:-$root/build/host-asan}
board=${IMPRINT_BOARD_BUILD:-$root/build/sf2-som-all-dev}
exec python3 "$root/tests/qemu/enroll.py" "$host" "$board/imprint.elf" "$root/build/test-logs/qemu"
