# SPDX-License-Identifier: MIT
# GlobalSign's estserver, in Go -- an EST server with a TLS, HTTP and PKCS#7 of its own; our device
# enrolls there. README.md says where it comes from. It asks for no token and ignores the one sent.

# _start_estserver NAME [CERTIFICATES...]: sets FOREIGN_URL, FOREIGN_PIN. It presents its own
# certificate and those named after it.
_start_estserver()
{
    local name=$1 folder=$WORK/foreign
    shift
    if [ ! -d "$folder" ]; then
        mkdir "$folder"
        _make_foreign_ca "$folder"
    fi
    FOREIGN_PIN=$(openssl x509 -in "$folder/ca.pem" -noout -fingerprint -sha256 | cut -d= -f2)
    local port
    port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])')
    FOREIGN_URL=https://localhost:$port
    cat "$folder/server.pem" "$@" >"$folder/$name.pem"
    cat >"$folder/$name.json" <<END
{ "mock_ca": { "certificates": "$folder/ca.pem", "private_key": "$folder/ca.key" },
  "tls": { "listen_address": "127.0.0.1:$port", "certificates": "$folder/$name.pem",
           "private_key": "$folder/server.key", "client_cas": [ "$folder/ca.pem" ] },
  "allowed_hosts": [ "localhost" ], "rate_limit": 150, "timeout": 30 }
END
    estserver -config "$folder/$name.json" >"$WORK/$name.foreign" 2>&1 &
    SERVERS+=($!)
    for _ in $(seq 100); do
        (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        sleep 0.1
    done
    expect "estserver" "$(cat "$WORK/$name.foreign")" "a server that listens"
}

_make_foreign_ca()
{
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
        -subj "/CN=Foreign CA" -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$1/ca.key" -out "$1/ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=estserver" \
        -keyout "$1/server.key" -out "$1/server.csr" 2>/dev/null
    printf '%s\n' subjectAltName=DNS:localhost keyUsage=critical,digitalSignature \
        extendedKeyUsage=serverAuth basicConstraints=critical,CA:FALSE >"$1/server.ext"
    openssl x509 -req -in "$1/server.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial \
        -days 20 -extfile "$1/server.ext" -out "$1/server.pem" 2>/dev/null
}

# _enroll_device NAME PIN: the device NAME, at FOREIGN_URL; its exit status is the simulator's.
_enroll_device()
{
    printf 'no-one:asks-for-this' >"$WORK/foreign/token"
    "$SIM" enroll --cert-dir "$WORK/$1" --server "$FOREIGN_URL" --ca-fingerprint "$2" \
        --token-file "$WORK/foreign/token" --name "$1" --timeout 10 --verbose >"$WORK/$1.out" 2>&1
}

_expect_enrolled()
{
    expect "$1: chain" "$(openssl verify -CAfile "$WORK/foreign/ca.pem" \
        "$WORK/$1/device.crt" 2>&1)" "$WORK/$1/device.crt: OK"
    expect "$1: name" "$(openssl x509 -in "$WORK/$1/device.crt" -noout -subject -nameopt RFC2253)" \
        "subject=CN=$1"
}

our_device_enrolls_at_estserver_with_the_pinned_ca_in_cacerts()
{
    needs estserver || return
    _start_estserver alone
    _enroll_device dev1 "$FOREIGN_PIN"
    expect "exit status" $? 0
    _expect_enrolled dev1
    expect "requests" "$(grep -o '"Method": "[A-Z]*"' "$WORK/alone.foreign" | cut -d'"' -f4 |
        paste -s -d ' ')" "GET POST GET"
    expect "judged with anchors only" "$(grep -c 'TLS: 1 cert.* presented' "$WORK/dev1.out")" 2
}

our_device_enrolls_at_estserver_with_the_pinned_ca_presented()
{
    needs estserver || return
    _start_estserver chain "$WORK/foreign/ca.pem"
    _enroll_device dev2 "$FOREIGN_PIN"
    expect "exit status" $? 0
    expect "judged in TRUST too" "$(grep -c 'TLS: 2 certificates presented' "$WORK/dev2.out")" 3
    _expect_enrolled dev2
}

with_another_pin_estserver_gets_neither_request_nor_token()
{
    needs estserver || return
    _start_estserver wrong "$WORK/foreign/ca.pem"
    _enroll_device dev3 "$(printf x | sha256sum | cut -d' ' -f1)"
    expect "exit status" $? 3
    expect_match "reason" "$(cat "$WORK/dev3.out")" "*TRUST_PIN_NOT_FOUND*"
    expect "requests" "$(grep -c POST "$WORK/wrong.foreign")" 0
}
