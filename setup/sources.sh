#!/bin/sh
# SPDX-License-Identifier: MIT
# setup/sources.sh -- bring wolfSSL and lwIP: Debian 13's source packages, into an ignored folder
#
#   setup/sources.sh           make .deps/wolfssl and .deps/lwip; no network when the cache has them
#   setup/sources.sh --lock    fetch the newest revisions and write them into setup/sources.lock
#
# apt does the download and checks the signatures, with a private configuration: the machine's own
# Debian mirrors, the suite name replaced. Nothing of the system's apt configuration changes, and no
# host is named here. sources.lock fixes the upstream version; mirrors drop old package revisions,
# so the newest revision of that version is taken, and one that differs from the lock is announced
# on every run. A file that has the name of a locked one must have its digest.
#
# WOLFSSL_DIR, LWIP_DIR   use that copy instead;  IMPRINT_CACHE   where downloads are kept.
set -eu
export LC_ALL=C
umask 022

root=$(cd "$(dirname "$0")/.." && pwd)
lock=$root/setup/sources.lock
cache=${IMPRINT_CACHE:-${HOME:-/root}/.cache/imprint}
suite=trixie
work=

say()
{
    printf 'setup: %s\n' "$*"
}

die()
{
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

locked_sources()
{
    awk '$1 == "source" { print $2 }' "$lock"
}

# locked NAME FIELD: 3 is the upstream version, 4 the package revision.
locked()
{
    awk -v name="$1" -v field="$2" '$1 == "source" && $2 == name { print $field }' "$lock"
}

override_of()
{
    case $1 in
    wolfssl) printf '%s' "${WOLFSSL_DIR:-}" ;;
    lwip) printf '%s' "${LWIP_DIR:-}" ;;
    esac
}

# Keep the highest of the package versions on standard input that are revisions of upstream $1.
newest_revision_of()
{
    newest=
    while read -r version; do
        case $version in
        "$1"[-+]*) ;;
        *) continue ;;
        esac
        if [ -z "$newest" ] || dpkg --compare-versions "$version" gt "$newest"; then
            newest=$version
        fi
    done
    printf '%s' "$newest"
}

# A folder counts once its digest list is there: it is written before the folder gets its name.
cached_revision()
{
    for list in "$cache/src/$1-"*/.imprint-sha256; do
        [ -f "$list" ] || continue
        folder=${list%/.imprint-sha256}
        printf '%s\n' "${folder##*/"$1"-}"
    done | newest_revision_of "$(locked "$1" 3)"
}

# Print "URI SUITE" for each Debian archive this machine uses, as apt itself reads its sources.
# Without downloaded lists apt can't tell whose an archive is; then the suite's name decides, and
# an archive that isn't Debian's fails apt's signature check.
machine_archives()
{
    . /etc/os-release
    format='$(CREATED_BY) $(ORIGIN) $(COMPONENT) $(RELEASE) $(REPO_URI)'
    {
        apt-get indextargets --format "$format" | grep '^Packages Debian ' ||
            apt-get indextargets --no-release-info --format "$format"
    } | awk -v names="$VERSION_CODENAME stable oldstable oldoldstable" '
        BEGIN { n = split(names, name, " ") }
        $1 == "Packages" && $3 == "main" {
            for (i = 1; i <= n; i++)
                if ($4 == name[i] || $4 == name[i] "-updates" || $4 == name[i] "-security")
                    print $5, substr($4, length(name[i]) + 1)
        }' | sort -u | while read -r uri pocket; do
        printf '%s %s%s\n' "$uri" "$suite" "$pocket"
    done
}

write_apt_configuration()
{
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -f "$keyring" ] || keyring=${keyring%.gpg}.pgp
    mkdir -p "$work/none" "$work/state/lists/partial" "$work/cache/archives/partial" "$work/files"
    : >"$work/state/status"
    machine_archives | while read -r uri release; do
        printf 'deb-src [signed-by=%s] %s %s main\n' "$keyring" "$uri" "$release"
    done >"$work/sources.list"
    [ -s "$work/sources.list" ] || die "apt's sources name no Debian archive"
    {
        # Proxies and the like stay as the machine has them.
        apt-config dump Acquire | grep -Ev '^Acquire::(IndexTargets|Changelogs|CompressionTypes)'
        cat <<END
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Dir::State "$work/state";
Dir::State::status "$work/state/status";
Dir::Cache "$work/cache";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "$work/none";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "$work/none";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$work/none";
Dir::Etc::trusted "/dev/null";
Dir::Etc::trustedparts "$work/none";
END
    } >"$work/apt.conf"
    chmod 600 "$work/apt.conf" "$work/sources.list"
    export APT_CONFIG="$work/apt.conf"
}

# apt as root downloads as the user _apt, who needs a folder of its own.
open_work_folder()
{
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    chmod 755 "$work"
    write_apt_configuration
    if [ "$(id -u)" = 0 ] && id _apt >/dev/null 2>&1; then
        chown _apt "$work/files" "$work/state/lists/partial"
    fi
    say "reading the package lists of Debian 13 ($suite)"
    apt-get -q update >"$work/log" 2>&1 || true
}

check_digests()
{
    while read -r digest file; do
        expected=$(awk -v file="$file" '$1 == "sha256" && $3 == file { print $2 }' "$lock")
        if [ -n "$expected" ] && [ "$expected" != "$digest" ]; then
            die "$file has the digest $digest, but setup/sources.lock says $expected"
        fi
    done <"$1"
}

fetch()
{
    name=$1
    upstream=$(locked "$name" 3)
    revision=$(apt-cache showsrc --only-source "$name" 2>>"$work/log" |
        sed -n 's/^Version: //p' | newest_revision_of "$upstream")
    if [ -z "$revision" ]; then
        cat "$work/log" >&2
        die "no source package $name $upstream in $suite (network? see above)"
    fi
    target=$cache/src/$name-$revision
    [ ! -f "$target/.imprint-sha256" ] || return 0
    say "fetching the source of $name $revision"
    mkdir -p "$work/files/$name" "$cache/src" "$cache/download"
    [ "$(id -u)" != 0 ] || chown --reference="$work/files" "$work/files/$name"
    if ! (cd "$work/files/$name" &&
        apt-get -q source --only-source --download-only "$name=$revision") >>"$work/log" 2>&1; then
        cat "$work/log" >&2
        die "the source of $name $revision could not be fetched"
    fi
    (cd "$work/files/$name" && sha256sum -- *.dsc *.tar.*) | grep -v '\.asc$' >"$work/$name.sha256"
    check_digests "$work/$name.sha256"
    unpack "$target"
}

# Unpack beside the target and rename, so that an interrupted run leaves no half a folder.
unpack()
{
    fresh=$(mktemp -d "$cache/src/.new.XXXXXX")
    if ! dpkg-source -x "$work/files/$name/"*.dsc "$fresh/tree" >>"$work/log" 2>&1; then
        cat "$work/log" >&2
        die "the source of $name $revision could not be unpacked"
    fi
    cp "$work/$name.sha256" "$fresh/tree/.imprint-sha256"
    cp "$work/files/$name/"*.dsc "$work/files/$name/"*.tar.* "$cache/download/"
    chmod 755 "$fresh/tree"
    mv -T "$fresh/tree" "$1" 2>/dev/null || [ -f "$1/.imprint-sha256" ]
    rm -rf "$fresh"
}

warn_revision()
{
    cat <<END
setup: WARNING ---------------------------------------------------------------------
setup: WARNING  $1: the archive's revision is not the one in setup/sources.lock
setup: WARNING      locked    $2
setup: WARNING      in use    $3
setup: WARNING  Same upstream version, signed by Debian, but other patches: read its
setup: WARNING  debian/changelog, run the tests, then run setup/sources.sh --lock.
setup: WARNING ---------------------------------------------------------------------
END
}

# Point .deps/NAME at what is used; every run passes here, so a changed revision is said each time.
link_source()
{
    name=$1
    folder=$(override_of "$name")
    if [ -n "$folder" ]; then
        [ -d "$folder" ] || die "no such folder: $folder"
        folder=$(cd "$folder" && pwd)
        say "$name is taken from $folder"
    else
        revision=$(cached_revision "$name")
        folder=$cache/src/$name-$revision
        [ "$revision" = "$(locked "$name" 4)" ] ||
            warn_revision "$name" "$(locked "$name" 4)" "$revision"
    fi
    if [ "$(readlink "$root/.deps/$name" || true)" != "$folder" ]; then
        mkdir -p "$root/.deps"
        ln -sfn "$folder" "$root/.deps/$name"
    fi
}

write_lock()
{
    fresh=$(mktemp "$lock.XXXXXX")
    {
        grep '^#' "$lock"
        for name in $(locked_sources); do
            revision=$(cached_revision "$name")
            printf 'source %s %s %s\n' "$name" "$(locked "$name" 3)" "$revision"
            sed 's/^/sha256 /' "$cache/src/$name-$revision/.imprint-sha256"
        done
    } >"$fresh"
    chmod 644 "$fresh"
    mv "$fresh" "$lock"
}

main()
{
    for name in $(locked_sources); do
        [ -z "$(override_of "$name")" ] || continue
        if [ "${1:-}" = --lock ] || [ -z "$(cached_revision "$name")" ]; then
            [ -n "$work" ] || open_work_folder
            fetch "$name"
        fi
    done
    [ "${1:-}" != --lock ] || write_lock
    for name in $(locked_sources); do
        link_source "$name"
    done
}

main "$@"
