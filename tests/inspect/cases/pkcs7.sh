# SPDX-License-Identifier: MIT
# pkcs7: VERIFY's decision, on answers that OpenSSL made for this run
# shellcheck shell=sh disable=SC2154

says "pkcs7: RFC 7030's cacerts have the form" 0 'the form alone' pkcs7 \
    "$vectors/rfc7030-a1-cacerts.b64"
says "pkcs7: RFC 7030's simpleenroll has the form" 0 'demostep4' pkcs7 \
    "$vectors/rfc7030-a3-simpleenroll.b64"

# A root, and a certificate of it for a key of P-256.
{
    openssl ecparam -name prime256v1 -genkey -noout -out "$work/root.key"
    openssl req -x509 -new -key "$work/root.key" -subj '/CN=Root' -days 36500 -out "$work/root.crt" \
        -addext 'keyUsage=critical,keyCertSign'
    openssl ecparam -name prime256v1 -genkey -noout -out "$work/device.key"
    openssl ec -in "$work/device.key" -pubout -out "$work/device.pub"
    openssl req -new -key "$work/device.key" -subj '/CN=dev-1' -out "$work/device.csr"
    printf 'extendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\n' >"$work/ext"
    openssl x509 -req -in "$work/device.csr" -CA "$work/root.crt" -CAkey "$work/root.key" -days 36500 \
        -set_serial 7 -extfile "$work/ext" -out "$work/device.crt"
    openssl crl2pkcs7 -nocrl -certfile "$work/device.crt" -outform DER -out "$work/issued.der"
    base64 "$work/issued.der" >"$work/issued.b64"
    openssl ec -in "$work/root.key" -pubout -out "$work/other.pub"
} >"$work/made" 2>&1

# issued NAME CODE TEXT OPTION...
issued()
{
    issued_name=$1
    issued_code=$2
    issued_text=$3
    shift 3
    says "pkcs7: $issued_name" "$issued_code" "$issued_text" pkcs7 --anchor "$work/root.crt" "$@"
}
issued "our key, our name, our anchor are accepted" 0 'verdict *accepted' --key "$work/device.pub" \
    --name dev-1 "$work/issued.b64"
issued "DER is the same" 0 'verdict *accepted' --key "$work/device.pub" --name dev-1 "$work/issued.der"
issued "another key is refused" 1 CERT_KEY --key "$work/other.pub" --name dev-1 "$work/issued.b64"
issued "another name is refused" 1 CERT_NAME --key "$work/device.pub" --name dev-2 "$work/issued.b64"
says "pkcs7: another anchor is refused" 1 CHAIN_NO_ANCHOR pkcs7 --anchor "$vectors/chain-root.pem" \
    --key "$work/device.pub" --name dev-1 "$work/issued.b64"
issued "an expired one is refused" 1 CERT_DATES --floor 9999-01-01T00:00:00Z \
    --key "$work/device.pub" --name dev-1 "$work/issued.b64"
head -c 300 "$work/issued.der" >"$work/cut.p7"
issued "a cut answer is malformed" 1 PKCS7_MALFORMED "$work/cut.p7"
printf 'MIJ=' >"$work/bad.b64"
issued "base64 that is not canonical is refused" 1 BASE64_MALFORMED "$work/bad.b64"
json "pkcs7: --json, accepted" 0 pkcs7 --anchor "$work/root.crt" --key "$work/device.pub" \
    --name dev-1 "$work/issued.b64"
json "pkcs7: --json, refused" 1 pkcs7 "$work/cut.p7"
issued "a key that is none" 2 'no P-256 key' --key "$work/issued.der" "$work/issued.b64"
issued "a private key is none" 2 'no PUBLIC KEY' --key "$work/device.key" "$work/issued.b64"
