# SPDX-License-Identifier: MIT
# names, keys and revoked devices

a_taken_name_is_refused_until_the_operator_permits_one_replacement()
{
    enrolled_unit name1
    new_token --max-uses 5
    new_unit name2 name1
    new_unit name3 name1
    enroll name2 "$TOKEN"
    expect status "$STATUS" 403
    expect error "$ERROR" NAME_TAKEN
    expect uses "$(token_fact "$TOKEN_ID" uses)" 0
    authority "device permit-replace name1" >/dev/null
    enroll name2 "$TOKEN"
    expect replaced "$STATUS" 200
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
    whoami_of name1
    expect "the old unit" "$ERROR" DEVICE_REVOKED
    whoami_of name2
    expect "the new unit" "$STATUS" 200
    enroll name1 "$TOKEN"
    expect "the replaced key" "$ERROR" DEVICE_REVOKED
    enroll name3 "$TOKEN"
    expect "a second one" "$ERROR" NAME_TAKEN
}

a_key_known_under_another_name_is_refused_and_logged()
{
    enrolled_unit original
    new_token
    cp "$WORK/original.key" "$WORK/clone.key"
    new_unit clone
    enroll clone "$TOKEN"
    expect status "$STATUS" 403
    expect error "$ERROR" KEY_KNOWN
    expect uses "$(token_fact "$TOKEN_ID" uses)" 0
    expect "log lines" "$(grep -c 'error=KEY_KNOWN .*name=clone' "$LOG")" 1
}

an_expired_certificate_frees_its_name()
{
    # A certificate can't be made to expire within a test, so the record is told that it did.
    command -v sqlite3 >/dev/null || { skip "no sqlite3 program"; return; }
    enrolled_unit old
    sqlite3 "$CA/authority.db" "UPDATE certificate SET not_after = 1000 WHERE name = 'old'"
    whoami_of old
    expect "expired" "$ERROR" CLIENT_CERT_MISSING
    new_token
    new_unit new old
    enroll new "$TOKEN"
    expect "new key" "$STATUS" 200
    expect_match "the old one" "$(authority "device show old")" "*Expired*"
}

a_new_key_waits_until_all_certificates_of_the_name_have_expired()
{
    command -v sqlite3 >/dev/null || { skip "no sqlite3 program"; return; }
    enrolled_unit both
    new_unit both2 both
    post_csr both2 "$WORK/both2.csr" $EST/simplereenroll --cert "$WORK/both.pem" \
        --key "$WORK/both.key"
    expect renewal "$STATUS" 200
    new_token
    new_unit both3 both
    for serial in "$(serial_of both2)" "$(serial_of both)"; do
        enroll both3 "$TOKEN"
        expect "while one lives" "$STATUS $ERROR" "403 NAME_TAKEN"
        sqlite3 "$CA/authority.db" "UPDATE certificate SET not_after = 1000 WHERE serial = '$serial'"
    done
    post_csr both4 "$WORK/both3.csr" $EST/simplereenroll --cert "$WORK/both.pem" \
        --key "$WORK/both.key"
    expect "renewing with an expired one" "$ERROR" CLIENT_CERT_MISSING
    expect uses "$(token_fact "$TOKEN_ID" uses)" 0
    enroll both3 "$TOKEN"
    expect "when all have ended" "$STATUS" 200
    expect name "$(openssl x509 -in "$WORK/both3.pem" -noout -subject -nameopt RFC2253)" \
        "subject=CN=both"
    whoami_of both3
    expect whoami "$STATUS" 200
}

a_revoked_device_is_refused_everywhere_until_replaced()
{
    enrolled_unit gone
    new_token --unlimited
    whoami_of gone
    expect before "$STATUS" 200
    authority "device revoke gone" >/dev/null
    whoami_of gone
    expect status "$STATUS" 403
    expect whoami "$ERROR" DEVICE_REVOKED
    enroll gone "$TOKEN"
    expect "same key" "$ERROR" DEVICE_REVOKED
    post_csr gone.again "$WORK/gone.csr" $EST/simplereenroll \
        --cert "$WORK/gone.pem" --key "$WORK/gone.key"
    expect reenroll "$ERROR" DEVICE_REVOKED
    new_unit gone2 gone
    enroll gone2 "$TOKEN"
    expect "new key" "$ERROR" DEVICE_REVOKED
    authority "device permit-replace gone" >/dev/null
    enroll gone "$TOKEN"
    expect "the revoked key does not get the permit" "$ERROR" DEVICE_REVOKED
    enroll gone2 "$TOKEN"
    expect "permitted" "$STATUS" 200
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
}
