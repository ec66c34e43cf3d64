#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/sim/run.sh -- whole enrollments: imprint-sim against imprint-authority, both real
#
#   tests/sim/run.sh [ROOT]
#
# IMPRINT_HOST_BUILD names the build whose programs are run (ROOT/build/host-asan): sanitizers
# included, a report of theirs is a failure. KILLS is how often a device is killed while it enrolls.
# Prints "ok N name" and "not ok N name" lines and "N passed, N failed"; after a failure the folder
# with all logs stays, and its name is printed.
set -u
export LC_ALL=C

root=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
build=${IMPRINT_HOST_BUILD:-$root/build/host-asan}
authority=$build/host-sim/authority/imprint-authority
sim=$build/host-sim/device/imprint-sim
kills=${KILLS:-12}
work=$(mktemp -d)
number=0
failed=0
servers=
unset IMPRINT_TOKEN IMPRINT_AUTHORITY_DIR

for program in "$authority" "$sim"; do
    if [ ! -x "$program" ]; then
        echo "$program is not built"
        exit 1
    fi
done

finish()
{
    for pid in $servers; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    if [ "$failed" = 0 ]; then
        rm -rf "$work" "$work.tokens" "$work.device.key"
    else
        echo "# logs and folders: $work"
    fi
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# verdict NAME STATUS: one line; 0 is good.
verdict()
{
    number=$((number + 1))
    if [ "$2" = 0 ]; then
        echo "ok $number $1"
    else
        echo "not ok $number $1"
        failed=$((failed + 1))
        [ -z "${3:-}" ] || sed 's/^/# /' "$3"
    fi
}

# --- The authority. -----------------------------------------------------------------------------

# serve DIR PORT: start the authority of DIR; its port (PORT 0: a free one) goes to DIR.port.
serve()
{
    rm -f "$1.port"
    "$authority" serve --dir "$1" --listen "127.0.0.1:$2" --port-file "$1.port" --log "$1.log" \
        >"$1.out" 2>&1 &
    served=$!
    servers="$servers $served"
    tries=0
    while [ ! -s "$1.port" ] && [ $tries -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    port=$(cat "$1.port")
}

# stop_server: the one that `serve` started last.
stop_server()
{
    kill "$served"
    wait "$served"
}

# member NAME: the value of a member in the JSON on standard input; text or number, one line.
member()
{
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1
}

# new_token OPTION...: make a token; sets token and token_id.
new_token()
{
    answer=$("$authority" token create --dir "$ca" --label test --json "$@")
    token=$(printf '%s' "$answer" | member token)
    token_id=$(printf '%s' "$answer" | member id)
    printf '%s\n' "$token" >>"$work/tokens"
}

token_member()
{
    "$authority" token show "$token_id" --dir "$ca" --json | member "$1"
}

# requests PATH: how many requests for that path are in the authority's log.
requests()
{
    grep -c " $1 " "$ca.log"
}

# --- The device. --------------------------------------------------------------------------------

# sim OUT COMMAND...: run imprint-sim; output in OUT.out and OUT.err, exit code in status.
sim()
{
    out=$work/$1
    shift
    "$sim" "$@" >"$out.out" 2>"$out.err" </dev/null
    status=$?
}

# enroll FOLDER OPTION...: enroll the device in $work/FOLDER, for $limit seconds at most.
limit=20
enroll()
{
    folder=$1
    shift
    sim "$folder" enroll --cert-dir "$work/$folder" --timeout $limit "$@"
}

# expect NAME CODE [TEXT]: did the last sim end with CODE, and its output say TEXT?
expect()
{
    wrong=0
    [ "$status" = "$2" ] || wrong=1
    [ -z "${3:-}" ] || grep -q -e "$3" "$out.out" "$out.err" || wrong=1
    if [ $wrong != 0 ]; then
        echo "exit code $status, wanted $2${3:+ and \"$3\"}" >>"$out.err"
    fi
    verdict "$1" $wrong "$out.err"
}

# equal NAME WHAT WANTED
equal()
{
    wrong=0
    [ "$2" = "$3" ] || wrong=1
    verdict "$1" $wrong
    [ $wrong = 0 ] || echo "# it is '$2', wanted '$3'"
}

# has NAME COMMAND...: does the command succeed?
has()
{
    what=$1
    shift
    "$@" >"$work/has.log" 2>&1
    verdict "$what" $? "$work/has.log"
}

not()
{
    ! "$@"
}

# --- One authority for all, a second one for strangers' chains. -----------------------------------

ca=$work/ca
"$authority" init --dir "$ca" --name Lab --host localhost --host 127.0.0.1 --host est.test \
    --json >"$work/init.json" || exit 1
pin=$(member root_fingerprint <"$work/init.json")
serve "$ca" 0
url=https://localhost:$port
first_server=$served

echo "# success"

new_token
printf '%s\n' "$token" >"$work/token"
began=$(date +%s%N)
enroll good --server "$url" --ca-fingerprint "$pin" --token-file "$work/token" --name good-1
duration=$((($(date +%s%N) - began) / 1000000))
expect "a blank device enrolls with a token from a file" 0 "enrolled as good-1"
good=$work/good
has "the certificate chains to the trusted CA, for TLS clients" openssl verify -x509_strict \
    -purpose sslclient -CAfile "$good/ca.crt" -untrusted "$good/device.crt" "$good/device.crt"
equal "identity.json names the certificate's fingerprint" \
    "$(member fingerprint <"$good/identity.json")" \
    "$(openssl x509 -in "$good/device.crt" -outform DER | sha256sum | cut -d' ' -f1)"
equal "device key, serial number and flash are the owner's alone" \
    "$(stat -c %a "$good/unit.key" "$good/unit.serial" "$good/identity.flash" | sort -u)" 600
equal "one token, one use" "$(token_member uses) $(token_member state)" "1 Exhausted"
has "the token is not in the flash image any more" not grep -qaF "$token" "$good/identity.flash"

lines=$(wc -l <"$ca.log")
cp -r "$good" "$work/before"
enroll good --server "$url" --ca-fingerprint "$pin" --token-file "$work/token" --name good-1
expect "run again: exit 0, and says so" 0 "already enrolled as good-1"
equal "run again: nobody was contacted" "$(wc -l <"$ca.log")" "$lines"
has "run again: no file has changed" diff -r "$work/before" "$good"
enroll good
expect "run again without any option: the same" 0 "already enrolled as good-1"
sim good whoami --cert-dir "$good"
expect "whoami proves the identity to the server" 0 "verified as good-1"
sim good status --cert-dir "$good" --json
expect "status tells without the network" 0 '"enrolled":true,"proved":true,"state":"ENROLLED"'
rm "$good/device.crt" "$good/identity.json"
enroll good
has "a lost device.crt comes back by enroll" diff -r "$work/before" "$good"

echo "# the private key, for programs that ask for it"

has "without --export-key there is no device.key" not test -e "$good/device.key"
enroll good --export-key
expect "--export-key on an enrolled device: exit 0" 0 "already enrolled as good-1"
equal "device.key is the owner's alone" "$(stat -c %a "$good/device.key")" 600
equal "it belongs to the certificate" "$(openssl pkey -in "$good/device.key" -pubout)" \
    "$(openssl x509 -in "$good/device.crt" -noout -pubkey)"
curl -s --cacert "$good/ca.crt" --cert "$good/device.crt" --key "$good/device.key" \
    "$url/.well-known/imprint/whoami" >"$work/curl.out" 2>&1
has "another program proves the identity with it" grep -q '"name":"good-1"' "$work/curl.out"
scalar=$(openssl pkey -in "$good/device.key" -noout -text |
    sed -n '/^priv:/,/^pub:/p' | sed '1d;$d' | tr -d ' :\n' | tail -c 64)
mv "$good/device.key" "$work.device.key"

echo "# the token's ways in"

new_token
enroll colon --server "$url" --token "$token" \
    --ca-fingerprint "$(member root_fingerprint_colons <"$work/init.json")"
expect "token as an option, fingerprint with colons, name from the serial number" 0 \
    "enrolled as imprint-$(cat "$work/colon/unit.serial")"
new_token
IMPRINT_TOKEN=$token enroll environment --server "https://127.0.0.1:$port" --ca-fingerprint "$pin"
expect "token from the environment, server by address" 0 "enrolled as"
new_token
printf '%s' "$token" | "$sim" enroll --cert-dir "$work/stdin" --server "https://est.test:$port" \
    --host est.test=127.0.0.1 --ca-fingerprint "$pin" --token-file - >"$work/stdin.out" 2>&1
status=$?
out=$work/stdin
: >"$out.err"
expect "token from standard input, server by a routed name" 0 "enrolled as"

# A device that can't reach its server lives long enough to be looked at.
"$sim" enroll --cert-dir "$work/argv" --server https://localhost:1 --ca-fingerprint "$pin" \
    --token "$token" --timeout 120 >/dev/null 2>&1 &
pid=$!
sleep 1
tr '\0' ' ' <"/proc/$pid/cmdline" >"$work/cmdline"
has "a device that runs shows its other options" grep -q -- "--cert-dir" "$work/cmdline"
has "and not its token" not grep -qF "$token" "$work/cmdline"
kill -9 "$pid"
wait "$pid" 2>/dev/null

echo "# refusals of the token: each by its name, nothing spent, the key kept"

# refused NAME TOKEN ERROR
refused()
{
    enroll "$1" --server "$url" --ca-fingerprint "$pin" --token "$2"
    expect "$1 token: exit 1, $3" 1 "$3"
    sim "$1.status" status --cert-dir "$work/$1" --json
    expect "$1 token: the key is kept for the next try" 0 '"state":"CSR"'
}

refused unknown imp_this-is-no-token-of-this-authority EST_TOKEN_UNKNOWN
new_token --expires 1s
sleep 2
refused expired "$token" EST_TOKEN_EXPIRED
equal "expired token: nothing spent" "$(token_member uses)" 0
new_token
"$authority" token revoke "$token_id" --dir "$ca" >/dev/null
refused revoked "$token" EST_TOKEN_REVOKED
equal "revoked token: nothing spent" "$(token_member uses)" 0
refused exhausted "$(cat "$work/token")" EST_TOKEN_EXHAUSTED
new_token
enroll exhausted --token "$token"
expect "a good token after a bad one: the same device enrolls" 0 "enrolled as"
new_token
enroll taken --server "$url" --ca-fingerprint "$pin" --token "$token" --name good-1
expect "another device's name: exit 1, EST_NAME_TAKEN" 1 EST_NAME_TAKEN
equal "another device's name: nothing spent" "$(token_member uses)" 0
enroll taken --name good-2
expect "with a name of its own it enrolls" 0 "enrolled as good-2"

echo "# who is not the server gets nothing"

limit=3

new_token
asked=$(requests /.well-known/est/simpleenroll)
enroll pin --server "$url" --token "$token" --ca-fingerprint \
    0000000000000000000000000000000000000000000000000000000000000000
expect "wrong fingerprint: exit 3, TRUST_PIN_NOT_FOUND" 3 TRUST_PIN_NOT_FOUND
enroll leaf --server "$url" --token "$token" --ca-fingerprint \
    "$(openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null |
        openssl x509 -outform DER | sha256sum | cut -d' ' -f1)"
expect "the server's own fingerprint: exit 3, TRUST_PIN_IS_LEAF" 3 TRUST_PIN_IS_LEAF
enroll name --server "https://other.test:$port" --host other.test=127.0.0.1 --token "$token" \
    --ca-fingerprint "$pin"
expect "a server of another name: exit 3, CHAIN_NAME" 3 CHAIN_NAME
enroll absent --server https://localhost:1 --token "$token" --ca-fingerprint "$pin"
expect "nobody listens: exit 3, NET_REFUSED" 3 NET_REFUSED
equal "none of them was asked for a certificate" \
    "$(requests /.well-known/est/simpleenroll)" "$asked"
equal "and the token is unspent" "$(token_member uses)" 0
limit=20
enroll pin --ca-fingerprint "$pin" --json
expect "the right fingerprint afterwards: it enrolls" 0 '"enrolled":true'

echo "# approval by a person"

new_token --approve
limit=3
enroll approve --server "$url" --ca-fingerprint "$pin" --token "$token" --name approve-1
expect "a token that needs approval: exit 3, EST_PENDING" 3 EST_PENDING
equal "nothing is spent while it waits" "$(token_member uses)" 0

ca2=$work/ca2
"$authority" init --dir "$ca2" --name Strange --host localhost >/dev/null || exit 1
serve "$ca2" 0
enroll approve --server "https://localhost:$port"
expect "a strange CA behind the same name: exit 3, CHAIN_NO_ANCHOR" 3 CHAIN_NO_ANCHOR
stop_server
equal "the strange server saw no request" "$(grep -c request= "$ca2.log")" 0

request=$("$authority" request list --dir "$ca" --json | member id)
"$authority" request approve "$request" --dir "$ca" >/dev/null
limit=20
enroll approve --server "$url"
expect "approved: the same command enrolls" 0 "enrolled as approve-1"
equal "and has spent one use" "$(token_member uses)" 1

echo "# afterwards: tokens end, devices go on"

new_token --max-uses 2 --expires 4s
enroll living --server "$url" --ca-fingerprint "$pin" --token "$token" --name living-1
expect "a device enrolls with a token that soon ends" 0 "enrolled as living-1"
sleep 4
equal "the token has expired" "$(token_member state)" Expired
sim living whoami --cert-dir "$work/living"
expect "an expired token leaves whoami working" 0 "verified as living-1"
"$authority" token revoke "$token_id" --dir "$ca" >/dev/null
sim living whoami --cert-dir "$work/living"
expect "a revoked token leaves whoami working" 0 "verified as living-1"
sim good whoami --cert-dir "$good"
expect "an exhausted token leaves whoami working" 0 "verified as good-1"
"$authority" device revoke living-1 --dir "$ca" >/dev/null
sim living whoami --cert-dir "$work/living"
expect "a revoked device: exit 1, EST_DEVICE_REVOKED" 1 EST_DEVICE_REVOKED

echo "# power cuts: $kills devices, each killed twice within $duration ms, then run to the end"

# A moment below $1 milliseconds, in seconds.
moment()
{
    od -An -N2 -tu2 /dev/urandom | awk -v max="$1" '{ printf "%.3f", $1 % max / 1000 }'
}

# interrupt NAME: begin to enroll the device NAME and kill it at some moment.
interrupt()
{
    "$sim" enroll --cert-dir "$work/$1" --server "$url" --ca-fingerprint "$pin" \
        --token "$token" --name "$1" >>"$work/$1.cuts" 2>&1 &
    pid=$!
    sleep "$(moment "$duration")"
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
}

ended=0
uses=0
certificates=0
device=0
: >"$work/cut-keys"
while [ $device -lt "$kills" ]; do
    device=$((device + 1))
    new_token
    interrupt "cut-$device"
    interrupt "cut-$device"
    enroll "cut-$device" --server "$url" --ca-fingerprint "$pin" --token "$token" \
        --name "cut-$device"
    [ "$status" != 0 ] || ended=$((ended + 1))
    uses=$((uses + $(token_member uses)))
    "$authority" device show "cut-$device" --dir "$ca" --json >"$work/cut-$device.json"
    certificates=$((certificates + $(grep -o '"fingerprint"' "$work/cut-$device.json" | wc -l)))
    member key_sha256 <"$work/cut-$device.json" >>"$work/cut-keys"
done
equal "all of them end with an identity" "$ended" "$kills"
equal "each has spent one use" "$uses" "$kills"
equal "each has one certificate: one operation, one key" "$certificates" "$kills"
equal "no two have the same key" "$(sort -u "$work/cut-keys" | wc -l)" "$kills"
sed -n 's/^ *[0-9.]* s  \([A-Z]*\)$/\1/p' "$work"/cut-*.cuts >"$work/states"
echo "# states entered before the kills: $(sort "$work/states" | uniq -c | tr -s ' \n' ' ')"

echo "# the folder"

cp -r "$good" "$work/clone"
head -c 32 /dev/urandom >"$work/clone/unit.key"
sim clone status --cert-dir "$work/clone"
expect "flash moved to a unit with another key: exit 4, SEAL_OPEN" 4 SEAL_OPEN
cp -r "$good" "$work/damaged"
position=$(grep -aobF good-1 "$work/damaged/identity.flash" | head -n 1 | cut -d: -f1)
printf '\000' | dd of="$work/damaged/identity.flash" bs=1 seek="$position" conv=notrunc 2>/dev/null
sim damaged status --cert-dir "$work/damaged"
expect "damaged flash: exit 4, STORE_DAMAGED" 4 STORE_DAMAGED
sim nowhere status --cert-dir "$work/nowhere"
expect "a folder that is not there: exit 4" 4 "nowhere"
new_token
"$sim" enroll --cert-dir "$work/twice" --server https://localhost:1 --ca-fingerprint "$pin" \
    --token "$token" --timeout 120 >/dev/null 2>&1 &
pid=$!
sleep 1
enroll twice
expect "a second process in the same folder: exit 3" 3 "in use"
kill -9 "$pid"
wait "$pid" 2>/dev/null

echo "# usage"

enroll usage
expect "nothing given: exit 2, says what is missing" 2 --server
enroll usage --server http://localhost --ca-fingerprint "$pin" --token "$token"
expect "a server without TLS: exit 2, CONFIG_URL" 2 CONFIG_URL
enroll usage --server "$url" --ca-fingerprint 1234 --token "$token"
expect "half a fingerprint: exit 2, CONFIG_VALUE" 2 CONFIG_VALUE
enroll usage --server "$url" --ca-fingerprint "$pin" --token "$token" --name 'no spaces'
expect "a name that may not be: exit 2, CONFIG_NAME" 2 CONFIG_NAME
enroll usage --server "$url" --ca-fingerprint "$pin"
expect "no token: exit 2, says so" 2 --token
has "no folder is made for options that are refused" not test -e "$work/usage"
enroll usage --server http://localhost --ca-fingerprint "$pin" --token "$token"
expect "what to do names the option" 2 "to do: correct --server"
enroll usage --server "$url" --ca-fingerprint "$pin" --token "to ken"
expect "a token that can't be one: exit 2, CONFIG_VALUE" 2 "--token is not usable: CONFIG_VALUE"
has "and does not repeat it" not grep -q "to ken" "$out.err"

echo "# the reference application as a process, from a provisioned image"

# boot NAME FOLDER WANTED OPTION...: run the device, with $work/typed on its console, until it says
# WANTED, 20 s at most, and kill it.
boot()
{
    name=$1
    console=$work/$2.console
    image="--flash $work/$2/device.img --unit $work/$2/unit"
    wanted=$3
    shift 3
    : >"$console"
    # shellcheck disable=SC2086
    "$sim" run $image "$@" >"$console" 2>&1 <"$work/typed" &
    pid=$!
    tries=0
    until grep -q "$wanted" "$console" || [ $tries -ge 200 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    grep -q "$wanted" "$console"
    verdict "$name" $? "$console"
}

# provision FOLDER OPTION...: a unit, and an image with what it needs.
provision()
{
    folder=$1
    shift
    mkdir "$work/$folder"
    sim "$folder" unit create "$work/$folder/unit" --serial "SIM-$folder"
    sim "$folder" provision --flash "$work/$folder/device.img" --server "$url" \
        --ca-fingerprint "$pin" --host localhost=127.0.0.1 --token "$token" "$@"
}

new_token
provision sealed --unit "$work/sealed/unit"
expect "provision for a known unit" 0
has "its token is sealed in the image" not grep -qaF "$token" "$work/sealed/device.img"
: >"$work/typed"
boot "it boots and enrolls by itself" sealed "PROVE -> ENROLLED"
printf 'whoami\r' >"$work/typed"
boot "its power is cut; it boots and proves itself" sealed "PROVE -> ENROLLED"
sim sealed provision --flash "$work/sealed/device.img" --server https://elsewhere.test
expect "an image with an identity takes no new server: exit 1" 1 identity

new_token
provision open
expect "provision for an unknown unit" 0
has "its token lies open in the image" grep -qaF "$token" "$work/open/device.img"
: >"$work/typed"
boot "it boots and enrolls by itself, too" open "PROVE -> ENROLLED"
has "after that the token is not in the image" not grep -qaF "$token" "$work/open/device.img"

# The noise of both is the same, as after a failure of a chip: so are their keys.
new_token --max-uses 2
provision twin1 --unit "$work/twin1/unit"
provision twin2 --unit "$work/twin2/unit"
boot "a unit with seeded noise enrolls" twin1 "PROVE -> ENROLLED" --seed 7
boot "another unit with the same noise is refused: EST_KEY_KNOWN" twin2 EST_KEY_KNOWN --seed 7
equal "and has spent nothing" "$(token_member uses)" 1
boot "with noise of its own it still has the key it staged" twin2 EST_KEY_KNOWN

# --- Over everything that was printed, logged or kept. --------------------------------------------

echo "# secrets and sanitizers"

# Folders of devices that never got there keep their token: sealed.
rm -f "$work/token" "$work/has.log"
mv "$work/tokens" "$work.tokens"
has "no token in any output, log, database or folder" not grep -rqaFf "$work.tokens" "$work"
mv "$work.tokens" "$work/tokens"
find_scalar="python3 $root/tests/sim/find_secret.py $scalar"
equal "the search for a private key finds it in device.key" \
    "$($find_scalar "$work.device.key" | tail -n 1)" "1 files, 1 hold it"
# shellcheck disable=SC2086
has "and in no output, log, database or folder" $find_scalar "$work"
mv "$work.device.key" "$work/device.key"
has "no sanitizer had anything to say" not grep -rqaE \
    'runtime error|(Address|Leak)Sanitizer|BUG_ASSERT' "$work" --include '*.err' --include '*.out' \
    --include '*.log' --include '*.cuts' --include '*.console'

served=$first_server
stop_server
equal "the authority ends cleanly" $? 0
servers=

echo "$((number - failed)) passed, $failed failed"
[ "$failed" = 0 ]
