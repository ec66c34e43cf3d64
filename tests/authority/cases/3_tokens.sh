# SPDX-License-Identifier: MIT
# what a token is good for, and what asking again costs

# _again NAME TOKEN: the second answer must be the first one, byte by byte.
_again()
{
    cp "$WORK/$1.body" "$WORK/$1.first"
    enroll "$1" "$2"
    expect "status of the second answer" "$STATUS" 200
    expect "second answer" "$(cat "$WORK/$1.body")" "$(cat "$WORK/$1.first")"
}

asking_again_gives_the_same_bytes_and_spends_nothing()
{
    new_token --max-uses 5
    new_unit twice
    enroll twice "$TOKEN"
    _again twice "$TOKEN"
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
}

another_token_gives_the_same_certificate_and_spends_nothing()
{
    enrolled_unit other
    new_token
    _again other "$TOKEN"
    expect uses "$(token_fact "$TOKEN_ID" uses)" 0
}

an_exhausted_token_refuses_others_but_serves_its_unit_again()
{
    enrolled_unit first
    new_unit second
    enroll second "$TOKEN"
    expect status "$STATUS" 403
    expect error "$ERROR" TOKEN_EXHAUSTED
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
    _again first "$TOKEN"
    whoami_of first
    expect whoami "$STATUS" 200
}

an_expired_token_refuses_others_but_serves_its_unit_again()
{
    new_token --expires 2s --max-uses 5
    new_unit early
    new_unit late
    enroll early "$TOKEN"
    expect early "$STATUS" 200
    sleep 2.1
    enroll late "$TOKEN"
    expect status "$STATUS" 403
    expect error "$ERROR" TOKEN_EXPIRED
    expect state "$(token_fact "$TOKEN_ID" state)" Expired
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
    _again early "$TOKEN"
    whoami_of early
    expect whoami "$STATUS" 200
    enrolled_unit another
    new_token --expires 1s
    sleep 1.1
    enroll another "$TOKEN"
    expect "a known key with a foreign expired token" "$ERROR" TOKEN_EXPIRED
}

a_revoked_token_refuses_everybody_but_its_devices_work()
{
    new_token --max-uses 5
    new_unit kept
    new_unit lost
    new_unit third
    enroll kept "$TOKEN"
    whoami_of kept
    enroll lost "$TOKEN"
    authority "token revoke $TOKEN_ID" >/dev/null
    enroll third "$TOKEN"
    expect status "$STATUS" 403
    expect error "$ERROR" TOKEN_REVOKED
    enroll lost "$TOKEN"
    expect "a lost answer" "$ERROR" TOKEN_REVOKED
    expect "shown as undelivered" "$(token_fact "$TOKEN_ID" undelivered)" 1
    expect state "$(token_fact "$TOKEN_ID" state)" Revoked
    whoami_of kept
    expect whoami "$STATUS" 200
}

unknown_and_missing_tokens_are_401()
{
    new_unit nobody
    enroll nobody imp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
    expect status "$STATUS" 401
    expect error "$ERROR" TOKEN_UNKNOWN
    expect challenges "$(header nobody WWW-Authenticate | paste -s -d ,)" \
        'Bearer realm="imprint",Basic realm="imprint"'
    for authorization in "" "Authorization: Bearer" "Authorization: Digest x" \
        "Authorization: Basic !" "Authorization: Basic $(printf 'user:' | base64)"; do
        post_csr nobody "$WORK/nobody.csr" $EST/simpleenroll ${authorization:+-H "$authorization"}
        expect "status of '$authorization'" "$STATUS" 401
        expect "error of '$authorization'" "$ERROR" TOKEN_MISSING
    done
}

a_token_that_enrolls_too_fast_has_to_wait_and_spends_nothing()
{
    local main_port=$PORT main_log=$LOG fast
    start_server slow --max-enrollments 3
    new_token --max-uses 10
    for i in 1 2 3 4; do
        new_unit "fast$i"
        enroll "fast$i" "$TOKEN"
    done
    expect answer "$STATUS $ERROR" "429 TOKEN_TOO_FAST"
    expect_match "Retry-After" "$(header fast4 Retry-After)" "[1-6]*"
    expect uses "$(token_fact "$TOKEN_ID" uses)" 3
    _again fast3 "$TOKEN"
    fast=$TOKEN
    new_token
    enroll fast4 "$TOKEN"
    expect "with another token" "$STATUS" 200
    _again fast4 "$fast"
    kill "$SERVER"
    wait "$SERVER"
    PORT=$main_port URL=https://localhost:$main_port LOG=$main_log
}
