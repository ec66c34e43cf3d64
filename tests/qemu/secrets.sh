#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/qemu/secrets.sh -- RAM dumps of the sf2-som image between its operations, searched for what must not be there
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
host=${IMPRINT_HOST_BUILD:-$root/build/host-asan}
board=${IMPRINT_BOARD_BUILD:-$root/build/sf2-som-all-dev}
exec python3 "$root/tests/qemu/secrets.py" "$host" "$board/imprint.elf" "$root/build/test-logs/secrets"
