#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/templates_compile.sh -- the HAL's templates still fit its headers
set -eu

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
cd "$root"
for file in hal/template/*.c; do
    ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wundef -Wmissing-prototypes -Wshadow \
        -Wvla -Werror -I. -fsyntax-only "$file"
done
# Each contract has its template.
for header in hal/hal_*.h; do
    name=$(basename "$header" .h)
    [ "$name" = hal_err ] || [ -f "hal/template/$name.c" ] || {
        echo "hal/template/$name.c is missing"
        exit 1
    }
done
