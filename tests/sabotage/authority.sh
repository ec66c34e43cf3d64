#!/bin/bash
# SPDX-License-Identifier: MIT
# authority.sh -- one test of tests/authority, with what it stands on: an authority, a server, and
# the first unit
#
#   tests/sabotage/authority.sh path/to/imprint-authority test_name
BINARY=$(realpath "${1:?which imprint-authority?}")
TEST=${2:?which test?}
HERE=$(dirname "$0")/../authority
# shellcheck source=tests/authority/lib.sh
. "$HERE/lib.sh"
for cases in "$HERE"/cases/*.sh; do
    # shellcheck source=/dev/null
    . "$cases"
done

run_test init_prints_the_fingerprint_of_its_root
start_server main
# shellcheck disable=SC2034
MAIN_SERVER=$SERVER
run_test a_bearer_token_enrolls
run_test "$TEST"
finish
# The logs were for whoever looks for a fault; here it is known.
rm -rf "$WORK"
