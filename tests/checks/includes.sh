#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/includes.sh -- every #include against the table in ARCHITECTURE.md
#
#   tests/checks/includes.sh [ROOT]
#
# The table stands between <!-- include-table --> and <!-- /include-table -->, a row a directory:
#   | `firmware/proto` | `freestanding` `firmware/*` |
# The longest directory that a file lies under counts. A directory's own files are always allowed.
# `*` is one path segment, `**` any number; freestanding, libc and posix are the lists below.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "${1:-$here/../..}" && pwd)

# Print each #include of the tree ROOT as "file:line:name", without quotes or brackets.
includes_of()
{
    (cd "$1" && find firmware hal port boards host-sim tests -name '*.[chS]' -print0 2>/dev/null |
        xargs -0 -r grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null |
        sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]*["<]?([^">]*)[">]?.*/:\1/')
}

# Judge what includes_of printed by the table in $1; print the violations and a summary.
judge()
{
    awk -F : -v table="$1" '
        function headers(list, into, n, i, name) {
            n = split(list, name, " ")
            for (i = 1; i <= n; i++)
                into[name[i] ".h"] = 1
        }
        function as_regex(pattern) {
            gsub(/[.+]/, "[&]", pattern)
            gsub(/\*\*/, "\001", pattern)
            gsub(/\*/, "[^/]*", pattern)
            gsub(/\001/, ".*", pattern)
            return "^" pattern "$"
        }
        function row_of(file) {
            while (sub("/[^/]*$", "", file))
                if (file in allowed)
                    return file
            return ""
        }
        function may(row, name, n, i, word) {
            n = split(allowed[row], word, " ")
            for (i = 1; i <= n; i++) {
                if (word[i] == "freestanding" && name in freestanding)
                    return 1
                if (word[i] == "libc" && (name in freestanding || name in libc))
                    return 1
                if (word[i] == "posix" && (name in posix || name ~ /^(sys|arpa|net|netinet)\//))
                    return 1
                if (name ~ as_regex(word[i]))
                    return 1
            }
            return 0
        }
        BEGIN {
            headers("float iso646 limits stdalign stdarg stdbool stddef stdint stdnoreturn string",
                    freestanding)
            headers("assert ctype errno inttypes locale math setjmp signal stdatomic stdio stdlib " \
                    "strings time", libc)
            headers("dirent fcntl getopt grp libgen netdb poll pthread pwd spawn syslog termios " \
                    "unistd", posix)
            while ((getline line <table) > 0) {
                inside = (inside || line ~ /<!-- include-table -->/) &&
                         line !~ /<!-- \/include-table -->/
                if (!inside || line !~ /^\| *`/)
                    continue
                gsub(/`/, "", line)
                split(line, cell, "|")
                gsub(/ /, "", cell[2])
                allowed[cell[2]] = cell[3]
                rows++
            }
        }
        {
            checked++
            row = row_of($1)
            own = $3
            sub("/[^/]*$", "", own)
            folder = $1
            sub("/[^/]*$", "", folder)
            if (row == "")
                print $1 ":" $2 ": the table has no row for this directory"
            else if (own != folder && !may(row, $3))
                print $1 ":" $2 ": " row " may not include " $3
            else
                next
            bad++
        }
        END {
            printf "%d includes checked by %d rows, %d refused\n", checked, rows, bad
            exit !(rows && checked && !bad)
        }'  -
}

# The check must be able to fail: a tree with one include too many has to be refused.
refuses_a_wrong_tree()
{
    wrong=$(mktemp -d)
    mkdir -p "$wrong/firmware/proto"
    printf '#include "hal/hal_flash.h"\n' >"$wrong/firmware/proto/wrong.c"
    found=$(includes_of "$wrong" | judge "$root/ARCHITECTURE.md" || true)
    rm -rf "$wrong"
    case $found in
    *"may not include hal/hal_flash.h"*) return 0 ;;
    esac
    echo "this check let proto include hal/hal_flash.h: $found"
    return 1
}

refuses_a_wrong_tree
includes_of "$root" | judge "$root/ARCHITECTURE.md"
