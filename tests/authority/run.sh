#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh -- the authority, asked by curl and openssl: what it issues, refuses and spends
#
#   tests/authority/run.sh path/to/imprint-authority
#
# Each function in cases/*.sh is a test, run in the order in which it stands there; those that begin
# with an underscore are for the tests to call.
BINARY=$(realpath "${1:?which imprint-authority?}")
HERE=$(dirname "$0")
# shellcheck source=tests/authority/lib.sh
. "$HERE/lib.sh"

run_tests_of()
{
    local name
    # shellcheck source=/dev/null
    . "$1"
    for name in $(sed -n 's/^\([a-z][a-z0-9_]*\)()$/\1/p' "$1"); do
        run_test "$name"
    done
}

run_tests_of "$HERE/cases/0_init.sh"
start_server main
MAIN_SERVER=$SERVER
start_slow_clients
for cases in "$HERE"/cases/[1-9]_*.sh; do
    run_tests_of "$cases"
done
finish
