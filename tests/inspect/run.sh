#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/inspect/run.sh -- imprint-inspect: verdicts, exit codes, and what it must never print
#
#   tests/inspect/run.sh [ROOT [CASES]]     CASES: those of one file in cases/
#
# IMPRINT_HOST_BUILD names the build whose programs are run (ROOT/build/host-asan). Prints "ok N
# name" and "not ok N name" lines and "N passed, N failed".
set -u
export LC_ALL=C

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
build=${IMPRINT_HOST_BUILD:-$root/build/host-asan}
inspect=$build/host-sim/inspect/imprint-inspect
vectors=$root/tests/vectors
work=$(mktemp -d)
number=0
failed=0
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# A report of a sanitizer must not look like a refusal.
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99

if [ ! -x "$inspect" ]; then
    echo "$inspect is not built"
    exit 1
fi

# verdict NAME STATUS: one line; 0 is good. What the program said follows a bad one.
verdict()
{
    number=$((number + 1))
    if [ "$2" = 0 ]; then
        echo "ok $number $1"
    else
        echo "not ok $number $1"
        failed=$((failed + 1))
        sed 's/^/# /' "$work/out" "$work/err"
    fi
}

# run ARGUMENTS...: the program, its output to $work/out and $work/err, its exit code to $code
run()
{
    code=0
    "$inspect" "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
}

# says NAME CODE TEXT ARGUMENTS...: it ends with CODE and says TEXT, a pattern of grep's
says()
{
    name=$1
    wanted=$2
    text=$3
    shift 3
    run "$@"
    [ "$code" = "$wanted" ] && cat "$work/out" "$work/err" | grep -q -e "$text"
    verdict "$name" $?
}

# golden NAME FILE: what it said is what the file of the golden texts says
golden()
{
    diff "$root/tests/inspect/$2" "$work/out" >"$work/err"
    verdict "$1" $?
}

# json NAME CODE ARGUMENTS...: with --json it says one JSON object, and ends with CODE
json()
{
    name=$1
    wanted=$2
    shift 2
    run "$@" --json
    [ "$code" = "$wanted" ] && python3 -c '
import json, sys
lines = open(sys.argv[1]).read().splitlines()
assert len(lines) == 1, "one line"
said = json.loads(lines[0])
assert said["verdict"] == ["accepted", "refused", "unreadable"][int(sys.argv[2])]
' "$work/out" "$wanted" 2>"$work/err"
    verdict "$name" $?
}

# Chains as a server would present them.
for leaf in leaf leaf-client leaf-expired leaf-outside leaf-policies; do
    cat "$vectors/chain-$leaf.pem" "$vectors/chain-issuing.pem" >"$work/$leaf.pem"
done

for part in "$root"/tests/inspect/cases/${2:-*}.sh; do
    # shellcheck disable=SC1090
    . "$part"
done

echo "$((number - failed)) passed, $failed failed"
[ "$failed" = 0 ]
