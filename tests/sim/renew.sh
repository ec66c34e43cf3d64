#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/sim/renew.sh -- whole renewals: imprint-sim against imprint-authority, both real
#
#   tests/sim/renew.sh [ROOT]
#
# IMPRINT_HOST_BUILD names the build whose programs are run (ROOT/build/host-asan). KILLS is how
# often a device is killed while it renews. Prints "ok N name" and "not ok N name" lines and "N
# passed, N failed"; after a failure the folder with all logs stays, and its name is printed.
set -u
export LC_ALL=C

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
build=${IMPRINT_HOST_BUILD:-$root/build/host-asan}
authority=$build/host-sim/authority/imprint-authority
sim=$build/host-sim/device/imprint-sim
kills=${KILLS:-12}
work=$(mktemp -d)
ca=$work/ca
number=0
failed=0
served=
unset IMPRINT_TOKEN IMPRINT_AUTHORITY_DIR

for program in "$authority" "$sim"; do
    if [ ! -x "$program" ]; then
        echo "$program is not built"
        exit 1
    fi
done

stop_server()
{
    [ -z "$served" ] || { kill "$served" && wait "$served"; } 2>/dev/null
    served=
}

finish()
{
    stop_server
    if [ "$failed" = 0 ]; then
        rm -rf "$work"
    else
        echo "# logs and folders: $work"
    fi
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# check NAME COMMAND...: one line; good when the command succeeds.
check()
{
    name=$1
    shift
    number=$((number + 1))
    if "$@"; then
        echo "ok $number $name"
    else
        echo "not ok $number $name"
        failed=$((failed + 1))
        sed 's/^/# /' "$work/sim.err"
    fi
}

# serve PORT OPTION...: start the authority (0: on a free port); port gets it.
serve()
{
    rm -f "$ca.port"
    listen=127.0.0.1:$1
    shift
    "$authority" serve --dir "$ca" --listen "$listen" --port-file "$ca.port" --log "$ca.log" "$@" \
        >>"$ca.out" 2>&1 &
    served=$!
    tries=0
    while [ ! -s "$ca.port" ] && [ $tries -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    port=$(cat "$ca.port")
}

# member NAME: the value of a member in the JSON on standard input; text or number, one line.
member()
{
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1
}

# device COMMAND FOLDER OPTION...: run imprint-sim; output in sim.out and sim.err, code in status.
device()
{
    command=$1
    folder=$work/$2
    shift 2
    "$sim" "$command" --cert-dir "$folder" --timeout 20 "$@" >"$work/sim.out" 2>"$work/sim.err" \
        </dev/null
    status=$?
}

fingerprint_of()
{
    member fingerprint <"$work/$1/identity.json"
}

certificates_in()
{
    grep -c BEGIN "$1"
}

ended() { [ "$status" = "$1" ]; }
says() { grep -q -e "$1" "$work/sim.out" "$work/sim.err"; }
differ() { [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; }
same() { [ -n "$1" ] && [ "$1" = "$2" ]; }

# --- A renewal. ---------------------------------------------------------------------------------

"$authority" init --dir "$ca" --name Lab --host localhost --json >"$work/init.json" || exit 1
serve 0
pin=$(member root_fingerprint <"$work/init.json")
token=$("$authority" token create --dir "$ca" --label test --max-uses 4 --json | member token)

device renew nobody
check "a folder without a device is not renewed" [ "$status" != 0 ]

device enroll one --server "https://localhost:$port" --ca-fingerprint "$pin" --token "$token" \
    --name one
check "a device enrolls" ended 0
before=$(fingerprint_of one)
device renew one
check "it renews" ended 0
after=$(fingerprint_of one)
check "its certificate is another" differ "$before" "$after"
check "no token was needed" grep -q "simplereenroll" "$ca.log"
device whoami one
check "the server knows the new one" ended 0
device renew one --json
check "it renews again and says so in JSON" says '"how":"renewed"'
check "under its own name" says '"name":"one"'

# --- Not yet enrolled to the end. ---------------------------------------------------------------

stop_server
serve "$port" --fault error500:at=whoami
device enroll late --server "https://localhost:$port" --ca-fingerprint "$pin" --token "$token" \
    --name late
check "an enrollment gets a certificate, but not to its proof" ended 3
stop_server
serve "$port"
asked=$(grep -c simplereenroll "$ca.log")
device renew late --json
check "renew finishes the enrollment and says that" says '"how":"enrolled"'
check "and has renewed nothing" same "$asked" "$(grep -c simplereenroll "$ca.log")"
device renew late
check "once more: it renews" says "renewed as late"

# --- What goes wrong costs nothing. -------------------------------------------------------------

before=$(fingerprint_of one)
stop_server
"$sim" renew --cert-dir "$work/one" --timeout 4 >"$work/sim.out" 2>"$work/sim.err"
status=$?
check "without a server a renewal waits" ended 3
check "and says why" says NET_REFUSED
serve "$port"
device whoami one
check "the identity is in use all the time" ended 0
check "and the same" same "$before" "$(fingerprint_of one)"

# Killed anywhere: the old identity or the new one is whole, and no token can be of help.
lost=0
for try in $(seq "$kills"); do
    "$sim" renew --cert-dir "$work/one" --timeout 20 >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "0.$((try * 37 % 90 + 10))"
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    device whoami one
    [ "$status" = 0 ] || lost=$((lost + 1))
done
check "killed $kills times while renewing, it is known each time" [ "$lost" = 0 ]
device renew one
check "and renews" ended 0

# --- By a token. --------------------------------------------------------------------------------

before=$(fingerprint_of one)
"$authority" device permit-replace one --dir "$ca" >/dev/null
device renew one --token "$token"
check "with a new token it enrolls anew under its name" ended 0
check "with another certificate" differ "$before" "$(fingerprint_of one)"
device renew one --token "imp_no-token-of-this-authority-00000000"
check "a token that is refused is named" says EST_TOKEN_UNKNOWN
device renew one
check "and does not keep it from renewing" ended 0

# --- Another root. ------------------------------------------------------------------------------

device enroll sleeper --server "https://localhost:$port" --ca-fingerprint "$pin" --token "$token" \
    --name sleeper
stop_server
"$authority" ca rollover begin --dir "$ca" >"$ca.rollover" 2>&1 || cat "$ca.rollover"
serve "$port"
device renew one
check "a roll-over begins: it renews" ended 0
check "and takes the new root beside the old one" [ "$(certificates_in "$work/one/ca.crt")" = 2 ]
stop_server
"$authority" ca rollover switch --dir "$ca" >>"$ca.rollover" 2>&1 || cat "$ca.rollover"
serve "$port"
device whoami one
check "the authority switches: its old certificate is accepted" ended 0
device renew one
check "it renews under the new root" ended 0
check "and the old root is retired" [ "$(certificates_in "$work/one/ca.crt")" = 1 ]
device renew sleeper
check "who slept through the beginning renews too" ended 0
check "and trusts the new root alone" same "$(cat "$work/one/ca.crt")" "$(cat "$work/sleeper/ca.crt")"
stop_server
"$authority" ca rollover finish --dir "$ca" --force >>"$ca.rollover" 2>&1 ||
    "$authority" ca rollover finish --dir "$ca" >>"$ca.rollover" 2>&1 || cat "$ca.rollover"
serve "$port"
device renew one
check "the old root is gone: it renews" ended 0
check "and keeps the one root" [ "$(certificates_in "$work/one/ca.crt")" = 1 ]

echo "$((number - failed)) passed, $failed failed"
[ "$failed" = 0 ]
