# SPDX-License-Identifier: MIT
# the authority itself and its command line

init_prints_the_fingerprint_of_its_root()
{
    local plain colons
    plain=$("$BINARY" init --dir "$CA" --name Lab --host localhost --host 127.0.0.1 --json |
        json root_fingerprint)
    colons=$(openssl x509 -in "$CA/root-ca.pem" -noout -fingerprint -sha256 | cut -d= -f2)
    expect fingerprint "$plain" "$(tr -d : <<<"$colons" | tr A-F a-f)"
    expect_match "show" "$(authority show)" "*$colons*$plain*"
}

init_refuses_an_existing_authority_and_changes_nothing()
{
    local before after
    before=$(cat "$CA"/* | sha256sum)
    "$BINARY" init --dir "$CA" --name Other --host localhost 2>"$WORK/init.err"
    expect "exit code" $? 1
    expect_match "message" "$(cat "$WORK/init.err")" "*nothing was changed*"
    after=$(cat "$CA"/* | sha256sum)
    expect files "$after" "$before"
    expect leftovers "$(find "$WORK" -name '*unfinished*' | wc -l)" 0
}

key_files_are_for_the_owner_alone()
{
    expect "files open to others" "$(find "$CA" -perm /077 | wc -l)" 0
    expect keys "$(find "$CA" -name '*.key' -perm 600 | wc -l)" 4
}

# _verify PURPOSE [OPTIONS...]: what openssl says about the server's certificate.
_verify()
{
    local purpose=$1
    shift
    openssl verify -x509_strict -purpose "$purpose" -CAfile "$CA/root-ca.pem" \
        -untrusted "$CA/server-ca.pem" "$@" "$CA/server.pem" 2>&1
}

ca_certificates_form_a_strict_chain()
{
    expect_match "name" "$(_verify sslserver -verify_hostname localhost)" "*: OK"
    expect_match "address" "$(_verify sslserver -verify_ip 127.0.0.1)" "*: OK"
    expect_match "other name" "$(_verify sslserver -verify_hostname example)" "*mismatch*"
    expect_match "server as client" "$(_verify sslclient)" "*unsuitable*"
    expect_match pathlen "$(openssl x509 -in "$CA/device-ca.pem" -noout -ext basicConstraints)" \
        "*critical*CA:TRUE, pathlen:0*"
}

wrong_usage_exits_2_with_a_hint()
{
    "$BINARY" serve --dri x 2>"$WORK/usage.err"
    expect "unknown option" $? 2
    expect_match hint "$(cat "$WORK/usage.err")" "*--dri*try*--help*"
    "$BINARY" token create --dir "$CA" 2>/dev/null
    expect "missing label" $? 2
    authority "token create" --label x --expires yesterday 2>/dev/null
    expect "bad time" $? 2
    "$BINARY" token list --dir "$WORK/nowhere" 2>/dev/null
    expect "no authority" $? 3
    for label in "" "   " $'bell\a' $'line\nbreak' $'\x1b[31mred' $'c1 \xc2\x9b'; do
        authority "token create" --label "$label" >/dev/null 2>"$WORK/usage.err"
        expect "label ${label@Q}" $? 2
    done
    for listen in foo 127.0.0.1 127.0.0.1: 127.0.0.1:99999 127.0.0.1:http :1x; do
        authority serve --listen "$listen" 2>/dev/null
        expect "--listen $listen" $? 2
    done
    for host in "bad host" "" "*.example" "a,DNS:b"; do
        "$BINARY" init --dir "$WORK/bad" --name x --host "$host" 2>/dev/null
        expect "--host $host" $? 2
    done
    expect "nothing made" "$(find "$WORK" -name 'bad*' | wc -l)" 0
    authority "token show 999" 2>/dev/null
    expect "no such token" $? 1
}

# What a command says of itself at its third write: it must hold whenever a key is in memory.
commands_that_hold_secrets_leave_no_core_file()
{
    local shim
    shim=$(dirname "$BINARY")/libauthority-kill-at.so
    _limits()
    {
        (ulimit -c unlimited 2>/dev/null
            ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$shim KILL_AT=3 KILL_HOW=report "$@" 2>&1 |
                grep -o 'core [0-9]* dumpable [0-9]')
    }
    expect init "$(_limits "$BINARY" init --dir "$WORK/core" --name x --host x)" "core 0 dumpable 0"
    expect token "$(_limits "$BINARY" token create --dir "$WORK/core" --label x)" "core 0 dumpable 0"
    expect rollover "$(_limits "$BINARY" ca rollover begin --dir "$WORK/core")" "core 0 dumpable 0"
    rm -rf "$WORK/core"
}
