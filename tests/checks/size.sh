#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/size.sh -- what the sf2-som images need, beside their budgets
#
# A budget that is missed is said; what fails is an image that the chip can't hold, and one that has
# grown past its line in tests/checks/budget.txt: bytes are taken knowingly or not at all.
#
#   code      what lies in flash: instructions, constants, initial values
#   static    variables, lwIP's and wolfSSL's included, without the next two
#   arena     the one pool that wolfSSL and lwIP draw on (port_arena)
#   stack     as reserved by the linker script (__stack_size); a run tells the high-water mark
#   own code  firmware/ without app/, in a second build without link-time optimization: with it,
#             bytes of several sources melt into one another. This overstates a little, since the
#             real image is inlined and merged further.
set -eu
export LC_ALL=C

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
failed=0
compiler=$(arm-none-eabi-gcc -dumpversion | cut -d. -f1)

# line LABEL BYTES: a figure without a budget
line()
{
    printf '  %-24s %8d\n' "$1" "$2"
}

# judged IMAGE LABEL BYTES BUDGET HARD_LIMIT: a figure beside its budget. What a compiler without
# lines in budget.txt makes of it is shown, and held to the hard limits only.
judged()
{
    allowed=$(awk -v compiler="gcc-$compiler" -v image="$1" -v label="$2" '
        $1 == compiler && $2 == image && $3 == label { print $4 }' "$root/tests/checks/budget.txt")
    note=
    if [ "$3" -gt "$4" ]; then
        note='  OVER BUDGET'
    fi
    if [ "$3" -gt "$5" ]; then
        note="  PAST THE HARD LIMIT OF $5"
        failed=1
    elif [ "$3" -gt "${allowed:-$5}" ]; then
        note="$note, GROWN PAST $allowed"
        failed=1
    fi
    printf '  %-24s %8d of %8d  %3d %%%s\n' "$2" "$3" "$4" $((100 * $3 / $4)) "$note"
}

# Print "CODE RAM": the allocated sections that fill flash, and the ones that are writable.
sections_of()
{
    arm-none-eabi-objdump -h -w "$1" | awk '
        function hex(text, i, n) {
            n = 0
            for (i = 1; i <= length(text); i++)
                n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
            return n
        }
        $1 ~ /^[0-9]+$/ && /ALLOC/ {
            size = hex($3)
            if (/LOAD/)
                code += size
            if (!/READONLY/ && hex($4) >= hex("20000000"))
                ram += size
        }
        END { print code + 0, ram + 0 }'
}

# symbol_size FILE NAME, symbol_value FILE NAME: in bytes; fail where there is no such symbol. The
# link-time optimizer may add a suffix to the name of a static variable.
symbol_size()
{
    hex=$(arm-none-eabi-nm -S "$1" | awk -v name="$2" '
        { sub(/\.lto_priv.*/, "", $4) }
        $4 == name { print $2 }')
    printf '%d' "0x${hex:?$2 is not in the image}"
}

symbol_value()
{
    hex=$(arm-none-eabi-nm "$1" | awk -v name="$2" '$3 == name { print $1 }')
    printf '%d' "0x${hex:?$2 is not in the image}"
}

# parts_of MAP: "CORE APP PORT WOLFSSL LWIP BOARD LIBC", the bytes each put into flash in that link.
parts_of()
{
    awk '
        function hex(text, i, n) {
            n = 0
            for (i = 3; i <= length(text); i++)
                n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
            return n
        }
        function part(source) {
            if (match(source, /lib(imprint_(core|app|port)|wolfssl|lwip)\.a\(/))
                return substr(source, RSTART + 3, RLENGTH - 6)
            return source ~ /imprint_hal\.dir/ ? "board" : "libc"
        }
        /^Linker script and memory map/ { placed = 1 }
        !placed { next }
        # A long section name stands on a line of its own.
        /^ \.[^ ]+$/ { section = $1; next }
        /^ \.[^ ]+ +0x/ { section = $1; $1 = ""; $0 = $0 }
        # Strings that several sources share: newer linkers show all of them at their first user,
        # with its own share on the next line.
        /\(size before relaxing\)/ { sum[last] += hex($1) - size; size = hex($1); next }
        NF >= 3 && $1 ~ /^0x/ && section ~ /^\.(text|rodata|data|vectors)/ {
            last = part($3)
            size = hex($2)
            sum[last] += size
        }
        { section = "" }
        END {
            print sum["imprint_core"] + 0, sum["imprint_app"] + 0, sum["imprint_port"] + 0,
                sum["wolfssl"] + 0, sum["lwip"] + 0, sum["board"] + 0, sum["libc"] + 0
        }' "$1"
}

# parts FOLDER BYTES...: in the order of parts_of
parts()
{
    judged "$1" own_code "$2" 20480 262144
    printf '  the rest of that build: app %d, port %d, wolfSSL %d, lwIP %d, board %d, C library %d\n' \
        "$3" "$4" "$5" "$6" "$7" "$8"
}

# build FOLDER OPTION...
build()
{
    folder=$root/build/$1
    shift
    said=$(cmake -S "$root" -B "$folder" -G Ninja -DBOARD=sf2-som "$@" 2>&1 &&
        cmake --build "$folder" --target imprint 2>&1) || {
        printf '%s\n' "$said"
        exit 1
    }
}

# report FOLDER TITLE CODE_BUDGET RAM_BUDGET OPTION...
report()
{
    name=$1
    title=$2
    code_budget=$3
    ram_budget=$4
    shift 4
    build "$name" "$@"
    build "$name-plain" "$@" -DLTO=off
    image=$root/build/$name/imprint.elf
    sections=$(sections_of "$image")
    ram=${sections#* }
    arena=$(symbol_size "$image" port_arena)
    stack=$(symbol_value "$image" __stack_size)
    printf '%s\n' "$title"
    judged "$name" code "${sections% *}" "$code_budget" 262144
    judged "$name" ram "$ram" "$ram_budget" 65536
    line '  static' $((ram - arena - stack))
    line '  arena' "$arena"
    line '  stack, reserved' "$stack"
    # shellcheck disable=SC2046
    parts "$name" $(parts_of "$root/build/$name-plain/imprint.map")
}

report sf2-som-all-dev 'sf2-som, all methods, TLS 1.2 and 1.3 (bytes)' 196608 61440
report sf2-som-est-dev-tls13 'sf2-som, est, TLS 1.3 (bytes)' 122880 45056 -DMETHODS=est -DTLS12=off
exit "$failed"
