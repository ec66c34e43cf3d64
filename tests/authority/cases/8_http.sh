# SPDX-License-Identifier: MIT
# HTTP, limits and slow clients

other_paths_methods_and_types_are_named()
{
    request http /nothing
    expect "unknown path" "$STATUS $ERROR" "404 NOT_FOUND"
    request http $EST/cacerts -X DELETE
    expect "method" "$STATUS $ERROR $(header http Allow)" "405 METHOD_NOT_ALLOWED GET"
    new_token
    request http $EST/simpleenroll -H "Authorization: Bearer $TOKEN" -d x
    expect "type" "$STATUS $ERROR" "415 MEDIA_TYPE"
    post_csr http "$WORK/bearer.csr" $EST/simpleenroll -H "Authorization: Bearer $TOKEN" \
        -H 'Transfer-Encoding: chunked'
    expect "chunked" "$STATUS $ERROR" "411 LENGTH_REQUIRED"
    request http $WHOAMI -H "X: $(printf 'x%.0s' $(seq 9000))"
    expect "header size" "$STATUS $ERROR" "431 HEADERS_TOO_LARGE"
    expect_match "sentence" "$(tail -c 1 "$WORK/http.body" | od -An -c)" '*\n'
}

a_body_too_large_is_refused_before_it_is_read()
{
    head -c 70000 /dev/zero | tr '\0' A >"$WORK/large"
    post_csr large "$WORK/large" $EST/simpleenroll
    expect "70,000 bytes" "$STATUS $ERROR" "413 BODY_TOO_LARGE"
    head -c 3000000 /dev/zero | tr '\0' A >"$WORK/large"
    post_csr large "$WORK/large" $EST/simpleenroll
    expect "3 MB" "$STATUS $ERROR" "413 BODY_TOO_LARGE"
}

a_connection_serves_many_requests()
{
    local ids
    ids=$(curl -sS --cacert "$CA/root-ca.pem" -o /dev/null -o /dev/null -o /dev/null -D - \
        -w 'connects %{num_connects}\n' "$URL$EST/cacerts" "$URL/nothing" "$URL$EST/cacerts")
    expect "request ids" "$(grep -i X-Request-Id <<<"$ids" | sort -u | wc -l)" 3
    expect "connections" "$(grep connects <<<"$ids" | tr -cd '01')" 100
}

at_the_limit_the_longest_waiting_connection_makes_room()
{
    local url=$URL log=$LOG
    start_server few --max-connections 4
    for i in 1 2 3 4 5 6; do
        exec {idle}<>"/dev/tcp/127.0.0.1/$PORT"
    done
    request room $EST/cacerts
    expect status "$STATUS" 200
    expect_match log "$(cat "$LOG")" "*made room*"
    URL=$url
    LOG=$log
}

slow_clients_are_told_so_and_closed_while_others_get_in()
{
    enrolled_unit swift
    for _ in $(seq 180); do
        grep -q 408 "$WORK/slow.answer" && break
        sleep 0.1
    done
    expect_match answer "$(cat "$WORK/slow.answer")" "*408*Imprint-Error: TIMEOUT*"
    expect "half-open ones" "$(grep -c 'handshake took too long' "$LOG")" 30
    kill "$SLOW" 2>/dev/null
}
