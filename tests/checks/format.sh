#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/format.sh -- every C file as .clang-format has it; FIX=1 rewrites the ones that differ
set -u

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
cd "$root" || exit 1

if ! command -v clang-format >/dev/null; then
    echo "clang-format is not installed (make lint brings it)"
    exit 77
fi

files=$(find firmware hal port boards host-sim tests -name '*.[ch]' | sort)
if [ "${FIX:-}" = 1 ]; then
    # shellcheck disable=SC2086
    clang-format -i $files
    exit
fi
# shellcheck disable=SC2086
wrong=$(clang-format --dry-run $files 2>&1 | sed -n 's/^\([^ :]*\):.*warning:.*/\1/p' | uniq -c)
count=$(printf '%s\n' "$files" | wc -l)
if [ -n "$wrong" ]; then
    printf 'places that differ, by file:\n%s\nFIX=1 tests/checks/format.sh puts them right\n' "$wrong"
    exit 1
fi
echo "$count files have the house format"
