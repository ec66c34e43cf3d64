# SPDX-License-Identifier: MIT
# the TLS side

cacerts_holds_the_root_and_both_issuing_cas()
{
    request cacerts $EST/cacerts
    expect status "$STATUS" 200
    expect type "$(header cacerts Content-Type)" application/pkcs7-mime
    base64 -d "$WORK/cacerts.body" | openssl pkcs7 -inform DER -print_certs |
        sed -n '/^-----BEGIN/,/^-----END/p' >"$WORK/cacerts.pem"
    cat "$CA/root-ca.pem" "$CA/device-ca.pem" "$CA/server-ca.pem" >"$WORK/cacerts.wanted"
    expect certificates "$(sha256sum <"$WORK/cacerts.pem")" "$(sha256sum <"$WORK/cacerts.wanted")"
}

_s_client()
{
    openssl s_client -connect "localhost:$PORT" -CAfile "$CA/root-ca.pem" "$@" </dev/null 2>&1
}

tls_is_modern_and_sends_leaf_and_issuing_ca()
{
    local answer
    answer=$(_s_client -showcerts -tls1_3)
    expect_match "TLS 1.3" "$answer" "*TLSv1.3*Verify return code: 0*"
    expect "certificates sent" "$(grep -c -e '-----BEGIN CERT' <<<"$answer")" 2
    expect "tickets" "$(grep -c 'New Session Ticket' <<<"$answer")" 0
    expect_match "client CA names" "$answer" "*No client certificate CA names sent*"
    expect_match "TLS 1.2" "$(_s_client -tls1_2)" "*TLSv1.2*Extended master secret: yes*"
    expect_match "TLS 1.1" "$(_s_client -tls1_1 -cipher ALL:@SECLEVEL=0)" "*alert*"
    expect_match "CBC" "$(_s_client -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256)" "*alert*"
}

a_certificate_of_another_ca_is_refused_in_the_handshake()
{
    new_unit stranger
    openssl req -x509 -key "$WORK/stranger.key" -subj /CN=stranger -days 1 -out "$WORK/stranger.pem"
    whoami_of stranger
    expect status "$STATUS" 000
    request none $WHOAMI --cert "$CA/server.pem" --key "$CA/server.key"
    expect "the server's own" "$STATUS" 000
    expect_match log "$(grep connection "$LOG" | tail -2)" "*reason=\"*certificate*"
}

# _forge NAME CA USAGE: a certificate for NAME.key, made with the CA's own key behind its back.
_forge()
{
    new_unit "$1"
    printf 'extendedKeyUsage=%s\nauthorityKeyIdentifier=keyid' "$3" >"$WORK/$1.ext"
    base64 -d "$WORK/$1.csr" | openssl x509 -req -inform DER -CA "$CA/$2.pem" -CAkey "$CA/$2.key" \
        -set_serial 99 -days 1 -extfile "$WORK/$1.ext" -out "$WORK/$1.pem" 2>/dev/null
}

only_the_device_ca_vouches_for_clients_and_only_records_count()
{
    _forge behind server-ca clientAuth
    whoami_of behind
    expect "issued by the server CA" "$STATUS" 000
    _forge usage device-ca serverAuth
    whoami_of usage
    expect "not for clients" "$STATUS" 000
    _forge unknown device-ca clientAuth
    whoami_of unknown
    expect "not in the records" "$STATUS $ERROR" "403 DEVICE_UNKNOWN"
}
