# SPDX-License-Identifier: MIT
# lib.sh -- what the authority's tests share: a server on a free port, units made with openssl,
# requests made with curl. Sourced by scripts that set BINARY.
#
# A test is a function. It calls expect and leaves FAILED=1 behind when something was wrong.
export LC_ALL=C
WORK=$(mktemp -d)
CA=$WORK/ca
EST=/.well-known/est
WHOAMI=/.well-known/imprint/whoami
PASSED=0
FAILURES=0
SKIPPED=0
FAILED=0
SERVERS=()

authority()
{
    local words=$1
    shift
    # shellcheck disable=SC2086
    "$BINARY" $words --dir "$CA" "$@"
}

# start_server NAME [OPTIONS...]: sets PORT, URL and SERVER (its process id); the log is NAME.log.
start_server()
{
    local name=$1
    shift
    rm -f "$WORK/$name.port"
    # The program itself, not the function: SERVER must be its process id.
    "$BINARY" serve --dir "$CA" --listen 127.0.0.1:0 --port-file "$WORK/$name.port" \
        --log "$WORK/$name.log" "$@" >>"$WORK/$name.out" 2>&1 &
    SERVER=$!
    SERVERS+=("$SERVER")
    for _ in $(seq 200); do
        [ -s "$WORK/$name.port" ] && break
        kill -0 "$SERVER" 2>/dev/null || break
        sleep 0.05
    done
    PORT=$(cat "$WORK/$name.port" 2>/dev/null)
    URL=https://localhost:$PORT
    LOG=$WORK/$name.log
    [ -n "$PORT" ] || { cat "$WORK/$name.out"; echo "Bail out! the server does not start"; exit 1; }
}

stop_servers()
{
    for server in "${SERVERS[@]}"; do
        kill "$server" 2>/dev/null
    done
    wait 2>/dev/null
    SERVERS=()
}

# expect WHAT IS WANTED: note a failure when the two differ.
expect()
{
    [ "$2" = "$3" ] && return
    FAILED=1
    printf '#   %s: got "%s", expected "%s"\n' "$1" "$2" "$3"
}

# expect_match WHAT TEXT PATTERN: the same with a bash pattern.
expect_match()
{
    # shellcheck disable=SC2053
    [[ $2 == $3 ]] && return
    FAILED=1
    printf '#   %s: got "%s", expected a match of "%s"\n' "$1" "$2" "$3"
}

# skip REASON: this test could not be made here.
skip()
{
    SKIP=" # SKIP $1"
}

# run_test FUNCTION: its name, with blanks, is the sentence that is claimed.
run_test()
{
    local number=$((PASSED + FAILURES + SKIPPED + 1))
    FAILED=0
    SKIP=
    "$1"
    if [ "$FAILED" != 0 ]; then
        FAILURES=$((FAILURES + 1))
        printf 'not ok %d %s\n' "$number" "${1//_/ }"
        return
    fi
    if [ -n "$SKIP" ]; then
        SKIPPED=$((SKIPPED + 1))
    else
        PASSED=$((PASSED + 1))
    fi
    printf 'ok %d %s%s\n' "$number" "${1//_/ }" "$SKIP"
}

# Each function in the file $1 is a test, run in the order in which it stands there; those that begin
# with an underscore are for the tests to call.
run_tests_of()
{
    local name
    # shellcheck source=/dev/null
    . "$1"
    for name in $(sed -n 's/^\([a-z][a-z0-9_]*\)()$/\1/p' "$1"); do
        run_test "$name"
    done
}

# Nothing that a sanitizer printed in a server's output.
the_sanitizers_found_nothing()
{
    expect "reports" "$(cat "$WORK"/*.out | grep -E 'ERROR: .*Sanitizer|runtime error:')" ""
}

# Stop everything, keep the logs when something failed, print the closing line.
finish()
{
    stop_servers
    run_test the_sanitizers_found_nothing
    if [ "$FAILURES" = 0 ]; then
        rm -rf "$WORK"
    else
        echo "# logs are kept in $WORK"
    fi
    printf '%d passed, %d failed' "$PASSED" "$FAILURES"
    [ "$SKIPPED" = 0 ] || printf ', %d skipped' "$SKIPPED"
    printf '\n'
    [ "$FAILURES" = 0 ] && [ "$PASSED" -gt 0 ]
}

# Value of one member of a flat JSON object on stdin.
json()
{
    sed -n 's/.*"'"$1"'":\("\([^"]*\)"\|\([^,}]*\)\).*/\2\3/p'
}

# new_token [OPTIONS...]: sets TOKEN and TOKEN_ID.
new_token()
{
    local answer
    answer=$(authority "token create" --label test --json "$@")
    TOKEN=$(json token <<<"$answer")
    TOKEN_ID=$(json id <<<"$answer")
}

token_fact()
{
    authority "token show $1" --json | json "$2"
}

# new_unit NAME [CN [OPENSSL REQ OPTIONS...]]: makes NAME.key (unless it is there) and NAME.csr.
new_unit()
{
    local name=$1 cn=${2:-$1}
    shift
    [ $# -gt 0 ] && shift
    [ -e "$WORK/$name.key" ] ||
        openssl ecparam -name prime256v1 -genkey -noout -out "$WORK/$name.key"
    openssl req -new -key "$WORK/$name.key" -subj "/CN=$cn" -outform DER "$@" 2>/dev/null |
        base64 >"$WORK/$name.csr"
}

# request NAME PATH [CURL OPTIONS...]: sets STATUS, ERROR; NAME.head and NAME.body have the answer.
request()
{
    local name=$1 path=$2
    shift 2
    STATUS=$(curl -sS --max-time 30 --cacert "$CA/root-ca.pem" -o "$WORK/$name.body" \
        -D "$WORK/$name.head" -w '%{http_code}' "$@" "$URL$path" 2>"$WORK/$name.curl")
    ERROR=$(header "$name" Imprint-Error)
}

header()
{
    sed -n "s/^$2: \(.*\)\r$/\1/ip" "$WORK/$1.head" 2>/dev/null
}

# Turn NAME.body into the certificate NAME.pem.
unpack()
{
    base64 -d "$WORK/$1.body" | openssl pkcs7 -inform DER -print_certs 2>/dev/null |
        sed -n '/^-----BEGIN/,/^-----END/p' >"$WORK/$1.pem"
}

# post_csr NAME CSR PATH [CURL OPTIONS...]
post_csr()
{
    local name=$1 csr=$2 path=$3
    shift 3
    request "$name" "$path" -H 'Content-Type: application/pkcs10' --data-binary "@$csr" "$@"
    [ "$STATUS" != 200 ] || unpack "$name"
}

# enroll NAME TOKEN
enroll()
{
    post_csr "$1" "$WORK/$1.csr" $EST/simpleenroll -H "Authorization: Bearer $2"
}

whoami_of()
{
    request "$1.whoami" $WHOAMI --cert "$WORK/$1.pem" --key "$WORK/$1.key"
}

# Enroll the new unit NAME with a token of its own, which is left in TOKEN.
enrolled_unit()
{
    new_token
    new_unit "$1"
    enroll "$1" "$TOKEN"
    expect "enrolling $1" "$STATUS" 200
}

serial_of()
{
    openssl x509 -in "$WORK/$1.pem" -noout -serial | cut -d= -f2 | tr A-F a-f
}

# Thirty connections that say nothing and one that stops in the middle of a request; they are looked
# at when their time has passed.
start_slow_clients()
{
    for i in $(seq 30); do
        exec {idle}<>"/dev/tcp/127.0.0.1/$PORT"
    done
    { printf 'POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: x\r\nContent-Le'; sleep 25; } |
        timeout 25 openssl s_client -quiet -connect "localhost:$PORT" \
            >"$WORK/slow.answer" 2>/dev/null &
    SLOW=$!
}
