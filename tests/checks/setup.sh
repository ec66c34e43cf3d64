#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/setup.sh -- setup/sources.sh with a made-up cache: what it links, what it says
#
# Needs no network: everything it looks for is in the cache.
set -u
export LC_ALL=C

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
unset WOLFSSL_DIR LWIP_DIR
export IMPRINT_CACHE="$work/cache"

# A tree with a lock of its own, and a cache that holds the folders named.
prepare()
{
    rm -rf "$work/tree" "$work/cache"
    mkdir -p "$work/tree/setup" "$work/cache/src"
    cp "$root/setup/sources.sh" "$work/tree/setup/"
    printf 'source wolfssl 5.7.2 5.7.2-0.1\nsource lwip 2.2.1 2.2.1+dfsg1-1\n' \
        >"$work/tree/setup/sources.lock"
    for folder; do
        mkdir "$work/cache/src/$folder"
        : >"$work/cache/src/$folder/.imprint-sha256"
    done
}

run()
{
    "$work/tree/setup/sources.sh" "$@" >"$work/said" 2>&1
}

# check NAME COMMAND...: the command says whether it holds.
check()
{
    name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        printf 'ok - %s\n' "$name"
    else
        failed=$((failed + 1))
        printf 'not ok - %s\n' "$name"
        sed 's/^/    /' "$work/said"
    fi
}

links_to()
{
    [ "$(readlink "$work/tree/.deps/$1")" = "$2" ]
}

says()
{
    grep -q -- "$1" "$work/said"
}

says_nothing()
{
    [ ! -s "$work/said" ]
}

prepare wolfssl-5.7.2-0.1 lwip-2.2.1+dfsg1-1
check 'the locked revisions in the cache are enough' run
check 'and nothing is said about them' says_nothing
check 'they are linked' links_to wolfssl "$work/cache/src/wolfssl-5.7.2-0.1"

prepare wolfssl-5.7.2-0.1 wolfssl-5.7.2-0.1+deb13u10 wolfssl-5.7.2-0.1+deb13u9 lwip-2.2.1+dfsg1-1
check 'a newer revision of the locked version is taken' run
check 'the newest of several' links_to wolfssl "$work/cache/src/wolfssl-5.7.2-0.1+deb13u10"
check 'with a warning' says 'WARNING  wolfssl'
run
check 'and again on the next run' says 'WARNING  wolfssl'

prepare wolfssl-5.7.20-1 wolfssl-5.7.2-0.1 lwip-2.2.1+dfsg1-1
run
check 'another upstream version is not' links_to wolfssl "$work/cache/src/wolfssl-5.7.2-0.1"

prepare wolfssl-5.7.2-0.1 lwip-2.2.1+dfsg1-1
rm "$work/cache/src/wolfssl-5.7.2-0.1/.imprint-sha256"
mkdir "$work/mine"
export WOLFSSL_DIR="$work/mine"
check 'WOLFSSL_DIR goes before the cache, complete or not' run
check 'it is linked' links_to wolfssl "$work/mine"
check 'and said' says "$work/mine"

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
