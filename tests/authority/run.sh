#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh -- the authority, asked by curl and openssl: what it issues, refuses and spends
#
#   tests/authority/run.sh path/to/imprint-authority
BINARY=$(realpath "${1:?which imprint-authority?}")
HERE=$(dirname "$0")
# shellcheck source=tests/authority/lib.sh
. "$HERE/lib.sh"

run_tests_of "$HERE/cases/0_init.sh"
start_server main
MAIN_SERVER=$SERVER
start_slow_clients
for cases in "$HERE"/cases/[1-9]_*.sh; do
    run_tests_of "$cases"
done
finish
