#!/bin/sh
# SPDX-License-Identifier: MIT
# setup/setup.sh -- install what is missing and bring the third-party sources
#
#   setup/setup.sh             what building, testing and the demo need
#   setup/setup.sh lint        also what `make lint` needs
#   setup/setup.sh interop     also what `make interop` needs
#   setup/setup.sh fuzz        also what `make fuzz` needs
#   setup/setup.sh ct          also what `make ct` needs
#
# Says what it installs and how large that is, and goes on without a question: as root, through
# sudo else; where neither works it prints the command to run and stops. Needs no terminal. When
# everything is there it does nothing, asks no network, and takes a fraction of a second.
set -eu
export LC_ALL=C

setup=$(cd "$(dirname "$0")" && pwd)

say()
{
    printf 'setup: %s\n' "$*"
}

die()
{
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

# Print "NAME VERSION" for each package of the wanted sections; VERSION is 0 where any will do.
wanted_packages()
{
    awk -v wanted=" build $* " '
        { sub(/#.*/, "") }
        /^\[/ { gsub(/[][]/, ""); on = index(wanted, " " $1 " "); next }
        on && NF { print $1, ($2 == ">=" ? $3 : "0") }' "$setup/packages.txt"
}

missing_packages()
{
    wanted_packages "$@" | {
        wanted=$(cat)
        names=$(printf '%s\n' "$wanted" | cut -d' ' -f1)
        # A package dpkg never heard of makes dpkg-query fail; the others are still printed.
        # shellcheck disable=SC2086
        have=$(dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' $names \
            2>/dev/null || true)
        printf '%s\n' "$wanted" | while read -r name version; do
            found=$(printf '%s\n' "$have" | awk -v n="$name" '
                $1 == n && $3 == "installed" { print $2; exit }')
            if [ -z "$found" ] || { [ "$version" != 0 ] &&
                dpkg --compare-versions "$found" lt "$version"; }; then
                printf '%s\n' "$name"
            fi
        done
    } | paste -s -d ' ' -
}

# Set as_root to what runs a command as root: nothing, or sudo. sudo may ask for a password only
# where there is a terminal to ask at.
find_root()
{
    as_root=
    [ "$(id -u)" != 0 ] || return 0
    command -v sudo >/dev/null || return 1
    as_root=sudo
    sudo -n true 2>/dev/null || [ -t 0 ]
}

# apt prints the two sizes only on its way to a question; the answer given here is no.
print_sizes()
{
    # shellcheck disable=SC2086
    apt-get install --assume-no --no-install-recommends -o Debug::NoLocking=1 $1 2>/dev/null |
        grep -E '^(Need to get|After this operation)' | sed 's/^/setup:   /' || true
}

apt_install()
{
    apt="env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -o DPkg::Lock::Timeout=300"
    say "reading the package lists"
    # shellcheck disable=SC2086
    $as_root $apt update >"$log" 2>&1 || say "apt-get update failed; going on with the old lists"
    say "installing: $1"
    print_sizes "$1"
    # shellcheck disable=SC2086
    if ! $as_root $apt install -y --no-install-recommends $1 >>"$log" 2>&1 </dev/null; then
        tail -n 30 "$log" >&2
        die "apt-get could not install them (its messages are above)"
    fi
}

install_missing()
{
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if ! find_root; then
        say "packages are missing, and there is neither root nor sudo here; as root, run" >&2
        die "    apt-get update && apt-get install -y --no-install-recommends $missing"
    fi
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    apt_install "$missing"
}

[ -f /etc/debian_version ] || die "this needs Debian 12 or 13 (or install by hand what" \
    "setup/packages.txt lists and set WOLFSSL_DIR and LWIP_DIR)"
install_missing "$@"
"$setup/sources.sh"
