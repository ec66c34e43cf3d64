# SPDX-License-Identifier: MIT
# enrolling and proving it

a_bearer_token_enrolls()
{
    enrolled_unit bearer
    expect type "$(header bearer Content-Type)" "application/pkcs7-mime; smime-type=certs-only"
    expect "certificates" "$(grep -c -e -----BEGIN "$WORK/bearer.pem")" 1
    expect "uses" "$(token_fact "$TOKEN_ID" uses)" 1
    expect "state" "$(token_fact "$TOKEN_ID" state)" Exhausted
}

a_basic_password_enrolls()
{
    new_token
    new_unit basic
    post_csr basic "$WORK/basic.csr" $EST/simpleenroll -u "anybody:$TOKEN"
    expect status "$STATUS" 200
}

a_pem_body_enrolls()
{
    new_token
    new_unit pem
    base64 -d "$WORK/pem.csr" | openssl req -inform DER -out "$WORK/pem.csr.pem"
    post_csr pem "$WORK/pem.csr.pem" $EST/simpleenroll -H "Authorization: Bearer $TOKEN"
    expect status "$STATUS" 200
}

answers_carry_date_length_and_a_request_id_that_is_logged()
{
    enrolled_unit answers
    expect_match id "$(header answers X-Request-Id)" "[0-9a-f]*"
    expect "id length" "$(header answers X-Request-Id | tr -d '\n' | wc -c)" 16
    expect_match date "$(header answers Date)" "???, ?? ??? ???? ??:??:?? GMT"
    expect length "$(header answers Content-Length)" "$(wc -c <"$WORK/answers.body")"
    expect_match "log line" "$(grep "request=$(header answers X-Request-Id)" "$LOG")" \
        "*POST $EST/simpleenroll 200 token=$TOKEN_ID name=answers serial=$(serial_of answers)*"
}

_verify_device()
{
    openssl verify -x509_strict -purpose "$1" -CAfile "$CA/root-ca.pem" \
        -untrusted "$CA/device-ca.pem" "$WORK/profile.pem" 2>&1
}

the_certificate_has_the_device_profile()
{
    local text
    enrolled_unit profile
    text=$(openssl x509 -in "$WORK/profile.pem" -noout -text \
        -nameopt RFC2253 | tr -s ' \n' ' ')
    expect_match "version, algorithm" "$text" "*Version: 3 *ecdsa-with-SHA256*"
    expect_match "names" "$text" \
        "*Issuer: CN=Lab device CA *Subject: CN=profile Subject Public*"
    expect_match "constraints" "$text" "*Basic Constraints: critical CA:FALSE X509v3 Key Usage: \
critical Digital Signature X509v3 Extended Key Usage: TLS Web Client Authentication X509v3 \
Subject Key Identifier: *Authority Key Identifier: *"
    expect "extensions" "$(grep -o 'X509v3 [A-Z]' <<<"$text" | wc -l)" 5
    expect "serial digits" "$(serial_of profile | tr -d '\n' | wc -c)" 32
    expect_match "strict" "$(_verify_device sslclient)" "*: OK"
    expect_match "as server" "$(_verify_device sslserver)" "*unsuitable*"
    expect "key" "$(openssl x509 -in "$WORK/profile.pem" -noout -pubkey)" \
        "$(openssl pkey -in "$WORK/profile.key" -pubout)"
    expect "in 364 days" \
        "$(openssl x509 -in "$WORK/profile.pem" -noout -checkend $((364 * 86400)))" \
        "Certificate will not expire"
}

whoami_says_who_it_is()
{
    enrolled_unit who
    expect "not delivered yet" "$(token_fact "$TOKEN_ID" undelivered)" 1
    expect_match "device list" "$(authority "device show who")" "*Issued, not delivered*"
    whoami_of who
    expect status "$STATUS" 200
    expect name "$(json name <"$WORK/who.whoami.body")" who
    expect serial "$(json serial <"$WORK/who.whoami.body")" "$(serial_of who)"
    expect label "$(json label <"$WORK/who.whoami.body")" test
    expect fingerprint "$(json fingerprint <"$WORK/who.whoami.body")" \
        "$(openssl x509 -in "$WORK/who.pem" -outform DER | sha256sum | cut -d' ' -f1)"
    expect "delivered" "$(token_fact "$TOKEN_ID" undelivered)" 0
}

whoami_without_a_certificate_is_401()
{
    request none $WHOAMI
    expect status "$STATUS" 401
    expect error "$ERROR" CLIENT_CERT_MISSING
}
