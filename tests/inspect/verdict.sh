#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/inspect/verdict.sh -- imprint-inspect says the same as the device about every case of the
# verdict
#
#   tests/inspect/verdict.sh [ROOT]
#
# unit/test_verdict_ways writes its cases (the other ways in are its own tests), imprint-inspect's
# batch mode judges them. IMPRINT_HOST_BUILD names the build whose programs are run.
set -u
export LC_ALL=C

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
build=${IMPRINT_HOST_BUILD:-$root/build/host-asan}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$root" || exit 1

fail()
{
    echo "$*"
    exit 1
}

"$build/tests/unit/test_verdict_ways" --write "$work" >"$work/cases" || fail "no cases"

# number error host floor now claim -> a case of imprint-inspect's
awk -F '\t' -v work="$work" '{
    printf "{\"kind\":\"chain\",\"id\":%d,\"anchor\":\"%s/%d-anchor.pem\",", $1, work, $1
    printf "\"file\":\"%s/%d-presented.pem\",\"host\":\"%s\",\"floor\":\"%s\"", work, $1, $3, $4
    printf "%s}\n", $5 == "-" ? "" : ",\"time\":\"" $5 "\""
}' "$work/cases" >"$work/batch"
"$build/host-sim/inspect/imprint-inspect" batch "$work/batch" >"$work/said"
[ "$(wc -l <"$work/said")" = "$(wc -l <"$work/cases")" ] || fail "not one line for each case"

# The verdict of each line beside the one that was wanted.
paste "$work/cases" "$work/said" | awk -F '\t' '{
    error = match($7, /"error":"[A-Z0-9_]+"/) ? substr($7, RSTART + 9, RLENGTH - 10) : ""
    wanted = $2 == "OK" ? "\"verdict\":\"accepted\"" : "\"verdict\":\"refused\""
    right = index($7, "\"id\":" $1 ",") && index($7, wanted) && error == $2
    if (right) {
        passed++
        print "ok " NR " " $6
    } else {
        failed++
        print "not ok " NR " " $6
        print "#   wanted " $2 ", said " $7
    }
}
END { printf "%d passed, %d failed\n", passed, failed; exit !(passed > 0 && failed == 0) }'
