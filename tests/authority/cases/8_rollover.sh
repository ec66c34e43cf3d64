# SPDX-License-Identifier: MIT
# a new root for a living fleet. These tests have an authority and a server of their own, which all
# steps are done to while the server runs.

_rollover_begins()
{
    OLD_CA=$CA OLD_URL=$URL OLD_PORT=$PORT OLD_LOG=$LOG OLD_SERVER=$SERVER
    CA=$WORK/$1
    "$BINARY" init --dir "$CA" --name Lab --host localhost --host 127.0.0.1 --host ::1 >/dev/null
    start_server "$1"
}

_rollover_ends()
{
    kill "$SERVER"
    wait "$SERVER"
    expect "the server's exit code" $? 0
    CA=$OLD_CA URL=$OLD_URL PORT=$OLD_PORT LOG=$OLD_LOG SERVER=$OLD_SERVER
}

_step()
{
    authority "ca rollover $1" "${@:2}" >"$WORK/step.out" 2>"$WORK/step.err"
    expect "ca rollover $*" $? "${WANTED:-0}"
}

_issuer_of()
{
    openssl x509 -in "$WORK/$1.pem" -noout -issuer -nameopt RFC2253 | sed 's/^issuer=CN=//'
}

# How many certificates the server presents.
_presented()
{
    openssl s_client -connect "localhost:$PORT" -showcerts </dev/null 2>/dev/null |
        grep -c -e '-----BEGIN CERTIFICATE'
}

_renew_as()
{
    [ -e "$WORK/$1.csr" ] || new_unit "$1" "$3"
    post_csr "$1" "$WORK/$1.csr" $EST/simplereenroll --cert "$WORK/$2.pem" --key "$WORK/$2.key"
    expect "renewing $2 as $1" "$STATUS" 200
}

_devices_under()
{
    authority "ca status" --json | tr '{' '\n' | grep "\"ca\":$1," | json devices
}

a_fleet_rolls_over_to_a_new_root_while_the_server_runs()
{
    _rollover_begins fleet
    enrolled_unit awake
    whoami_of awake
    enrolled_unit asleep
    whoami_of asleep
    expect "under the first root" "$(_devices_under 1)" 2

    _step begin
    _renew_as awake2 awake awake
    expect "begun: issuer" "$(_issuer_of awake2)" "Lab device CA"
    expect "begun: certificates that the server shows" "$(_presented)" 2

    _step switch
    whoami_of awake2
    expect "switched: a certificate of the old root" "$STATUS" 200
    expect "switched: certificates that the server shows" "$(_presented)" 3
    _renew_as awake3 awake2 awake
    expect "switched: issuer" "$(_issuer_of awake3)" "Lab device CA 2"
    expect "an issued one does not count before it was proved" "$(_devices_under 1)" 2
    whoami_of awake3
    expect "a proved one does" "$(_devices_under 1) $(_devices_under 2)" "1 1"

    WANTED=1 _step finish
    expect_match "who is left" "$(cat "$WORK/step.err")" "*1 device is still under the old root*"
    # It knows the old root only, and has slept since before the roll-over: lib.sh asks so.
    _renew_as asleep2 asleep asleep
    expect "who slept: issuer" "$(_issuer_of asleep2)" "Lab device CA 2"
    whoami_of asleep2

    authority "show" --pem >"$WORK/new-root.pem"
    _step finish
    whoami_of awake3
    expect "finished: a client that knows the old root only" "$STATUS" 000
    cp "$WORK/new-root.pem" "$CA/root-ca.pem"
    expect "finished: certificates that the server shows" "$(_presented)" 2
    whoami_of awake3
    expect "finished: the new root" "$STATUS" 200
    whoami_of awake2
    expect "finished: a certificate of the old root" "$STATUS" 000
    expect "state of the old one" "$(authority "device show awake" | grep -c 'Root retired')" 2
    expect "keys of the old root" "$(find "$CA" -maxdepth 1 -name '*.key' | wc -l)" 0
    new_token
    new_unit fresh
    enroll fresh "$TOKEN"
    expect "finished: enrolling" "$STATUS $(_issuer_of fresh)" "200 Lab device CA 2"
    _rollover_ends
}

# _lists: the certificates of /cacerts into $WORK/listed.N.pem; their number to LISTED.
_lists()
{
    request cacerts $EST/cacerts
    unpack cacerts
    rm -f "$WORK"/listed.*
    LISTED=$(awk -v to="$WORK/listed." '/BEGIN/ { n++ } { print >(to n ".pem") } END { print n }' \
        "$WORK/cacerts.pem")
}

cacerts_announces_both_roots_and_their_cross_certificates()
{
    local phase
    _rollover_begins announced
    _lists
    expect "before" "$LISTED" 3
    for phase in begin switch; do
        _step $phase
        _lists
        expect "$phase: certificates, as many as a device takes" "$LISTED" 6
        for file in root-ca.pem ca-2/root-ca.pem ca-2/new-with-old.pem ca-2/old-with-new.pem; do
            expect "$phase: $file" "$(for listed in "$WORK"/listed.*; do
                openssl x509 -in "$listed" -outform DER | cmp -s - \
                    <(openssl x509 -in "$CA/$file" -outform DER) && echo listed
            done)" listed
        done
        expect "$phase: bytes" "$(($(base64 -d "$WORK/cacerts.body" | wc -c) < 4096))" 1
    done
    # RFC 4210 4.4: who trusts one root gets to what the other one issued.
    expect_match "the new under the old" "$(openssl verify -x509_strict -CAfile "$CA/root-ca.pem" \
        -untrusted "$CA/ca-2/new-with-old.pem" "$CA/ca-2/device-ca.pem" 2>&1)" "*: OK"
    expect_match "the old under the new" "$(openssl verify -x509_strict \
        -CAfile "$CA/ca-2/root-ca.pem" -untrusted "$CA/ca-2/old-with-new.pem" \
        "$CA/device-ca.pem" 2>&1)" "*: OK"
    expect_match "the server, by name" "$(openssl verify -x509_strict -purpose sslserver \
        -verify_hostname localhost -CAfile "$CA/root-ca.pem" -untrusted "$CA/ca-2/new-with-old.pem" \
        -untrusted "$CA/ca-2/server-ca.pem" "$CA/ca-2/server.pem" 2>&1)" "*: OK"
    expect "no key of another" "$(find "$CA" -name '*.key' -exec sha256sum {} + | cut -d' ' -f1 |
        sort -u | wc -l)" 8
    expect "keys open to others" "$(find "$CA" -name '*.key' -perm /077 | wc -l)" 0
    _rollover_ends
}

steps_may_be_repeated_but_not_skipped()
{
    _rollover_begins steps
    WANTED=1 _step switch
    WANTED=1 _step finish
    _step begin
    local made
    made=$(sha256sum "$CA"/ca-2/*)
    _step begin
    expect_match "begin again" "$(cat "$WORK/step.out")" "*nothing was changed*"
    expect "the new root" "$(sha256sum "$CA"/ca-2/*)" "$made"
    WANTED=1 _step finish
    _step switch
    _step switch
    expect_match "switch again" "$(cat "$WORK/step.out")" "*nothing was changed*"
    WANTED=1 _step begin
    _step finish
    _step finish
    expect_match "finish again" "$(cat "$WORK/step.out")" "*nothing was changed*"
    expect phase "$(authority "ca status" --json | json phase)" steady
    _step begin
    expect_match "the next one" "$(authority "ca status")" "*begun*2 *issues*3 *announced*"
    expect "audit rows" "$(sqlite3 "$CA/authority.db" \
        "SELECT count(*) FROM audit WHERE what LIKE 'ca rollover %'" 2>/dev/null || echo 4)" 4
    _rollover_ends
}

a_step_to_files_that_can_not_be_loaded_is_not_made()
{
    _rollover_begins unloadable
    _step begin
    mv "$CA/ca-2/server.key" "$WORK/kept.key"
    WANTED=3 _step switch
    expect_match "which file" "$(cat "$WORK/step.err")" "*ca-2/server.key*nothing was changed*"
    expect phase "$(authority "ca status" --json | json phase)" begun
    mv "$WORK/kept.key" "$CA/ca-2/server.key"
    _step switch
    mv "$CA/ca-2/device-ca.key" "$WORK/kept.key"
    WANTED=3 _step finish
    expect_match "which file" "$(cat "$WORK/step.err")" "*ca-2/device-ca.key*nothing was changed*"
    expect phase "$(authority "ca status" --json | json phase)" switched
    expect "keys of the old root" "$(find "$CA" -maxdepth 1 -name '*.key' | wc -l)" 4
    mv "$WORK/kept.key" "$CA/ca-2/device-ca.key"
    _step finish
    _rollover_ends
}

finish_says_which_keys_of_the_old_root_remain()
{
    _rollover_begins remaining
    _step begin
    _step switch
    # What can't be unlinked, by nobody: a folder in the place of the key.
    rm "$CA/root-ca.key"
    mkdir "$CA/root-ca.key"
    for _ in first again; do
        WANTED=3 _step finish
        expect_match "which" "$(cat "$WORK/step.err")" "*/root-ca.key: *finished, but keys*"
        expect phase "$(authority "ca status" --json | json phase)" steady
    done
    expect "the others" "$(find "$CA" -maxdepth 1 -type f -name '*.key' | wc -l)" 0
    rmdir "$CA/root-ca.key"
    _step finish
    _rollover_ends
}

steps_are_for_the_owner_of_the_folder()
{
    if [ "$(id -u)" != 0 ]; then
        skip "needs root"
        return
    fi
    _rollover_begins owner
    chown 12345 "$CA"
    WANTED=3 _step begin
    expect_match "why" "$(cat "$WORK/step.err")" "*belongs to user 12345: run it as that user*"
    expect "files made" "$(find "$CA" -name 'ca-2*')" ""
    chown 0 "$CA"
    _step begin
    _rollover_ends
}

finish_by_force_locks_out_who_is_left()
{
    _rollover_begins forced
    enrolled_unit left
    whoami_of left
    _step begin
    _step switch
    WANTED=1 _step finish
    _step finish --force
    authority "show" --pem >"$CA/root-ca.pem"
    whoami_of left
    expect "its certificate" "$STATUS" 000
    enroll left "$TOKEN"
    expect "its token, for the retired certificate" "$STATUS $ERROR" "403 TOKEN_EXHAUSTED"
    new_token
    new_unit left2 left
    enroll left2 "$TOKEN"
    expect "a new key and token for the same name" "$STATUS" 200
    _rollover_ends
}
