#!/bin/bash
# SPDX-License-Identifier: MIT
# crash.sh -- kill the authority with SIGKILL while it issues, again and again, and count
#
#   tests/authority/crash.sh path/to/imprint-authority [ROUNDS]
#
# Whenever the kill comes: certificates = uses, every unit gets the certificate that it was issued,
# and no unit gets one that is not in the database. SEED says after how
# many answers each kill comes.
BINARY=$(realpath "${1:?which imprint-authority?}")
ROUNDS=${2:-8}
RANDOM=${SEED:-1}
HERE=$(dirname "$0")
# shellcheck source=tests/authority/lib.sh
. "$HERE/lib.sh"
# shellcheck source=tests/authority/cases/7_parallel.sh
. "$HERE/cases/7_parallel.sh"

UNITS=16

# One round: a token for UNITS - 4 units; UNITS ask at the same time, and the server dies meanwhile.
_round()
{
    local prefix=$1 answers=$((RANDOM % (UNITS - 4)))
    new_token --max-uses $((UNITS - 4))
    for i in $(seq $UNITS); do
        new_unit "$prefix$i"
    done
    start_server "$prefix"
    _parallel_enroll "$prefix" $UNITS 2>/dev/null &
    local clients=$!
    for _ in $(seq 2000); do
        [ "$(grep -c ' 200 ' "$LOG")" -lt $answers ] || break
        sleep 0.002
    done
    kill -9 "$SERVER"
    wait "$SERVER" "$clients" 2>/dev/null
    for i in $(seq $UNITS); do
        [ "$(cat "$WORK/$prefix.$i.status")" != 200 ] ||
            cp "$WORK/$prefix$i.body" "$WORK/$prefix$i.early"
    done
}

# After a restart: what was handed out before the crash is handed out again, and the sums are right.
_check_round()
{
    local prefix=$1 accepted=0 early=0
    start_server "$prefix.again"
    for i in $(seq $UNITS); do
        enroll "$prefix$i" "$TOKEN"
        [ "$STATUS" = 200 ] && accepted=$((accepted + 1))
        if [ -e "$WORK/$prefix$i.early" ]; then
            early=$((early + 1))
            expect "$prefix$i again" \
                "$(cat "$WORK/$prefix$i.body")" "$(cat "$WORK/$prefix$i.early")"
        fi
    done
    expect "units with a certificate" $accepted $((UNITS - 4))
    expect "uses" "$(token_fact "$TOKEN_ID" uses)" $((UNITS - 4))
    expect "certificates" "$(authority "device list" --json | tr '{' '\n' |
        grep -c "\"token\":$TOKEN_ID,")" $((UNITS - 4))
    kill "$SERVER"
    wait "$SERVER"
    EARLY=$((EARLY + early))
}

uses_and_certificates_agree_whenever_the_server_is_killed()
{
    EARLY=0
    for round in $(seq "$ROUNDS"); do
        _round "r${round}u"
        _check_round "r${round}u"
    done
    printf '# %d rounds, %d answers out before the kill, of %d\n' "$ROUNDS" $EARLY \
        $((ROUNDS * (UNITS - 4)))
    [ $EARLY -gt 0 ] && [ $EARLY -lt $((ROUNDS * (UNITS - 4))) ] ||
        expect "kills in the middle" "none" "some"
}

serial_numbers_are_unique()
{
    local serials
    serials=$(authority "device list" --json | tr '{' '\n' | json serial)
    expect serials "$(sort -u <<<"$serials" | wc -l)" "$(wc -l <<<"$serials")"
    expect count "$(wc -l <<<"$serials")" $((ROUNDS * (UNITS - 4)))
}

"$BINARY" init --dir "$CA" --name Lab --host localhost >/dev/null
run_test uses_and_certificates_agree_whenever_the_server_is_killed
run_test serial_numbers_are_unique
finish
