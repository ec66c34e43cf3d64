#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make_corpus.py -- makes the first inputs of every fuzz target, from the vectors and from our own code

    tests/fuzz/make_corpus.py MAKE_IMAGES     (the program of that name: README.md)

An input's name is the beginning of its SHA-256. Inputs that are there already stay: findings are added to
them by hand. Requests are made with OpenSSL, so each run adds new ones: run it once for a new target.
"""
import base64
import hashlib
import pathlib
import struct
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[2]
vectors = root / "tests/vectors"
corpus = root / "tests/fuzz/corpus"


def add(target, data):
    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def der_of(name):
    lines = (vectors / name).read_text().split("-----")
    return base64.b64decode(lines[2])


def le16(number):
    return struct.pack("<H", number)


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **options).stdout


def add_text():
    rfc = (vectors / "rfc7030-a3-simpleenroll.b64").read_bytes()
    for split, text in ((0, b""), (3, b"Zm9vYg=="), (5, b"Zm9v\r\nYmE="), (1, b"Zm9vYmFy"), (2, b"Zh=="),
                        (70, rfc)):
        add("base64", le16(split) + text)
    pem = (vectors / "chain-leaf.pem").read_bytes()
    add("pem", pem)
    add("pem", b" \r\n" + pem + b"\n" + (vectors / "chain-root.pem").read_bytes())
    add("pem", pem.replace(b"CERTIFICATE", b"X509 CERTIFICATE"))
    for text in ("https://ca.example", "ca.example:8443", "https://192.0.2.1:443/est/", "HTTPS://A.b/.well-known",
                 "http://ca.example", "https://ca.example:0", "ca..example", "1.2.3.4.5", "https://a@b/?c#d"):
        add("url", text.encode())


def add_json():
    for text in (b'{"a":[1,-2.5e3,"x\\n"],"b":{},"c":true,"d":false,"e":null}', b"[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]",
                 b'{"\\u0061":"\\ud83d\\ude00\xf0\x9f\x98\x80","a ":{"a":[{"a":1},{"a":1}]}}', b'{"a":1,"\\u0061":2}',
                 b"\xef\xbb\xbf{}", b' \t\r\n"\xc3\xa9\\/" ', b"-0.0E-7", b"{}{}", b'{"a":1,}',
                 b"{" + b",".join(b'"%d":0' % i for i in range(65)) + b"}"):
        add("json", text)
    claims = b'{"iss":"https://ctrl.example:1280","sub":"a","aud":[""],"exp":1767225600.5,"nbf":0,"jti":"0-9","em":"ott"}'
    for name, size in ((b"RS256", 256), (b"ES256", 64), (b"ES384", 96), (b"ES512", 132)):
        signature = b"\0" + b"\1" * (size - 1)
        add("jwt", b"\xff\1" + b'{"alg":"%s","kid":"e0c6","typ":"JWT"}' % name + b"\0" + claims + b"\0" + signature)
    add("jwt", b'\0\1{"alg":"none"}\0{}\0' + b"\1" * 64)
    add("jwt", b'\0\1{"alg":"ES256","jwk":{}}\0{}\0' + b"\1" * 64)
    # RFC 7515 A.3.
    add("jwt", b"\xff\0eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9p"
        b"c19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")


def add_http():
    ok = b"HTTP/1.1 200 OK\r\n"
    body = b"\r\n\r\n0123456789"
    for split, text in (
            (20, ok + b"Content-Type: application/pkcs7-mime; smime-type=certs-only\r\n"
                      b"Content-Transfer-Encoding: base64\r\nContent-Length: 10" + body),
            (90, ok + b"Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: x\r\n\r\n"),
            (30, b"HTTP/1.1 100 Continue\r\n\r\n" + ok + b"Content-Length: 0\r\n\r\n"),
            (0x8007, ok + b"Content-Length: 99\r\n\r\n"),
            (11, b"HTTP/1.1 202 Accepted\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"),
            (40, b"HTTP/1.0 503 x\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                 b"Retry-After: Sunday, 06-Nov-94 08:50:00 GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
            (12, b"HTTP/1.1 403 No\r\nImprint-Error: TOKEN_SPENT\r\nX-Request-Id: 0123456789abcdef\r\n"
                 b"Content-Length: 10" + body),
            (3, b"HTTP/1.1 204 No\r\n\r\n"), (0, b"Sun Nov  6 08:49:37 1994")):
        add("http1", le16(split) + text)
    for text in (
            b"GET /.well-known/est/cacerts HTTP/1.1\r\nHost: ca.example\r\n\r\n",
            b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: ca.example:8443\r\nAuthorization: Basic Zm9vOmJhcg==\r\n"
            b"Content-Type: application/pkcs10\r\nContent-Length: 321\r\nExpect: 100-continue\r\n\r\n",
            b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n"):
        add("http_request", text)


def add_der():
    chain = [der_of(f"chain-{name}.pem") for name in ("leaf", "issuing", "root", "leaf-outside", "leaf-client",
                                                      "leaf-policies")]
    leaf, issuing, anchor = chain[:3]
    for der in (leaf, issuing, chain[5]):
        add("x509", der)
    add("der", leaf)
    add("der", bytes.fromhex("3009020100010100030200ff"))
    add("der", bytes.fromhex("3081800102000500"))
    message = base64.b64decode((vectors / "rfc7030-a3-simpleenroll.b64").read_bytes())
    add("pkcs7", message)
    with tempfile.NamedTemporaryFile(suffix=".pem") as both:
        both.write((vectors / "chain-leaf.pem").read_bytes() + (vectors / "chain-issuing.pem").read_bytes())
        both.flush()
        add("pkcs7", openssl("crl2pkcs7", "-nocrl", "-certfile", both.name, "-outform", "DER"))

    def question(accepts, asked, counts, anchors, certs):
        return bytes([accepts, asked, counts, anchors]) + b"".join(le16(len(c)) + c for c in certs)

    add("chain", question(0xFF, 0, 0x02, 1, [leaf, issuing, anchor]))
    add("chain", question(0xFF, 4, 0x11, 1, [leaf, issuing, anchor]))
    add("chain", question(0xFD, 12, 0x02, 1, [leaf, issuing, anchor]))
    add("chain", question(0xFF, 0, 0x02, 1, [chain[3], issuing, anchor]))
    add("chain", question(0xFF, 1, 0x02, 1, [chain[4], issuing, anchor]))
    add("chain", question(0xFF, 2, 0x01, 1, [issuing, anchor]))
    return anchor, issuing, leaf


def add_requests():
    for curve in ("P-256", "P-384"):
        key = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve)
        with tempfile.NamedTemporaryFile() as file:
            file.write(key)
            file.flush()
            der = openssl("req", "-new", "-key", file.name, "-subj", "/CN=unit-7", "-outform", "DER",
                          "-addext", "keyUsage=digitalSignature", "-addext", "extendedKeyUsage=clientAuth")
            add("csr", b"\0" + der)
            if curve == "P-256":
                add("csr", b"\1" + base64.encodebytes(der))


def field(tag, value):
    return bytes([tag]) + le16(len(value)) + value


def add_records(anchor, issuing, leaf):
    provision = (field(1, b"https://ca.example:8443/est") + field(2, bytes(32)) + field(3, b"unit-7") +
                 field(4, b"SN-1") + field(5, bytes([192, 0, 2, 1]) + b"ca.example") + field(6, bytes(48)))
    add("provision", provision)
    add("provision", field(1, b"ca.example"))
    anchors = bytes([1, 1, 1, 0]) + le16(len(anchor)) + anchor + le16(len(issuing)) + issuing
    identity = bytes([1, 1, 1, 0]) + struct.pack("<qq", 1577836800, 2524608000) + leaf
    # The first byte is the record type less one: enum store_type.
    for kind, clear in ((0, provision), (1, b""), (2, b"imp_token"), (3, b""), (5, anchors), (6, identity),
                        (7, b"\3")):
        add("record", bytes([kind]) + clear)


def add_console():
    pin = b"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:" * 2
    provision = (b"config server https://ca.example:8443\rconfig pin " + pin[:-1] +
                 b"\rconfig name unit-7\rconfig token imp_0123456789abcdef\r")
    for text in (b"help\rstatus\rlog\r", provision + b"enroll\r" + b"\0" * 40 + b"status\rlog\rwipe\r",
                 b"config unlock correct-horse\runlock wrong-horse\runlock correct-horse\r",
                 b"config host ca.example 192.0.2.1\r\nconfig\rconfig serial SN-1\r\x15whoami\b\x7f\x03reset\r",
                 b"x" * 490 + b"\r"):
        add("console", text)


def add_images(program):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, folder], check=True)
        for path in sorted(pathlib.Path(folder).iterdir()):
            image = path.read_bytes()
            add("store", image)
            if path.name.endswith("-4"):
                add("store", bytes([image[0] | 0x80]) + image[1:])


if len(sys.argv) != 2:
    sys.exit(__doc__)
add_text()
add_json()
add_http()
add_records(*add_der())
add_requests()
add_console()
add_images(sys.argv[1])
