#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/runner.sh -- tests/run.sh adds up right, and can't be talked into a pass
set -u
export LC_ALL=C

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# script NAME LINE...: a test script with that body.
script()
{
    name=$work/tests/$1.sh
    shift
    mkdir -p "${name%/*}"
    printf '#!/bin/sh\n' >"$name"
    printf '%s\n' "$@" >>"$name"
    chmod +x "$name"
}

# expect NAME CLOSING STATUS ARGUMENTS...: what run.sh ends with for these tests.
expect()
{
    name=$1
    closing=$2
    status=$3
    shift 3
    PATH=$work/bin:$PATH "$work/tests/run.sh" "$@" >"$work/said" 2>&1
    got=$?
    last=$(tail -n 1 "$work/said")
    if [ "$last" = "$closing" ] && [ "$got" = "$status" ]; then
        passed=$((passed + 1))
        printf 'ok - %s\n' "$name"
    else
        failed=$((failed + 1))
        printf 'not ok - %s\n    got "%s", status %s\n' "$name" "$last" "$got"
    fi
}

mkdir -p "$work/tests" "$work/bin"
cp "$root/tests/run.sh" "$work/tests/"
script g/plain 'exit 0'
script g/counted 'echo "ok - a # SKIP no port"' 'echo "3 passed, 0 failed, 1 skipped"'
script g/left-out 'echo "no such tool"' 'exit 77'
script g/broken 'exit 3'
script g/wrong 'echo "not ok - b"' 'echo "5 passed, 2 failed"' 'exit 1'
script g/liar 'echo "5 passed, 0 failed"' 'exit 1'
script g/meek 'echo "5 passed, 1 failed"'

expect 'one pass' '1 passed, 0 failed' 0 g/plain
expect 'counts and skips are added' '4 passed, 0 failed, 2 skipped' 0 g/plain g/counted g/left-out
expect 'a script that dies is one failure' '0 passed, 1 failed' 1 g/broken
expect 'failures are added' '5 passed, 2 failed' 1 g/wrong
expect 'a failing status is never a pass' '5 passed, 1 failed' 1 g/liar
expect 'nor is a failure with a good status' '5 passed, 1 failed' 1 g/meek
expect 'running nothing is no pass' '0 passed, 0 failed' 1 h
expect 'a folder stands for its scripts' '19 passed, 5 failed, 2 skipped' 1 g

# A ctest that says what the real one would: two good programs, one of them not of cmocka's kind, a
# program with a failure and a skip, one that died.
cat >"$work/bin/ctest" <<'END'
#!/bin/sh
cat <<'SAID'
1: [ RUN      ] one
1: [       OK ] one
1: [       OK ] two
1/4 Test #1: test_a ...........................   Passed    0.01 sec
2: anything
2/4 Test #2: script ...........................   Passed    0.01 sec
3: [       OK ] three
3: [  FAILED  ] four
3: [  SKIPPED ] five
3: [  PASSED  ] 1 test(s).
3: [  FAILED  ] b: 1 test(s), listed below:
3: [  FAILED  ] four
3/4 Test #3: test_b ...........................***Failed    0.01 sec
4: [       OK ] six
4/4 Test #4: test_c ...........................***Exception: SegFault  0.01 sec
SAID
exit 8
END
chmod +x "$work/bin/ctest"
expect 'cmocka programs are counted test by test' '5 passed, 2 failed, 1 skipped' 1 unit
printf '#!/bin/sh\necho No tests were found\nexit 8\n' >"$work/bin/ctest"
expect 'a ctest that can not start is a failure' '0 passed, 1 failed' 1 unit
printf '#!/bin/sh\necho No tests were found\nexit 0\n' >"$work/bin/ctest"
expect 'no unit tests at all is no pass' '0 passed, 0 failed' 1 unit

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
