# SPDX-License-Identifier: MIT
# jwt: form, dates and signature; what may be a secret stays hidden
# shellcheck shell=sh disable=SC2154

b64url()
{
    base64 -w0 | tr -d '=' | tr '+/' '-_'
}

# token HEADER CLAIMS SIGNATURE-FILE: to $work/token.jwt
token()
{
    printf '%s.%s.%s\n' "$(printf '%s' "$1" | b64url)" "$(printf '%s' "$2" | b64url)" \
        "$(b64url <"$3")" >"$work/token.jwt"
}
secret=09297479-4894-40a0-bb42-9030d4bdd05a
claims='{"iss":"https://ctrl.example:1280","sub":"abc","aud":[""],"exp":1999999999,"jti":"'$secret'","em":"ott"}'
head -c 64 /dev/zero | tr '\0' '1' >"$work/formed"

token '{"alg":"ES256","kid":"e0c6","typ":"JWT"}' "$claims" "$work/formed"
says "jwt: a good form is accepted" 0 'verdict *accepted' jwt --floor 0 "$work/token.jwt"
golden "jwt: what is said of it" golden/jwt.txt
! grep -q "$secret" "$work/out" "$work/err"
verdict "jwt: the token in it stays hidden" $?
json "jwt: --json, accepted" 0 jwt "$work/token.jwt"
! grep -q "$secret" "$work/out" "$work/err"
verdict "jwt: in JSON as well" $?
says "jwt: --show-secrets shows it" 0 "$secret" jwt --show-secrets "$work/token.jwt"
"$inspect" jwt - <"$work/token.jwt" >"$work/out" 2>"$work/err"
verdict "jwt: from standard input" $?
says "jwt: expired by a clock" 1 JWT_EXPIRED jwt --time 2040-01-01T00:00:00Z "$work/token.jwt"
token '{"alg":"none"}' "$claims" "$work/formed"
json "jwt: --json, refused" 1 jwt "$work/token.jwt"
says "jwt: none is no algorithm" 1 JWT_ALGORITHM jwt "$work/token.jwt"
token '{"alg":"ES256","jwk":{}}' "$claims" "$work/formed"
says "jwt: a key of its own is refused" 1 JWT_HEADER jwt "$work/token.jwt"
! grep -q "$secret" "$work/out" "$work/err"
verdict "jwt: what is refused stays hidden too" $?
token '{"alg":"RS256"}' '{"iss":"x","iss":"y"}' "$work/formed"
says "jwt: a claim stands there once" 1 JSON_DUPLICATE jwt "$work/token.jwt"
printf 'a.b' >"$work/token.jwt"
says "jwt: two parts are none" 1 JWT_MALFORMED jwt "$work/token.jwt"

# A signature by the key of a server's certificate.
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/rsa.key" -subj '/CN=ctrl.example' -days 36500 \
    -out "$work/rsa.crt" >"$work/made" 2>&1
header='{"alg":"RS256","typ":"JWT"}'
printf '%s.%s' "$(printf '%s' "$header" | b64url)" "$(printf '%s' "$claims" | b64url)" |
    openssl dgst -sha256 -sign "$work/rsa.key" -out "$work/signature"
token "$header" "$claims" "$work/signature"
says "jwt: signed by the server's key" 0 'form, dates and signature' jwt --cert "$work/rsa.crt" \
    "$work/token.jwt"
says "jwt: another kind of key" 1 JWT_KEY jwt --cert "$vectors/chain-leaf.pem" "$work/token.jwt"
says "jwt: another key" 1 CRYPTO_SIGNATURE jwt --cert "$vectors/chain-issuing.pem" "$work/token.jwt"
says "jwt: a file that is not there" 2 'No such file' jwt "$work/nothing"
