#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/run.sh -- run the tests and sum them up
#
#   tests/run.sh                     all of them (make test, which builds first)
#   tests/run.sh unit checks/format  only these
#
# What is run: what CMake knows as tests through ctest (the programs of tests/unit, above all), then
# every executable *.sh directly in a folder under tests/. A script finds in its environment
#     IMPRINT_HOST_BUILD     the host build with sanitizers
#     IMPRINT_BOARD_BUILD    the build of sf2-som with all methods
# and prints "ok - name" or "not ok - name" lines, "ok - name # SKIP reason" for what it left out,
# and the closing line "N passed, N failed[, N skipped]". One that checks a single thing may leave
# all that out: exit 0 is one pass, 77 one skip (its last line says why), any other one failure.
#
# The last line printed here is such a closing line; the exit status is 1 if anything failed or
# nothing ran. The whole output of each script is kept in build/test-logs.
set -u
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
IMPRINT_HOST_BUILD=${IMPRINT_HOST_BUILD:-$root/build/host-asan}
IMPRINT_BOARD_BUILD=${IMPRINT_BOARD_BUILD:-$root/build/sf2-som-all-dev}
export IMPRINT_HOST_BUILD IMPRINT_BOARD_BUILD
logs=$root/build/test-logs
limit_s=900
passed=0
failed=0
skipped=0
mkdir -p "$logs"
: >"$logs/skipped"

# Add the counts $2 $3 $4 of the tests named $1, which took $5 seconds.
count()
{
    passed=$((passed + $2))
    failed=$((failed + $3))
    skipped=$((skipped + $4))
    printf '%-34s %4d passed %4d failed %4d skipped %5d s\n' "$@"
}

show_failure()
{
    {
        grep -E 'not ok|FAILED|\[  ERROR|ERROR: AddressSanitizer|runtime error' "$1" | head -n 40
        printf -- '---- the end of %s\n' "${1#"$root"/}"
        tail -n 30 "$1"
        printf -- '----\n'
    } | sed 's/^/    /'
}

# ctest -V prefixes each line of a test with its number. A cmocka program reports its tests one by
# one, and lists what failed and what was left out once more at its end; a program that doesn't, or
# that died, counts as one test.
sum_of_ctest()
{
    awk '
        /^[0-9]+: \[       OK \]/ { ok[$1 + 0]++ }
        /listed below:$/ || (/^[0-9]+: \[  (FAILED |SKIPPED) \]/ && seen[$0]++) { next }
        /^[0-9]+: \[  FAILED  \]/ { bad[$1 + 0]++ }
        /^[0-9]+: \[  SKIPPED \]/ { left[$1 + 0]++ }
        match($0, /Test +#[0-9]+: /) {
            number = substr($0, RSTART + 4, RLENGTH - 4)
            gsub(/[^0-9]/, "", number)
            n = number + 0
            passed += ok[n]
            skipped += left[n]
            if (/ Passed /)
                passed += (ok[n] + left[n] == 0)
            else
                failed += (bad[n] ? bad[n] : 1)
        }
        END { printf "%d %d %d\n", passed, failed, skipped }' "$1"
}

run_unit()
{
    began=$(date +%s)
    log=$logs/unit.log
    ctest --test-dir "$IMPRINT_HOST_BUILD" -V -j 2 >"$log" 2>&1
    status=$?
    sums=$(sum_of_ctest "$log")
    [ "$status" = 0 ] || case $sums in
    *" 0 "*) sums="${sums%% *} 1 0" ;;
    esac
    # shellcheck disable=SC2086
    count unit $sums $(($(date +%s) - began))
    grep -v 'listed below:$' "$log" |
        sed -n 's/^[0-9]*: \[  SKIPPED \] \(.*\)/unit: \1/p' | sort -u >>"$logs/skipped"
    [ "$status" = 0 ] || show_failure "$log"
}

# Print "passed failed skipped" for the script whose log is $1 and whose exit status was $2.
sum_of_script()
{
    closing=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$1" | tail -n 1)
    if [ -n "$closing" ]; then
        printf '%s\n' "$closing" | awk -v status="$2" '{
            print $1, $3 + ($3 == 0 && status != 0), $5 + 0 }'
        return
    fi
    case $2 in
    0) echo 1 0 0 ;;
    77) echo 0 0 1 ;;
    *) echo 0 1 0 ;;
    esac
}

run_script()
{
    name=${1#tests/}
    name=${name%.sh}
    began=$(date +%s)
    log=$logs/$(printf '%s' "$name" | tr / -).log
    timeout -k 10 "$limit_s" "$1" "$2" >"$log" 2>&1 </dev/null
    status=$?
    [ "$status" != 124 ] || printf 'stopped after %d s\n' "$limit_s" >>"$log"
    # shellcheck disable=SC2046
    count "$name" $(sum_of_script "$log" "$status") $(($(date +%s) - began))
    if [ "$status" = 77 ]; then
        printf '%s: %s\n' "$name" "$(tail -n 1 "$log")" >>"$logs/skipped"
    elif [ "$status" != 0 ]; then
        show_failure "$log"
    fi
    sed -n "s|^ok [-0-9 ]*\(.*\) # SKIP \(.*\)|$name: \1: \2|p" "$log" >>"$logs/skipped"
}

# wanted NAME ARGUMENTS: is NAME among the arguments, or are there none?
wanted()
{
    [ $# -gt 1 ] || return 0
    name=$1
    shift
    for argument; do
        case $name in
        "$argument" | "$argument"/*) return 0 ;;
        esac
    done
    return 1
}

wanted unit "$@" && run_unit
for script in tests/*/*.sh; do
    [ -x "$script" ] || continue
    name=${script#tests/}
    wanted "${name%.sh}" "$@" || continue
    case $script in
    tests/authority/*) run_script "$script" "$IMPRINT_HOST_BUILD/host-sim/authority/imprint-authority" ;;
    *) run_script "$script" "$root" ;;
    esac
done

if [ -s "$logs/skipped" ]; then
    printf 'skipped:\n'
    sed 's/^/  /' "$logs/skipped"
fi
if [ "$skipped" -gt 0 ]; then
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
else
    printf '%d passed, %d failed\n' "$passed" "$failed"
fi
[ "$failed" = 0 ] && [ $((passed + skipped)) -gt 0 ]
