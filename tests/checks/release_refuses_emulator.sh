#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/release_refuses_emulator.sh -- a release must not link what only an emulator has
#
# Links the bring-up image, which is small, with and without the link-time optimizer: as dev, which
# has to work, and as release, which has to fail with a sentence for each such symbol and for no
# other reason. What is such a symbol is taken from the dev image: all whose names end in _emulator,
# less those that need another of them to do anything.
set -u

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
passed=0

check()
{
    if [ "$2" = 0 ]; then
        passed=$((passed + 1))
        echo "ok - $1"
    else
        failed=$((failed + 1))
        echo "not ok - $1"
    fi
}

for lto in on off; do
    for profile in dev release; do
        if ! cmake -S "$root" -B "$scratch/$profile-$lto" -G Ninja -DBOARD=sf2-som \
            -DPROFILE=$profile -DLTO=$lto >"$scratch/configure.log" 2>&1; then
            cat "$scratch/configure.log"
            check "the $profile build can be configured with LTO=$lto" 1
        fi
    done
    cmake --build "$scratch/dev-$lto" --target bringup >"$scratch/dev.log" 2>&1
    check "dev links with LTO=$lto" $?
    cmake --build "$scratch/release-$lto" --target bringup >"$scratch/release.log" 2>&1
    [ $? != 0 ]
    check "release does not link with LTO=$lto" $?
    for symbol in entropy_read device_key unit_serial semihosting_call; do
        grep -q "release build: ${symbol}_emulator is for emulators only" "$scratch/release.log"
        check "release names ${symbol}_emulator with LTO=$lto" $?
    done
    others=$(grep -E 'error:|undefined reference' "$scratch/release.log" |
        grep -v 'ld returned 1 exit status')
    [ -z "$others" ]
    check "release has no other reason with LTO=$lto" $?
done

# A new one must be refused as well, or rest on one that is.
elf=$scratch/dev-off/tests/qemu/bringup/bringup.elf
for symbol in $(arm-none-eabi-nm "$elf" | sed -n 's/.* [Tt] \(.*_emulator\)$/\1/p'); do
    case $symbol in
    semihosting_*) continue ;; # All of these rest on semihosting_call_emulator.
    esac
    grep -q "DEFINED($symbol)" "$root/boards/sf2-som/board.ld"
    check "board.ld refuses $symbol" $?
done

[ "$failed" = 0 ] || cat "$scratch/release.log"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
