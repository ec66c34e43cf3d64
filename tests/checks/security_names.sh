#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/security_names.sh -- every test that SECURITY.md names is there
#
#   tests/checks/security_names.sh [ROOT]
#
# A name in backquotes in the second column of its tables is a file or folder below tests/ (a unit
# test without its .c, `*` for a few), with `: test` behind it one test in that file.
set -u
export LC_ALL=C

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
cd "$root/tests" || exit 1

# One name a line: those of the last column.
names_of()
{
    awk -F ' [|] ' '/^[|] / && !/^[|] what holds/ {
        rest = $NF
        while (match(rest, /`[^`]*`/)) {
            print substr(rest, RSTART + 1, RLENGTH - 2)
            rest = substr(rest, RSTART + RLENGTH)
        }
    }' "$root/SECURITY.md"
}

# is_there FILE TEST: TEST may be empty.
is_there()
{
    for path in $1 $1.c; do
        if [ -e "$path" ] && { [ -z "$2" ] || grep -rqw -- "$2" "$path" "${path%/*}/cases" 2>/dev/null; }; then
            return 0
        fi
    done
    return 1
}

names_of >"${TMPDIR:-/tmp}/names.$$"
trap 'rm -f "${TMPDIR:-/tmp}/names.$$"' EXIT
passed=0
failed=0
while read -r name; do
    file=${name%%: *}
    test=${name#"$file"}
    case $name in
    make\ *) grep -q "^${name#make }:" "$root/Makefile" ;;
    *) is_there "$file" "${test#: }" ;;
    esac
    if [ $? = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok - SECURITY.md names $name, which is not there"
    fi
done <"${TMPDIR:-/tmp}/names.$$"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
