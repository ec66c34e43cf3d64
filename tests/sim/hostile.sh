#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/sim/hostile.sh -- a device against an authority that misbehaves on purpose
#
#   tests/sim/hostile.sh [ROOT]
#
# Each line of the table below is one device. It meets `imprint-authority serve --fault FAULT` until
# it waits for its next try, gives up or is enrolled; there its power is cut. It must have named
# the ERROR and be in the STATE, with its key kept and nothing committed that it should not have;
# then it meets an honest server of the same authority and must end enrolled, with the key that it
# made at first, and one use of its token spent. HOSTILE=all adds the cases that take as long as a
# device's patience. LANES is how many devices run at once.
set -u
export LC_ALL=C

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
build=${IMPRINT_HOST_BUILD:-$root/build/host-asan}
authority=$build/host-sim/authority/imprint-authority
sim=$build/host-sim/device/imprint-sim
lanes=${LANES:-4}
work=$(mktemp -d)
unset IMPRINT_TOKEN IMPRINT_AUTHORITY_DIR

# What the fault leaves behind:
#   stranger   found out before anything was verified: nothing was asked of the server but /cacerts
#   nothing    the server recorded nothing
#   recorded   the certificate was issued and recorded, but did not arrive
#   identity   the device has its identity, not yet proved
#   enrolled   the fault does no harm: enrolled at the first go
cases()
{
    cat <<'END'
server-expired              stranger  CHAIN_EXPIRED          BACKOFF
server-other-host           stranger  CHAIN_NAME             BACKOFF
server-no-san               stranger  CHAIN_NAME             BACKOFF
server-wildcard             stranger  CHAIN_NAME             BACKOFF
server-client-auth          stranger  CHAIN_USAGE            BACKOFF
server-ca                   stranger  CHAIN_LEAF             BACKOFF
server-critical             stranger  X509_CRITICAL          BACKOFF
server-stranger             stranger  CHAIN_NO_ANCHOR        BACKOFF
server-bad-signature        stranger  CHAIN_SIGNATURE        BACKOFF
busy503=100:at=cacerts      stranger  EST_BUSY               BACKOFF
not-found:at=cacerts        stranger  EST_NOT_FOUND          BACKOFF
drop-answer:at=cacerts      stranger  HTTP_TRUNCATED         BACKOFF
truncated:at=cacerts        stranger  HTTP_TRUNCATED         BACKOFF
garbage:at=cacerts          stranger  HTTP_MALFORMED         BACKOFF
empty:at=cacerts            stranger  PKCS7_MALFORMED        BACKOFF
wrong-type:at=cacerts       stranger  EST_CONTENT            BACKOFF
bad-base64:at=cacerts       stranger  BASE64_MALFORMED       BACKOFF
oversize-header:at=cacerts  stranger  HTTP_HEADER_TOO_LARGE  BACKOFF
oversize-body:at=cacerts    stranger  HTTP_BODY_TOO_LARGE    BACKOFF
endless-body:at=cacerts     stranger  HTTP_BODY_TOO_LARGE    BACKOFF
endless-interim:at=cacerts  stranger  HTTP_INTERIM           BACKOFF
redirect-host:at=cacerts    stranger  HTTP_REDIRECT          BACKOFF
pending202=100              nothing   EST_PENDING            WAITING
busy429=100                 nothing   EST_BUSY               BACKOFF
busy503=100                 nothing   EST_BUSY               BACKOFF
error500                    nothing   EST_SERVER             BACKOFF
not-found                   nothing   EST_NOT_FOUND          REJECTED
wrong-key                   nothing   CERT_KEY               BACKOFF
wrong-name                  nothing   CERT_NAME              BACKOFF
other-device                nothing   CERT_KEY               BACKOFF
wrong-chain                 nothing   CHAIN_NO_ANCHOR        BACKOFF
bad-signature               nothing   CHAIN_SIGNATURE        BACKOFF
expired                     nothing   CERT_DATES             BACKOFF
ca-true                     nothing   CERT_NONE              BACKOFF
wrong-usage                 nothing   CHAIN_USAGE            BACKOFF
unknown-critical            nothing   X509_CRITICAL          BACKOFF
rsa-key                     nothing   CERT_KEY               BACKOFF
two-leaves                  nothing   CERT_MANY              BACKOFF
none                        nothing   CERT_NONE              BACKOFF
trailing                    nothing   PKCS7_MALFORMED        BACKOFF
oversize-chain=8            nothing   CHAIN_TOO_LONG         BACKOFF
oversize-chain=40           nothing   HTTP_BODY_TOO_LARGE    BACKOFF
drop-answer                 recorded  HTTP_TRUNCATED         BACKOFF
truncated                   recorded  HTTP_TRUNCATED         BACKOFF
garbage                     recorded  HTTP_MALFORMED         BACKOFF
empty                       recorded  PKCS7_MALFORMED        BACKOFF
wrong-type                  recorded  EST_CONTENT            BACKOFF
bad-base64                  recorded  BASE64_MALFORMED       BACKOFF
oversize-header             recorded  HTTP_HEADER_TOO_LARGE  BACKOFF
oversize-body=16385         recorded  HTTP_BODY_TOO_LARGE    BACKOFF
oversize-body=1048576       recorded  HTTP_BODY_TOO_LARGE    BACKOFF
endless-header              recorded  HTTP_HEADER_TOO_LARGE  BACKOFF
endless-body                recorded  HTTP_BODY_TOO_LARGE    BACKOFF
endless-interim             recorded  HTTP_INTERIM           BACKOFF
both-lengths                recorded  HTTP_LENGTH            BACKOFF
two-lengths                 recorded  HTTP_LENGTH            BACKOFF
huge-length                 recorded  HTTP_BODY_TOO_LARGE    BACKOFF
no-length                   recorded  HTTP_LENGTH            BACKOFF
gzip                        recorded  HTTP_ENCODING          BACKOFF
bare-lf                     recorded  HTTP_MALFORMED         BACKOFF
folded                      recorded  HTTP_MALFORMED         BACKOFF
version2                    recorded  HTTP_VERSION           BACKOFF
redirect-http               recorded  HTTP_REDIRECT          BACKOFF
redirect-host               recorded  HTTP_REDIRECT          BACKOFF
busy503=100:at=whoami       identity  EST_BUSY               BACKOFF
drop-answer:at=whoami       identity  HTTP_TRUNCATED         BACKOFF
garbage:at=whoami           identity  HTTP_MALFORMED         BACKOFF
redirect-host:at=whoami     identity  HTTP_REDIRECT          BACKOFF
chunked:at=any              enrolled  -                      ENROLLED
delay=700:at=any            enrolled  -                      ENROLLED
slow=1:at=any               enrolled  -                      ENROLLED
drop-answer:times=1         enrolled  HTTP_TRUNCATED         ENROLLED
busy503=1:times=1           enrolled  EST_BUSY               ENROLLED
wrong-key:times=1,chunked   enrolled  CERT_KEY               ENROLLED
END
    [ "${HOSTILE:-}" = all ] || return
    cat <<'END'
slow=1000:at=cacerts        stranger  HTTP_TIMEOUT           BACKOFF
slow=1000                   recorded  HTTP_TIMEOUT           BACKOFF
delay=60000                 recorded  HTTP_TIMEOUT           BACKOFF
slow=1000:at=whoami         identity  HTTP_TIMEOUT           BACKOFF
END
}

# --- The authority. -----------------------------------------------------------------------------

# serve PREFIX PORT OPTION...: start a server of the authority; sets served (its process) and url.
serve()
{
    local prefix=$1 port=$2 tries=0
    shift 2
    rm -f "$prefix.port"
    "$authority" serve --dir "$ca" --listen "127.0.0.1:$port" --port-file "$prefix.port" \
        --log "$prefix.log" "$@" >"$prefix.out" 2>&1 &
    served=$!
    while [ ! -s "$prefix.port" ] && [ $tries -lt 400 ] && kill -0 "$served" 2>/dev/null; do
        sleep 0.05
        tries=$((tries + 1))
    done
    url=https://localhost:$(cat "$prefix.port")
}

member()
{
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1
}

uses_of()
{
    "$authority" token show "$token_id" --dir "$ca" --json | member uses
}

# --- One device. --------------------------------------------------------------------------------

# expect WHAT IS WANTED: note it in $case_dir/wrong when they differ.
expect()
{
    [ "$2" = "$3" ] || echo "$1: got '$2', wanted '$3'" >>"$case_dir/wrong"
}

# meet: run the device until it waits, gives up or is enrolled.
meet()
{
    "$sim" enroll --cert-dir "$case_dir/unit" --server "$url" --ca-fingerprint "$pin" \
        --token "$token" --name "$name" --timeout 100 >"$case_dir/sim1.out" \
        2>"$case_dir/sim1.err" </dev/null &
    local device=$! tries=0
    : >>"$case_dir/sim1.err"
    while [ $tries -lt 2000 ] && kill -0 $device 2>/dev/null; do
        if [ "$leaves" != enrolled ] && grep -q 'next try in' "$case_dir/sim1.err"; then
            kill -9 $device 2>/dev/null
            break
        fi
        sleep 0.05
        tries=$((tries + 1))
    done
    kill -9 $device 2>/dev/null
    wait $device 2>/dev/null
}

# The states that a device entered, and the errors that it named, in order.
states_in()
{
    sed -n 's/^ *[0-9.]* s  \([A-Z][A-Z]*\)$/\1/p' "$1"
}

errors_in()
{
    sed -n 's/^ *[0-9.]* s    \([A-Z0-9_]*\): .*/\1/p' "$1"
}

# The state after the first error (the next try may come before the power cut), or the last one of a
# device that runs to its end.
state_after()
{
    if [ "$leaves" = enrolled ]; then
        states_in "$case_dir/sim1.err" | tail -n 1
    else
        sed '1,/^ *[0-9.]* s    [A-Z]/d' "$case_dir/sim1.err" >"$case_dir/after"
        states_in "$case_dir/after" | head -n 1
    fi
}

# A server that asks for 100 s gets them, but not a stranger.
check_wait()
{
    local wait_s
    wait_s=$(sed -n 's/.*next try in \([0-9]*\)\..*/\1/p' "$case_dir/sim1.err" | head -n 1)
    case $fault in
    *=100:at=cacerts)
        expect "a stranger's Retry-After is obeyed" "$((${wait_s:-0} >= 100))" 0 ;;
    *=100 | *=100:*) expect "Retry-After is obeyed" "$((${wait_s:-0} >= 100))" 1 ;;
    esac
}

# check_left: what the fault has left behind, by the authority's word and by the device's.
check_left()
{
    local asked uses=0 state=CSR

    asked=$(grep -c ' POST .*simpleenroll' "$case_dir/server.log")
    case $leaves in
    stranger) expect "the token was not sent" "$asked" 0 ;;
    recorded) uses=1 ;;
    identity) uses=1 state=PROVE ;;
    enrolled) uses=1 state=ENROLLED ;;
    esac
    expect "uses spent" "$(uses_of)" $uses
    "$sim" status --cert-dir "$case_dir/unit" --json >"$case_dir/status" 2>&1
    expect "what is in flash" "$(member state <"$case_dir/status")" $state
    expect "the token stays until the proof" "$(member has_token <"$case_dir/status")" \
        "$([ $state = ENROLLED ] && echo false || echo true)"
}

# Run the device to its end with an honest server. Where an identity is from is settled: then that
# server must be at the same place.
meet_honest()
{
    local server=$honest code

    served=
    if [ "$leaves" = identity ]; then
        serve "$case_dir/successor" "${url##*:}"
        server=$url
    fi
    "$sim" enroll --cert-dir "$case_dir/unit" --server "$server" --timeout 60 \
        >"$case_dir/sim2.out" 2>"$case_dir/sim2.err" </dev/null
    code=$?
    if [ -n "$served" ]; then
        kill "$served"
        wait "$served" 2>/dev/null
    fi
    return $code
}

# check_end CODE: the device has met an honest server; its exit code.
check_end()
{
    local shown=$case_dir/shown keys

    expect "an honest server enrolls it" "$1" 0
    expect "uses spent in the end" "$(uses_of)" 1
    "$authority" device show "$name" --dir "$ca" --json >"$shown"
    expect "certificates of this name" "$(grep -o '"fingerprint"' "$shown" | wc -l)" 1
    expect "keys made" "$(cat "$case_dir"/sim?.err | grep -c ' s  KEYGEN$')" 1
    keys=$(sed -n 's/.* key=\([0-9a-f]*\)".*/\1/p' "$case_dir/server.log" | sort -u)
    expect "the key of the lie" "${keys:-none}" "$([ -z "$keys" ] && echo none ||
        member key_sha256 <"$shown")"
}

# run_case NUMBER FAULT LEAVES ERROR STATE
run_case()
{
    local number=$1 fault=$2 leaves=$3 error=$4 state=$5 name=unit-$1 answer token token_id
    local case_dir=$work/$1 served url=

    mkdir "$case_dir"
    answer=$("$authority" token create --dir "$ca" --label hostile --json)
    token=$(member token <<<"$answer")
    token_id=$(member id <<<"$answer")
    serve "$case_dir/server" 0 --fault "$fault"
    meet
    kill "$served"
    wait "$served" 2>/dev/null
    [ "$error" = - ] && error=
    expect "the first error" "$(errors_in "$case_dir/sim1.err" | head -n 1)" "$error"
    expect "the state" "$(state_after)" "$state"
    check_wait
    check_left
    meet_honest
    check_end $?
    if grep -hE 'runtime error|Sanitizer|BUG_ASSERT' "$case_dir"/*.err "$case_dir"/*.out; then
        echo "a sanitizer had something to say" >>"$case_dir/wrong"
    fi >>"$case_dir/wrong"
}

# --- All of them. -------------------------------------------------------------------------------

lane()
{
    local number=0 line
    while read -r line; do
        number=$((number + 1))
        # shellcheck disable=SC2086
        [ $((number % lanes)) != "$1" ] || run_case $number $line
    done <"$work/cases"
}

finish()
{
    kill "$honest_server" 2>/dev/null
    wait 2>/dev/null
    if [ "$failed" = 0 ]; then
        rm -rf "$work"
    else
        echo "# logs and folders: $work"
    fi
}

for program in "$authority" "$sim"; do
    [ -x "$program" ] || { echo "$program is not built"; exit 1; }
done
failed=1
honest_server=
trap finish EXIT
trap 'exit 1' HUP INT TERM

ca=$work/ca
"$authority" init --dir "$ca" --name Lab --host localhost --json >"$work/init.json" || exit 1
pin=$(member root_fingerprint <"$work/init.json")
serve "$work/honest" 0
honest=$url
honest_server=$served
cases >"$work/cases"
for i in $(seq 0 $((lanes - 1))); do
    lane "$i" </dev/null &
    lane_pids="${lane_pids:-} $!"
done
# shellcheck disable=SC2086
wait $lane_pids

failed=0
number=0
while read -r fault leaves error state; do
    number=$((number + 1))
    claim="$fault: ${error/#-/no error}, $state, $leaves; enrolled in the end"
    if [ -e "$work/$number/status" ] && [ ! -s "$work/$number/wrong" ]; then
        echo "ok $number $claim"
    else
        failed=$((failed + 1))
        echo "not ok $number $claim"
        sed 's/^/#   /' "$work/$number/wrong"
    fi
done <"$work/cases"
[ "${HOSTILE:-}" = all ] || echo "# 4 slow cases left out; HOSTILE=all runs them"
echo "$((number - failed)) passed, $failed failed"
[ "$failed" = 0 ]
