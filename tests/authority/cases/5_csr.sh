# SPDX-License-Identifier: MIT
# certificate requests that are refused

# _refused_csr WHAT FILE: the body in FILE must be refused as CSR_INVALID.
_refused_csr()
{
    post_csr bad "$2" $EST/simpleenroll -H "Authorization: Bearer $TOKEN"
    expect "status of $1" "$STATUS" 400
    expect "error of $1" "$ERROR" CSR_INVALID
}

_refused_request()
{
    local what=$1
    shift
    openssl req -new -key "$WORK/bad.key" -outform DER "$@" 2>/dev/null | base64 >"$WORK/bad.csr"
    [ -s "$WORK/bad.csr" ] || expect "$what" "could not be made" "a request"
    _refused_csr "$what" "$WORK/bad.csr"
}

bad_certificate_requests_are_refused_and_spend_nothing()
{
    new_token --max-uses 5
    new_unit bad
    _refused_request "CA:TRUE" -subj /CN=bad -addext basicConstraints=CA:TRUE
    _refused_request "keyCertSign" -subj /CN=bad -addext keyUsage=keyCertSign
    _refused_request "serverAuth" -subj /CN=bad -addext extendedKeyUsage=serverAuth
    _refused_request "a subjectAltName" -subj /CN=bad -addext subjectAltName=DNS:bad
    _refused_request "another RDN" -subj /O=Lab/CN=bad
    _refused_request "two CNs" -subj /CN=bad/CN=worse
    _refused_request "an empty subject" -subj /
    _refused_request "a wildcard" -subj '/CN=*.bad'
    _refused_request "a blank" -subj '/CN=bad one'
    _refused_request "SHA-1" -subj /CN=bad -sha1
    for curve in secp256k1 secp521r1; do
        openssl ecparam -name $curve -genkey -noout -out "$WORK/bad.key"
        _refused_request "a key on $curve" -subj /CN=bad
    done
    openssl ecparam -name prime256v1 -param_enc explicit -genkey -noout -out "$WORK/bad.key"
    _refused_request "explicit parameters" -subj /CN=bad
    openssl ec -in "$WORK/bearer.key" -conv_form compressed -out "$WORK/bad.key" 2>/dev/null
    _refused_request "a compressed point" -subj /CN=bad
    openssl genrsa -out "$WORK/bad.key" 2048 2>/dev/null
    _refused_request "an RSA key" -subj /CN=bad
    printf 'not base64!' >"$WORK/bad.csr"
    _refused_csr "garbage" "$WORK/bad.csr"
    printf 'AAAA' >"$WORK/bad.csr"
    _refused_csr "no DER" "$WORK/bad.csr"
    { base64 -d "$WORK/bearer.csr"; printf x; } | base64 >"$WORK/bad.csr"
    _refused_csr "a byte too many" "$WORK/bad.csr"
    base64 -d "$WORK/bearer.csr" | sed 's/bearer/beader/' | base64 >"$WORK/bad.csr"
    _refused_csr "an altered name" "$WORK/bad.csr"
    : >"$WORK/bad.csr"
    _refused_csr "nothing" "$WORK/bad.csr"
    expect uses "$(token_fact "$TOKEN_ID" uses)" 0
}

harmless_extensions_are_accepted()
{
    new_token
    new_unit harmless harmless -addext basicConstraints=CA:FALSE -addext keyUsage=digitalSignature \
        -addext extendedKeyUsage=clientAuth
    enroll harmless "$TOKEN"
    expect status "$STATUS" 200
}

a_p384_key_is_accepted()
{
    new_token
    openssl ecparam -name secp384r1 -genkey -noout -out "$WORK/p384.key"
    new_unit p384
    enroll p384 "$TOKEN"
    expect status "$STATUS" 200
}
