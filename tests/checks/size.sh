#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/size.sh -- what the sf2-som images need, beside their budgets; fails when over one
#
#   code      what lies in flash: instructions, constants, initial values
#   static    variables, lwIP's and wolfSSL's included, without the next two
#   arena     the one pool that wolfSSL and lwIP draw on (port_arena)
#   stack     as reserved by the linker script (__stack_size); a run tells the high-water mark
#   own code  firmware/ without app/, as in a second link of the same objects without link-time
#             optimization: with it, bytes of several sources melt into one another. This overstates
#             a little, since the shipped image is inlined and merged further.
set -eu
export LC_ALL=C

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
over=0

# line LABEL BYTES BUDGET ("-" for none)
line()
{
    if [ "$3" = - ]; then
        printf '  %-24s %8d\n' "$1" "$2"
        return
    fi
    note=
    if [ "$2" -gt "$3" ]; then
        note='  OVER BUDGET'
        over=1
    fi
    printf '  %-24s %8d of %8d  %3d %%%s\n' "$1" "$2" "$3" $((100 * $2 / $3)) "$note"
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
        NF >= 3 && $1 ~ /^0x/ && section ~ /^\.(text|rodata|data|vectors)/ {
            sum[part($3)] += hex($2)
        }
        { section = "" }
        END {
            print sum["imprint_core"] + 0, sum["imprint_app"] + 0, sum["imprint_port"] + 0,
                sum["wolfssl"] + 0, sum["lwip"] + 0, sum["board"] + 0, sum["libc"] + 0
        }' "$1"
}

parts()
{
    line 'own code' "$1" 20480
    printf '  the rest of that link: app %d, port %d, wolfSSL %d, lwIP %d, board %d, C library %d\n' \
        "$2" "$3" "$4" "$5" "$6" "$7"
}

# report FOLDER TITLE CODE_BUDGET RAM_BUDGET
report()
{
    build=$root/build/$1
    cmake --build "$build" --target imprint imprint-plain >/dev/null
    sections=$(sections_of "$build/imprint.elf")
    ram=${sections#* }
    arena=$(symbol_size "$build/imprint.elf" port_arena)
    stack=$(symbol_value "$build/imprint.elf" __stack_size)
    printf '%s\n' "$2"
    line 'code' "${sections% *}" "$3"
    line 'RAM' "$ram" "$4"
    line '  static' $((ram - arena - stack)) -
    line '  arena' "$arena" -
    line '  stack, reserved' "$stack" -
    # shellcheck disable=SC2046
    parts $(parts_of "$build/imprint-plain.map")
}

report sf2-som-all-dev 'sf2-som, all methods, TLS 1.2 and 1.3 (bytes)' 196608 61440
report sf2-som-est-dev-tls13 'sf2-som, est, TLS 1.3 (bytes)' 122880 45056
exit "$over"
