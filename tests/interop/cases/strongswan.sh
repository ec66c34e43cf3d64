# SPDX-License-Identifier: MIT
# strongSwan's pki -- its EST client with a TLS, HTTP, PKCS#7 and X.509 of its own
#
# It takes the first address of a name and no other, so the server is called by its address here:
# "localhost" may begin with ::1, where nobody listens.

# _pki NAME COMMAND...: NAME.out has what it made, NAME.err what it said. The exit status is its own.
_pki()
{
    local name=$1
    shift
    timeout 60 pki "$@" >"$WORK/$name.out" 2>"$WORK/$name.err"
}

# _est NAME OPTIONS...: send NAME.req, get NAME.pem. Options come from a file: --userpass on the
# command line would put the token into the process list.
_est()
{
    local name=$1
    shift
    printf '%s\n' --url "${URL/localhost/127.0.0.1}" --in "$WORK/$name.req" --outform pem \
        --cacert "$CA/root-ca.pem" --cacert "$CA/device-ca.pem" "$@" >"$WORK/$name.options"
    _pki "$name" --est --options "$WORK/$name.options" && cp "$WORK/$name.out" "$WORK/$name.pem"
}

# _new_request NAME [CN]: a key and a request, both made by pki.
_new_request()
{
    pki --gen --type ecdsa --size 256 --outform pem >"$WORK/$1.key" 2>/dev/null
    pki --req --type ecdsa --in "$WORK/$1.key" --dn "CN=${2:-$1}" --outform der \
        >"$WORK/$1.req" 2>/dev/null
}

# What pki got: a certificate for its key, issued by the device CA, which whoami knows.
_expect_certificate()
{
    expect "issuer and chain" "$(openssl verify -CAfile "$CA/root-ca.pem" \
        -untrusted "$CA/device-ca.pem" -purpose sslclient "$WORK/$1.pem" 2>&1)" "$WORK/$1.pem: OK"
    expect "whose key" "$(openssl x509 -in "$WORK/$1.pem" -noout -pubkey)" \
        "$(openssl pkey -in "$WORK/$1.key" -pubout)"
    whoami_of "$1"
    expect "whoami" "$STATUS" 200
}

strongswan_pki_estca_gets_the_three_ca_certificates()
{
    needs pki || return
    _pki estca --estca --url "${URL/localhost/127.0.0.1}" --cacert "$CA/root-ca.pem" \
        --caout "$WORK/estca.pem" --outform pem
    expect "exit status" $? 0
    expect "the set" \
        "$(for file in "$WORK"/estca*.pem; do
            openssl x509 -in "$file" -noout -fingerprint
        done | sort)" \
        "$(for name in root device server; do
            openssl x509 -in "$CA/$name-ca.pem" -noout -fingerprint
        done | sort)"
    expect "words of trust" "$(grep -c 'CA cert is trusted' "$WORK/estca.err")" 3
}

strongswan_pki_est_enrolls_with_userpass()
{
    needs pki || return
    new_token
    _new_request swan1
    _est swan1 --userpass "swan1:$TOKEN"
    expect "exit status" $? 0
    expect_match "its own verdict" "$(cat "$WORK/swan1.err")" "*Issued certificate is trusted*"
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
    _expect_certificate swan1
}

strongswan_pki_est_is_refused_with_a_used_token()
{
    needs pki || return
    _new_request swan2
    _est swan2 --userpass "swan2:$TOKEN"
    expect_match "exit status" $? "[1-9]*"
    expect certificate "$(cat "$WORK/swan2.out")" ""
    expect_match "the log" "$(grep simpleenroll "$LOG" | tail -n 1)" "* 403 *"
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
}

strongswan_pki_est_renews_with_certificate_and_key()
{
    needs pki || return
    _new_request swan3 swan1
    _est swan3 --cert "$WORK/swan1.pem" --key "$WORK/swan1.key"
    expect "exit status" $? 0
    expect_match "the log" "$(tail -n 1 "$LOG")" "*POST $EST/simplereenroll 200 *name=swan1 *"
    _expect_certificate swan3
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
}

strongswan_pki_est_waits_for_the_operator()
{
    needs pki || return
    new_token --approve
    _new_request swan4
    _est swan4 --userpass "swan4:$TOKEN" --interval 1 --maxpolltime 40 &
    local client=$! id=
    for _ in $(seq 100); do
        id=$(authority "request list" --json | tr '{' '\n' | grep '"name":"swan4"' | json id)
        [ -n "$id" ] && break
        sleep 0.1
    done
    authority "request approve $id" >/dev/null
    wait $client
    expect "exit status" $? 0
    expect "answers 202" "$(grep -c 'simpleenroll 202 .*name=swan4' "$LOG")" 1
    _expect_certificate swan4
}
