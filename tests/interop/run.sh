#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh -- clients that we did not write against our authority, and our device against a server
# that we did not write
#
#   bash tests/interop/run.sh [ROOT]      `make interop`, which builds and installs first
#
# Each file in cases/ is about one other program; each function in it is a test. A program that is
# not there skips its tests and says so. IMPRINT_HOST_BUILD names the build whose programs are used
# (ROOT/build/host-asan). Not executable, so that `make test` does without these programs.
ROOT=$(cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}" && pwd) || exit 1
BUILD=${IMPRINT_HOST_BUILD:-$ROOT/build/host-asan}
BINARY=$BUILD/host-sim/authority/imprint-authority
SIM=$BUILD/host-sim/device/imprint-sim
HERE=$ROOT/tests/interop
for program in "$BINARY" "$SIM"; do
    [ -x "$program" ] || { echo "$program is not built"; exit 1; }
done
# shellcheck source=tests/authority/lib.sh
. "$ROOT/tests/authority/lib.sh"

# needs PROGRAM: is it there? Where it isn't, the test that asks is skipped.
needs()
{
    command -v "$1" >/dev/null && return
    skip "$1 is not installed"
    return 1
}

authority init --name Interop --host localhost --host 127.0.0.1 >"$WORK/init.out" || exit 1
start_server main
for cases in "$HERE"/cases/*.sh; do
    run_tests_of "$cases"
done
finish
