# SPDX-License-Identifier: MIT
# renewal, and requests that wait for the operator

_renew()
{
    post_csr "$1" "$WORK/$1.csr" $EST/simplereenroll --cert "$WORK/$2.pem" --key "$WORK/$2.key"
}

a_device_renews_with_a_new_key_and_may_ask_again()
{
    enrolled_unit renew
    new_unit renewed renew
    _renew renewed renew
    expect status "$STATUS" 200
    cp "$WORK/renewed.body" "$WORK/renewed.first"
    _renew renewed renew
    expect "asked again" "$(cat "$WORK/renewed.body")" "$(cat "$WORK/renewed.first")"
    whoami_of renewed
    expect "new certificate" "$STATUS" 200
    whoami_of renew
    expect "old certificate" "$STATUS" 200
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
    cp "$WORK/renew.key" "$WORK/samekey.key"
    new_unit samekey renew
    _renew samekey renew
    expect "with the same key" "$STATUS" 200
    [ "$(serial_of samekey)" != "$(serial_of renew)" ] ||
        expect "same key" "the old certificate" "a new one"
}

# The state of certificate $2 of device $1.
_state_of()
{
    authority "device show $1" --json | tr '{' '\n' | grep "\"serial\":\"$(serial_of "$2")\"" |
        json state
}

a_renewal_in_parallel_is_one_certificate()
{
    enrolled_unit many
    new_unit many2 many
    for i in $(seq 12); do
        # Each writes files of its own.
        (post_csr "many2.$i" "$WORK/many2.csr" $EST/simplereenroll --cert "$WORK/many.pem" \
            --key "$WORK/many.key"
            echo "$STATUS" >"$WORK/many2.$i.status") &
    done
    wait %% 2>/dev/null
    for i in $(seq 12); do
        for _ in $(seq 100); do
            [ -s "$WORK/many2.$i.status" ] && break
            sleep 0.05
        done
    done
    expect answers "$(cat "$WORK"/many2.*.status | sort | uniq -c | tr -s ' ')" " 12 200"
    expect "different ones" "$(cat "$WORK"/many2.*.body | sed 's/$/\n/' | sort -u | grep -c .)" 1
    expect records "$(authority "device show many" --json | tr '{' '\n' | grep -c '"serial"')" 2
}

a_certificate_is_superseded_when_the_next_one_was_proved_and_works_until_it_ends()
{
    enrolled_unit super
    whoami_of super
    new_unit super2 super
    _renew super2 super
    expect "renewed, not proved" "$(_state_of super super)" Enrolled
    expect "the new one" "$(_state_of super super2)" "Issued, not delivered"
    whoami_of super2
    expect "proved" "$(_state_of super super)" Superseded
    expect "the new one now" "$(_state_of super super2)" Enrolled
    expect_match list "$(authority "device list" | grep '^super ')" "*Enrolled*"
    whoami_of super
    expect "the old one still works" "$STATUS" 200
}

a_renewal_keeps_its_name_and_needs_the_certificate()
{
    enrolled_unit stay
    new_unit stay2 elsewhere
    _renew stay2 stay
    expect "another name" "$ERROR" CSR_INVALID
    post_csr stay2 "$WORK/stay.csr" $EST/simplereenroll -H "Authorization: Bearer $TOKEN"
    expect "no certificate" "$ERROR" CLIENT_CERT_MISSING
    cp "$WORK/bearer.key" "$WORK/stay3.key"
    new_unit stay3 stay
    _renew stay3 stay
    expect "a key of another device" "$ERROR" KEY_KNOWN
}

_request_id_of()
{
    authority "request list" --json | tr '{' '\n' | grep "\"name\":\"$1\"" | json id
}

an_approve_token_waits_for_the_operator()
{
    new_token --approve --max-uses 2
    new_unit wait1
    new_unit wait2
    enroll wait1 "$TOKEN"
    expect status "$STATUS" 202
    expect_match "retry after" "$(header wait1 Retry-After)" "[1-9]*"
    enroll wait1 "$TOKEN"
    expect "still" "$STATUS" 202
    expect "requests" "$(authority "request list" | grep -c ' pending .*wait1')" 1
    expect uses "$(token_fact "$TOKEN_ID" uses)" 0
    authority "request approve $(_request_id_of wait1)" >/dev/null
    expect "uses after approval" "$(token_fact "$TOKEN_ID" uses)" 0
    enroll wait1 "$TOKEN"
    expect "approved" "$STATUS" 200
    expect "uses after issue" "$(token_fact "$TOKEN_ID" uses)" 1
    enroll wait2 "$TOKEN"
    authority "request refuse $(_request_id_of wait2)" >/dev/null
    enroll wait2 "$TOKEN"
    expect "refused" "$ERROR" REQUEST_REFUSED
    authority "request approve $(_request_id_of wait2)" 2>/dev/null
    expect "approving a refused one" $? 1
}
