#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/checks/hosts.sh -- no file here names a host of the Internet
#
# Sources come from the mirrors the machine already uses, standards are cited by number, and tests
# use names that can't be registered (RFC 2606, RFC 6761). So a URL with any other name is a mistake.
# One URL is no address but XML's name for SVG, which every such picture has to give.
set -u
export LC_ALL=C

# Print "file:line:URL" for each URL in the tree $1 whose host is a name under some top-level domain
# that is not reserved; an address or a broken name is no host.
hosts_in()
{
    (cd "$1" && grep -rnoIE '(https?|ftp|git|ssh)://[^][ "'"'"'<>()`,;\\]+' . --exclude-dir=.git \
        --exclude-dir=build --exclude-dir=.deps) |
        awk '{
            host = tolower($0)
            sub(/^.*:\/\//, "", host)
            sub(/^[^\/]*@/, "", host)
            sub(/[\/:?#].*$/, "", host)
            sub(/\.+$/, "", host)
            if (host !~ /\.[a-z][a-z]+$/ || host ~ /[%$*{}]/)
                next
            if ($0 ~ /:\/\/www\.w3\.org\/2000\/svg$/)
                next
            if (host ~ /(^|\.)(example|test|invalid|localhost|example\.(com|net|org))$/)
                next
            print
        }'
}

# The check must be able to fail.
wrong=$(mktemp -d)
trap 'rm -rf "$wrong"' EXIT
printf 'https:''//user@mirror.real-name.org:8080/x https:''//ca.example/y\n' >"$wrong/file"
case $(hosts_in "$wrong") in
*real-name*) ;;
*)
    echo "this check overlooked a host"
    exit 1
    ;;
esac

found=$(hosts_in "${1:-$(dirname "$0")/../..}")
if [ -n "$found" ]; then
    printf '%s\n' "$found"
    exit 1
fi
echo "no host named"
