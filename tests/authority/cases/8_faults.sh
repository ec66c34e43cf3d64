# SPDX-License-Identifier: MIT
# serve --fault, as curl and openssl see it; tests/sim/hostile.sh has the device's view

# _faulty FAULT: a second server of the authority, which misbehaves; _honest ends it.
_faulty()
{
    HONEST_PORT=$PORT
    HONEST_LOG=$LOG
    start_server "fault-$1" --fault "$1"
}

_honest()
{
    kill "$SERVER"
    wait "$SERVER" 2>/dev/null
    PORT=$HONEST_PORT
    URL=https://localhost:$PORT
    LOG=$HONEST_LOG
}

# _certificates NAME: how many certificates of that name are recorded.
_certificates()
{
    authority "device show $1" --json 2>/dev/null | grep -o '"fingerprint"' | wc -l
}

unknown_faults_and_wrong_limits_exit_2()
{
    local fault
    for fault in nonsense "" wrong-key=1 delay=x drop-answer:times=x drop-answer:at=moon \
        wrong-key:at=cacerts server-expired:times=1 drop-answer:often wrong-key,nonsense; do
        authority serve --listen 127.0.0.1:0 --fault "$fault" 2>"$WORK/fault.err"
        expect "exit code of '$fault'" $? 2
        expect_match "message of '$fault'" "$(cat "$WORK/fault.err")" "*--fault*"
    done
}

a_server_with_faults_says_so_loudly()
{
    _faulty wrong-key
    expect_match "standard error" "$(cat "$WORK/fault-wrong-key.out")" "*FAULTS ARE ON: wrong-key*"
    expect_match log "$(cat "$LOG")" "*FAULTS-ARE-ON*wrong-key*"
    _honest
}

every_fault_is_in_the_help_and_in_the_readme()
{
    local readme=$HERE/../../host-sim/authority/README.md name names
    names=$(sed -n 's/^FAULT([A-Z0-9_]*, "\([^"]*\)".*/\1/p' \
        "$HERE/../../host-sim/authority/fault.def")
    "$BINARY" serve --help >"$WORK/help"
    expect "faults listed" "$(($(wc -w <<<"$names") > 40))" 1
    for name in $names; do
        expect "help of $name" "$(grep -c "^  $name: " "$WORK/help")" 1
        expect "readme of $name" "$(grep -c "^| .$name[=\`]" "$readme")" 1
    done
}

a_dropped_answer_is_a_real_commit()
{
    new_token
    new_unit dropped
    _faulty drop-answer:times=1
    enroll dropped "$TOKEN"
    expect "nothing comes" "$STATUS" 000
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
    expect recorded "$(_certificates dropped)" 1
    enroll dropped "$TOKEN"
    expect "asked again" "$STATUS" 200
    _honest
    cp "$WORK/dropped.pem" "$WORK/dropped.first"
    enroll dropped "$TOKEN"
    expect "the honest server's word" "$(cat "$WORK/dropped.pem")" "$(cat "$WORK/dropped.first")"
    expect "uses in the end" "$(token_fact "$TOKEN_ID" uses)" 1
}

a_lie_is_not_recorded_and_spends_nothing()
{
    local fault
    new_token
    new_unit lied
    for fault in wrong-key expired ca-true wrong-name; do
        _faulty $fault
        enroll lied "$TOKEN"
        expect "$fault" "$STATUS" 200
        expect "a certificate comes" "$(grep -c BEGIN "$WORK/lied.pem")" 1
        _honest
        expect "uses after $fault" "$(token_fact "$TOKEN_ID" uses)" 0
        expect "recorded after $fault" "$(_certificates lied)" 0
    done
    # The last lie is a genuine certificate for the unit's own key: still no way in.
    whoami_of lied
    expect "whoami with a lie" "$ERROR" DEVICE_UNKNOWN
    enroll lied "$TOKEN"
    expect "the truth" "$STATUS $(_certificates lied)" "200 1"
}

a_request_that_would_be_refused_is_refused_under_a_lie_too()
{
    new_token
    _faulty wrong-key
    printf 'no request\n' >"$WORK/none.csr"
    enroll none "$TOKEN"
    expect "not a CSR" "$STATUS $ERROR" "400 CSR_INVALID"
    _honest
}

retry_after_is_as_asked_for()
{
    new_token
    new_unit busy
    _faulty busy429=77
    enroll busy "$TOKEN"
    expect answer "$STATUS $(header busy Retry-After)" "429 77"
    _honest
}

chunks_are_read_by_curl_too()
{
    new_token
    new_unit chunked
    _faulty chunked:at=any
    enroll chunked "$TOKEN"
    expect status "$STATUS" 200
    expect coding "$(header chunked Transfer-Encoding)" chunked
    whoami_of chunked
    expect whoami "$STATUS" 200
    _honest
}

an_endless_answer_keeps_nobody_waiting()
{
    local endless
    new_token
    new_unit patient
    # A sanitizer would keep what was freed.
    ASAN_OPTIONS=quarantine_size_mb=1 _faulty endless-body:at=cacerts
    curl -s --max-time 3 --cacert "$CA/root-ca.pem" "$URL$EST/cacerts" | wc -c >"$WORK/endless" &
    endless=$!
    sleep 0.5
    enroll patient "$TOKEN"
    expect "another client meanwhile" "$STATUS" 200
    wait $endless
    expect "it was much" "$(($(cat "$WORK/endless") > 100000))" 1
    expect "the most memory is under 100 MB" \
        "$(awk '/VmHWM/ { print $2 < 100000 }' "/proc/$SERVER/status")" 1
    _honest
}
