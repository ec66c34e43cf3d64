# SPDX-License-Identifier: MIT
# many at once

# _parallel_enroll PREFIX COUNT: units PREFIX1..COUNT at the same time; the statuses are
# in PREFIX.*.status.
_parallel_enroll()
{
    seq "$2" | xargs -P 12 -I{} sh -c "curl -sS --max-time 60 --cacert '$CA/root-ca.pem' \
        -H 'Authorization: Bearer $TOKEN' -H 'Content-Type: application/pkcs10' \
        --data-binary @'$WORK/$1{}.csr' -o '$WORK/$1{}.body' -w '%{http_code}' \
        '$URL$EST/simpleenroll' >'$WORK/$1.{}.status'"
}

many_units_and_few_uses_give_exactly_that_many_certificates()
{
    new_token --max-uses 7
    for i in $(seq 24); do
        new_unit "many$i"
    done
    _parallel_enroll many 24
    expect accepted "$(cat "$WORK"/many.*.status | grep -o 200 | wc -l)" 7
    expect refused "$(cat "$WORK"/many.*.status | grep -o 403 | wc -l)" 17
    expect uses "$(token_fact "$TOKEN_ID" uses)" 7
}

one_key_many_times_at_once_gets_one_certificate()
{
    new_token --max-uses 20
    new_unit onekey1 onekey
    for i in $(seq 2 12); do
        cp "$WORK/onekey1.csr" "$WORK/onekey$i.csr"
    done
    _parallel_enroll onekey 12
    expect accepted "$(cat "$WORK"/onekey.*.status | grep -o 200 | wc -l)" 12
    expect "different answers" \
        "$(sha256sum "$WORK"/onekey*.body | cut -d' ' -f1 | sort -u | wc -l)" 1
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
}
