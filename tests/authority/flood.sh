#!/bin/bash
# SPDX-License-Identifier: MIT
# flood.sh -- an authority under load: a factory's, many slow clients', many wrong tokens'
#
#   tests/authority/flood.sh path/to/imprint-authority
#
# FLOOD_S is how many seconds each flood lasts (10); FLOOD_S=300 is the campaign.
BINARY=$(realpath "${1:?which imprint-authority?}")
HERE=$(dirname "$0")
LASTS=${FLOOD_S:-10}
CLIENTS=1000
LOAD=$(dirname "$BINARY")/authority-load
# shellcheck source=tests/authority/lib.sh
. "$HERE/lib.sh"

memory_kb()
{
    awk '/VmRSS/ { print $2 }' "/proc/$SERVER/status"
}

# Enroll one unit after the other for as long as process $1 lives. Sets ENROLLED, SLOWEST (ms).
_enroll_while()
{
    local began spent
    ENROLLED=0
    SLOWEST=0
    new_token --unlimited
    while kill -0 "$1" 2>/dev/null; do
        new_unit "good$1-$ENROLLED"
        began=$(date +%s%N)
        enroll "good$1-$ENROLLED" "$TOKEN"
        spent=$((($(date +%s%N) - began) / 1000000))
        expect "unit $ENROLLED among them" "$STATUS" 200
        [ "$spent" -le "$SLOWEST" ] || SLOWEST=$spent
        ENROLLED=$((ENROLLED + 1))
    done
}

a_thousand_slow_clients_keep_nobody_out()
{
    local slow first last
    python3 "$HERE/slow_clients.py" "$PORT" $CLIENTS "$LASTS" >"$WORK/slow.out" 2>&1 &
    slow=$!
    for _ in $(seq 600); do
        grep -q ready "$WORK/slow.out" && break
        sleep 0.1
    done
    expect "all of them connected" "$(grep -c ready "$WORK/slow.out")" 1
    first=$(memory_kb)
    _enroll_while $slow
    last=$(memory_kb)
    printf '#   %s; %d units enrolled, the slowest in %d ms; %d kB, at the end %d kB\n' \
        "$(tail -n 1 "$WORK/slow.out")" "$ENROLLED" "$SLOWEST" "$first" "$last"
    expect "still connected" "$(($(awk '/^open/ { print $2 }' "$WORK/slow.out") > CLIENTS / 2))" 1
    expect "enough got in" "$((ENROLLED >= LASTS / 2))" 1
    expect "memory stays flat" "$((last < first + first / 2 + 50000))" 1
    expect "none had to make room" "$(grep -c 'made room' "$LOG")" 0
}

# _guess: present wrong tokens, twenty connections at a time, until killed.
_guess()
{
    local config=$WORK/guess.config
    for i in $(seq 200); do
        printf 'url = "%s%s/simpleenroll"\noutput = /dev/null\n' "$URL" $EST
    done >"$config"
    while :; do
        curl -s -k --parallel --parallel-max 20 -d x -H 'Content-Type: application/pkcs10' \
            -H 'Authorization: Bearer imp_wrong' -w '%{http_code}\n' -K "$config" || break
    done >"$WORK/guesses" 2>/dev/null
}

wrong_tokens_are_limited_and_right_ones_from_the_same_address_are_not()
{
    local guessing timer rows
    _guess &
    guessing=$!
    sleep "$LASTS" &
    timer=$!
    _enroll_while $timer
    kill $guessing
    wait $guessing 2>/dev/null
    printf '#   %d guesses, %d of them answered 401; %d units enrolled, the slowest in %d ms\n' \
        "$(wc -l <"$WORK/guesses")" "$(grep -c 401 "$WORK/guesses")" "$ENROLLED" "$SLOWEST"
    expect "enough got in" "$((ENROLLED >= LASTS / 2))" 1
    expect "ten times as many guesses" "$(($(wc -l <"$WORK/guesses") > 10 * ENROLLED))" 1
    expect "guesses that were answered" \
        "$(($(grep -c 401 "$WORK/guesses") <= 60 * (1 + (LASTS + 59) / 60)))" 1
    rows=$(sqlite3 "$CA/authority.db" "SELECT count(*) FROM audit WHERE what LIKE 'TOKEN%'")
    expect "few audit rows of it" "$((rows < 50))" 1
}

a_limited_address_is_told_when_to_come_back()
{
    request limited $EST/simpleenroll -d x -H 'Authorization: Bearer imp_wrong'
    for _ in $(seq 61); do
        [ "$STATUS" = 429 ] && break
        request limited $EST/simpleenroll -d x -H 'Authorization: Bearer imp_wrong'
    done
    expect answer "$STATUS $ERROR" "429 TOO_MANY_FAILURES"
    expect_match "Retry-After" "$(header limited Retry-After)" "[1-6]*"
    expect connection "$(header limited Connection)" close
}

# _load UNITS THREADS PREFIX: authority-load with $TOKEN.
_load()
{
    IMPRINT_TOKEN=$TOKEN "$LOAD" "$PORT" "$CA/root-ca.pem" "$1" "$2" "$3"
}

a_factory_behind_one_address_enrolls_500_units_at_full_rate()
{
    new_token --max-uses 500
    _load 500 32 factory >"$WORK/factory"
    expect "exit code" $? 0
    printf '#   %s\n' "$(cat "$WORK/factory")"
    expect_match "units" "$(cat "$WORK/factory")" "500 of 500 *"
    expect "uses" "$(token_fact "$TOKEN_ID" uses)" 500
    expect "refused for their speed" "$(grep -c TOO_ "$LOG")" 0
}

at_ten_times_the_load_good_units_get_in_and_memory_stays_flat()
{
    local first peak stranger
    first=$(memory_kb)
    TOKEN=imp_nobodyhaseverseenthistokenbefore _load 5000 160 stranger >"$WORK/strangers" &
    stranger=$!
    sleep 0.2
    new_token --max-uses 500
    _load 500 16 among >"$WORK/among"
    expect "exit code" $? 0
    kill -0 $stranger 2>/dev/null
    expect "the strangers were still at it" $? 0
    wait $stranger
    peak=$(awk '/VmHWM/ { print $2 }' "/proc/$SERVER/status")
    printf '#   %s; 5000 strangers meanwhile; %d kB before, %d kB at most\n' \
        "$(cat "$WORK/among")" "$first" "$peak"
    expect_match "units" "$(cat "$WORK/among")" "500 of 500 *"
    expect_match "strangers" "$(cat "$WORK/strangers")" "0 of 5000 *"
    expect "memory stays flat" "$((peak < first + first / 2 + 50000))" 1
}

"$BINARY" init --dir "$CA" --name Lab --host localhost >/dev/null || exit 1
ASAN_OPTIONS=quarantine_size_mb=1 start_server flood
run_test a_factory_behind_one_address_enrolls_500_units_at_full_rate
run_test at_ten_times_the_load_good_units_get_in_and_memory_stays_flat
stop_servers
ASAN_OPTIONS=quarantine_size_mb=1 start_server slow_clients
run_test a_thousand_slow_clients_keep_nobody_out
run_test wrong_tokens_are_limited_and_right_ones_from_the_same_address_are_not
run_test a_limited_address_is_told_when_to_come_back
finish
