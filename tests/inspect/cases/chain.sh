# SPDX-License-Identifier: MIT
# chain: the verdict of the handshake, on the vectors of tests/vectors/make_chain.py
# shellcheck shell=sh disable=SC2154

at="--floor 2026-01-01T00:00:00Z --anchor $vectors/chain-root.pem"

# shellcheck disable=SC2086
chain()
{
    chain_name=$1
    chain_code=$2
    chain_text=$3
    shift 3
    says "chain: $chain_name" "$chain_code" "$chain_text" chain $at "$@"
}

chain "a good chain is accepted" 0 'verdict *accepted' --host ca.example "$work/leaf.pem"
golden "chain: what is said of a good chain" golden/chain.txt
chain "an address is a name too" 0 accepted --host 192.0.2.7 "$work/leaf.pem"
chain "another name is refused" 1 'refused: CHAIN_NAME (615): ' --host b.example "$work/leaf.pem"
chain "an expired leaf is refused" 1 CHAIN_EXPIRED --host ca.example "$work/leaf-expired.pem"
chain "a name outside the constraints is refused" 1 CHAIN_NAME_CONSTRAINT --host ca.example \
    "$work/leaf-outside.pem"
chain "an unknown critical extension is refused" 1 X509_CRITICAL --host ca.example \
    "$work/leaf-policies.pem"
chain "a client's leaf is no server's" 1 CHAIN_USAGE --host ca.example "$work/leaf-client.pem"
chain "but a client's" 0 accepted --usage client "$work/leaf-client.pem"
chain "an issuing CA is accepted where one is asked for" 0 accepted --usage ca \
    "$vectors/chain-issuing.pem"
chain "a leaf without its issuer reaches no anchor" 1 CHAIN_NO_ANCHOR --host ca.example \
    "$vectors/chain-leaf.pem"
chain "unless the device holds the issuer" 0 accepted --host ca.example \
    --issuer "$vectors/chain-issuing.pem" "$vectors/chain-leaf.pem"
chain "any of several anchors will do" 0 accepted --host ca.example \
    --anchor "$vectors/chain-issuing.pem" "$work/leaf.pem"
says "chain: a clock that was set proves not yet" 1 CHAIN_NOT_YET chain --host ca.example \
    --anchor "$vectors/chain-root.pem" --floor 0 --time 2019-12-31T23:50:00Z "$work/leaf.pem"
says "chain: without a clock not yet is reported" 0 'not before unchecked *yes' chain \
    --host ca.example --anchor "$vectors/chain-root.pem" --floor 0 "$work/leaf.pem"
says "chain: seconds are a time as well" 1 CHAIN_EXPIRED chain --host ca.example \
    --anchor "$vectors/chain-root.pem" --floor 0 --time 4102444800 "$work/leaf.pem"

openssl x509 -in "$vectors/chain-leaf.pem" -outform DER >"$work/leaf.der" 2>"$work/err"
openssl x509 -in "$vectors/chain-issuing.pem" -outform DER >>"$work/leaf.der" 2>"$work/err"
chain "DER certificates one behind the other" 0 accepted --host ca.example "$work/leaf.der"
head -c 900 "$work/leaf.der" >"$work/cut.der"
chain "a cut certificate is malformed" 1 X509_MALFORMED --host ca.example "$work/cut.der"
chain "no certificate is refused" 1 CHAIN_EMPTY --host ca.example /dev/null
escape=$(printf '\033')
chain "no control sequence reaches a terminal" 1 'x\\x1b' --host "x$escape[31m" "$work/leaf.pem"

{ cat "$work/leaf.pem"; echo "subject=CN = x"; } >"$work/noted.pem"
chain "PEM with text behind it can't be read" 2 'PEM_MALFORMED in block 3' --host ca.example \
    "$work/noted.pem"
chain "a file that is not there" 2 'No such file' --host ca.example "$work/nothing"
chain "a folder is no file" 2 'directory' --host ca.example "$work"
chain "a server needs a host" 2 'needs host' "$work/leaf.pem"
chain "a usage that is none" 2 'usage is one of' --usage x --host x "$work/leaf.pem"
chain "a time that is none" 2 'wants a moment' --host x --time 2026-13-01T00:00:00Z "$work/leaf.pem"
says "chain: an unknown option" 2 'unknown option --x' chain --x "$work/leaf.pem"
says "chain: no file" 2 'missing: FILE' chain
for code in 0 1 2; do
    set -- ca.example "$work/leaf.pem"
    [ $code = 0 ] || set -- b.example "$work/leaf.pem"
    [ $code = 2 ] && set -- ca.example "$work/nothing"
    # shellcheck disable=SC2086
    json "chain: --json, exit code $code" $code chain $at --host "$1" "$2"
done
