#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/clang.sh -- our own code through the second compiler's warnings, as errors
#
# Takes each of our files out of the compile commands of the two builds and has clang check it with
# the same includes and definitions; for a board's files with the board's C library headers.
set -u

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
host=${IMPRINT_HOST_BUILD:-$root/build/host-asan}
board=${IMPRINT_BOARD_BUILD:-$root/build/sf2-som-all-dev}
warnings="-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wundef -Wmissing-prototypes -Wshadow
    -Wvla -Werror"

if ! command -v clang >/dev/null; then
    echo "clang is not installed (make lint brings it)"
    exit 77
fi

# Print "FILE FLAG..." for each of our C files in a compile_commands.json. Nothing in it has blanks.
commands_of()
{
    awk -v root="$root/" '
        /"command":/ {
            n = split($0, word, /[ "]+/)
            flags = file = ""
            for (i = 1; i <= n; i++) {
                gsub(/\\/, "", word[i])
                if (word[i] ~ /^-[ID]/)
                    flags = flags " " word[i]
                else if (word[i] == "-isystem")
                    flags = flags " -isystem " word[++i]
                else if (word[i] ~ /\.c$/ && index(word[i], root) == 1)
                    file = substr(word[i], length(root) + 1)
            }
            if (file ~ /^(firmware|hal|port|boards|host-sim|tests)\//)
                print file flags
        }' "$1/compile_commands.json" | sort -u
}

checked=0
failed=0
# check BUILD OPTIONS: every file of that build.
check()
{
    commands_of "$1" >"$list"
    while read -r file flags; do
        checked=$((checked + 1))
        # shellcheck disable=SC2086
        clang -fsyntax-only $warnings $2 $flags "$file" || failed=$((failed + 1))
    done <"$list"
}

cd "$root" || exit 1
list=$(mktemp)
trap 'rm -f "$list"' EXIT
check "$host" ""
# Debian's place for the headers of libnewlib-arm-none-eabi.
check "$board" "--target=thumbv7m-none-eabi -isystem /usr/lib/arm-none-eabi/include"
echo "$checked files checked by $(clang --version | head -n 1), $failed refused"
[ "$failed" = 0 ] && [ "$checked" -gt 0 ]
