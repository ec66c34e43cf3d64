#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/key_symbols.sh -- no function of the device takes or gives a private key
#
#   tests/checks/key_symbols.sh [ROOT]
#
# Looks at the symbols of the firmware's and the port's objects: the slots offer what key.h says and
# nothing else, and only they call what the TLS library has for private keys. IMPRINT_HOST_BUILD
# names the build that is looked at (the same sources as on a board).
set -u
export LC_ALL=C

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
build=${IMPRINT_HOST_BUILD:-$root/build/host-asan}
core=$build/libimprint_core.a
port=$build/libimprint_port.a
passed=0
failed=0

if [ ! -e "$core" ] || [ ! -e "$port" ]; then
    echo "$build is not built"
    exit 1
fi

# check NAME GOT WANTED
check()
{
    if [ "$2" = "$3" ]; then
        echo "ok - $1"
        passed=$((passed + 1))
    else
        printf 'not ok - %s: "%s", not "%s"\n' "$1" "$2" "$3"
        failed=$((failed + 1))
    fi
}

# The functions of libimprint_port.a's key.c, and the private-key functions that OBJECT: NAME use.
offered()
{
    nm -A -g --defined-only "$port" | awk '/:key\.c\.o:/ && $2 == "T" { print $3 }' | sort | xargs
}

private_calls()
{
    nm -A -u "$core" "$port" 2>/dev/null |
        grep -iE 'private|KeyToDer|KeyToPem|PemToDer|_export_(key|priv)|_import_(priv|raw)' |
        sed 's/.*\.a:\([a-z0-9_]*\)\.c\.o:.* U /\1: /' | sort | xargs
}

# tls.c gives wolfSSL the public key in this place: the signature is made by key_sign.
check "a slot offers exactly these functions" "$(offered)" \
    "key_erase key_generate key_is_present key_public key_sign key_unwrap key_wrap"
check "private keys are handled nowhere else" "$(private_calls)" \
    "key: wc_ecc_export_private_only key: wc_ecc_import_private_key_ex tls: wolfSSL_CTX_use_PrivateKey_buffer"
check "the public API has no function with a private key in it" \
    "$(grep -ciE '\(.*(private|scalar).*\);' "$root/firmware/imprint.h")" 0
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
