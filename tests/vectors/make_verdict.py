#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# make_verdict.py -- cases of the verdict whose certificates python-cryptography encoded, a second opinion beside
# OpenSSL's encoder: each rule just inside and just outside.
#
#   tests/vectors/make_verdict.py tests/vectors
#
# Writes verdict.txt (the cases) and verdict.pem (the certificates, each below its name). Leaves have the published keys
# of RFC 6979 A.2.4 and A.2.5, so that a test server can present them; all other keys are thrown away, and the files
# change each time. They are committed: nobody needs this script or its package (python3-cryptography 41 or newer) to
# run the tests.
import datetime
import ipaddress
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import NameOID, ObjectIdentifier

P256 = ec.derive_private_key(0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1())
P224 = ec.derive_private_key(0xF220266E1105BFE3083E03EC7A3A654651F45E37167E88600BF257C1, ec.SECP224R1())
BEGIN = datetime.datetime(2020, 1, 1)
END = datetime.datetime(2099, 12, 31, 23, 59, 59)
PAST = datetime.datetime(2025, 12, 31, 23, 59, 59)

made = {}   # name: PEM
cases = []  # (claim, error, host, presented, anchor, time)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "imprint tests"),
                      x509.NameAttribute(NameOID.COMMON_NAME, text)])


def key_usage(**wanted):
    bits = dict.fromkeys(["digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                          "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"], False)
    return x509.KeyUsage(**{**bits, **wanted})


class Ca:
    """A certificate that others are made below, whether it may or not."""

    def __init__(self, label, subject, key, issuer=None, digest=None, extensions=None, **more):
        self.subject, self.key = subject, key
        self.digest = digest or hashes.SHA256()
        issue(label, subject, key, issuer or self, ca() if extensions is None else extensions, **more)


def issue(label, subject, key, issuer, extensions, begin=BEGIN, end=END, digest=None, pss=False):
    builder = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer.subject))
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(begin).not_valid_after(end))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    how = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH) if pss else None
    cert = builder.sign(issuer.key, digest or issuer.digest, rsa_padding=how)
    assert label not in made
    made[label] = cert.public_bytes(serialization.Encoding.PEM).decode()


def ca(path_length=None, *more, usage=key_usage(key_cert_sign=True, crl_sign=True)):
    return [(x509.BasicConstraints(True, path_length), True), (usage, True), *more]


def host(*names):
    return x509.SubjectAlternativeName(list(names)), False


def server(*more, names=(x509.DNSName("ca.example"),), usages=(Usage.SERVER_AUTH,), is_ca=False,
           usage=key_usage(digital_signature=True)):
    fields = [(x509.BasicConstraints(is_ca, None), True), (usage, True)]
    fields += [(x509.ExtendedKeyUsage(usages), False)] if usages else []
    return fields + ([host(*names)] if names else []) + list(more)


def case(claim, error, presented, anchor="root", host="ca.example", time="-"):
    cases.append((claim, error, host, presented, anchor, time))


def unknown(critical):
    return x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00"), critical


def main(folder):
    root = Ca("root", "Root", ec.generate_private_key(ec.SECP521R1()), digest=hashes.SHA512())
    issuing = Ca("issuing", "Issuing", rsa.generate_private_key(65537, 2048), root)

    def leaf(label, claim, error, extensions=None, key=P256, issuer=issuing, chain="issuing", anchor="root",
             host="ca.example", time="-", **more):
        issue(label, "ca.example", key, issuer, server() if extensions is None else extensions, **more)
        case(claim, error, f"{label} {chain}", anchor, host, time)

    # The leaf.
    leaf("leaf", "a good chain is accepted", "0")
    leaf("l-two-uses", "two usages are accepted", "0", server(usages=(Usage.CLIENT_AUTH, Usage.SERVER_AUTH)))
    leaf("l-client", "a leaf for clients is refused", "CHAIN_USAGE", server(usages=(Usage.CLIENT_AUTH,)))
    leaf("l-any", "any usage is not enough", "CHAIN_USAGE", server(usages=(Usage.ANY_EXTENDED_KEY_USAGE,)))
    leaf("l-no-use", "a leaf that names no usage is refused", "CHAIN_USAGE", server(usages=()))
    leaf("l-agreement", "a leaf that may not sign is refused", "CHAIN_USAGE",
         server(usage=key_usage(key_agreement=True)))
    leaf("l-ca", "a CA as leaf is refused", "CHAIN_LEAF", server(is_ca=True))
    leaf("l-critical", "an unknown critical extension is refused", "X509_CRITICAL", server(unknown(True)))
    leaf("l-policies", "policyConstraints are unknown and critical", "X509_CRITICAL",
         server((x509.PolicyConstraints(0, 0), True)))
    leaf("l-unknown", "an unknown extension is accepted", "0", server(unknown(False)))
    leaf("l-p224", "a leaf of P-224 is refused", "CHAIN_ALGORITHM", key=P224)
    leaf("l-sha224", "a leaf signed with SHA-224 is refused", "CHAIN_ALGORITHM", digest=hashes.SHA224())
    leaf("l-pss", "a leaf signed with RSA-PSS is accepted", "0", pss=True)
    leaf("l-sha384", "a leaf signed with SHA-384 is accepted", "0", digest=hashes.SHA384())

    # Names.
    leaf("n-none", "a leaf without names is refused, whatever its CN", "CHAIN_NAME", server(names=()))
    leaf("n-other", "another name is refused, whatever the CN", "CHAIN_NAME",
         server(names=(x509.DNSName("ca.other"),)))
    leaf("n-mail", "a mail address is no host", "CHAIN_NAME", server(names=(x509.RFC822Name("x@ca.example"),)))
    leaf("n-uri", "a URI is no host", "CHAIN_NAME",
         server(names=(x509.UniformResourceIdentifier("https://ca.example"),)))
    leaf("n-directory", "a directory name is no host", "CHAIN_NAME",
         server(names=(x509.DirectoryName(name("ca.example")),)))
    leaf("n-second", "the second name counts, too", "0",
         server(names=(x509.DNSName("ca.other"), x509.DNSName("CA.Example"))))
    leaf("n-wild", "a wildcard is one whole label", "0", server(names=(x509.DNSName("*.ca.example"),)),
         host="a.ca.example")
    case("a wildcard is not no label", "CHAIN_NAME", "n-wild issuing")
    case("a wildcard is not two labels", "CHAIN_NAME", "n-wild issuing", host="a.b.ca.example")
    leaf("n-part", "a part of a label is no wildcard", "CHAIN_NAME", server(names=(x509.DNSName("a*.ca.example"),)),
         host="ab.ca.example")
    leaf("n-top", "a wildcard over a top level is refused", "CHAIN_NAME", server(names=(x509.DNSName("*.example"),)))
    address = x509.IPAddress(ipaddress.ip_address("192.0.2.7"))
    leaf("n-ip", "an address is found", "0", server(names=(address,)), host="192.0.2.7")
    case("another address is refused", "CHAIN_NAME", "n-ip issuing", host="192.0.2.8")
    leaf("n-ip-dns", "an address as dNSName is refused", "CHAIN_NAME", server(names=(x509.DNSName("192.0.2.7"),)),
         host="192.0.2.7")

    # Dates.
    leaf("d-old", "an expired leaf is refused", "CHAIN_EXPIRED", end=PAST)
    leaf("d-new", "a leaf from after the floor is accepted without a clock", "0",
         begin=datetime.datetime(2030, 1, 1))
    case("a leaf from after a clock's time is refused", "CHAIN_NOT_YET", "d-new issuing", time="1767312000")

    # The issuer: each with a leaf of its own, which is good.
    def below(label, claim, error, extensions=None, key=None, issuer=root, chain=None, anchor="root", subject=None,
              **more):
        between = Ca(label, subject or label, key or ec.generate_private_key(ec.SECP256R1()), issuer, None, extensions,
                     **more)
        leaf(f"{label}-leaf", claim, error, issuer=between, chain=chain or label, anchor=anchor)
        return between

    below("i-no-ca", "an issuer that is no CA is refused", "CHAIN_CA", [(x509.BasicConstraints(False, None), True)])
    below("i-silent", "an issuer without basicConstraints is refused", "CHAIN_CA",
          [(key_usage(key_cert_sign=True), True)])
    below("i-crl", "an issuer that may not sign certificates is refused", "CHAIN_CA",
          ca(usage=key_usage(crl_sign=True)))
    below("i-old", "an expired issuer is refused", "CHAIN_EXPIRED", end=PAST)
    below("i-client", "an issuer for clients is refused", "CHAIN_USAGE",
          ca(None, (x509.ExtendedKeyUsage([Usage.CLIENT_AUTH]), False)))
    below("i-server", "an issuer for servers is accepted", "0",
          ca(None, (x509.ExtendedKeyUsage([Usage.SERVER_AUTH]), False)))
    below("i-critical", "an issuer's unknown critical extension is refused", "X509_CRITICAL", ca(None, unknown(True)))
    below("i-rsa1024", "an issuer of RSA 1024 is refused", "CHAIN_ALGORITHM", key=rsa.generate_private_key(65537, 1024))
    below("i-rsa3072", "an issuer of RSA 3072 is accepted", "0", key=rsa.generate_private_key(65537, 3072))
    below("i-k1", "an issuer of secp256k1 is refused", "CHAIN_ALGORITHM", key=ec.generate_private_key(ec.SECP256K1()))
    below("i-p384", "an issuer of P-384 is accepted", "0", key=ec.generate_private_key(ec.SECP384R1()))
    zero = below("i-zero", "a path length of 0 allows a leaf", "0", ca(0))
    below("i-under-zero", "a path length of 0 refuses an issuer", "CHAIN_PATH_LENGTH", issuer=zero,
          chain="i-under-zero i-zero")
    one = below("i-one", "a path length of 1 allows a leaf", "0", ca(1))
    below("i-under-one", "a path length of 1 allows an issuer", "0", issuer=one, chain="i-under-one i-one")
    case("issuers may come in any order", "0", "i-under-one-leaf i-one i-under-one")
    case("a stranger between does not matter", "0", "i-under-one-leaf i-one i-k1 i-under-one")
    case("a gap in the chain is no chain", "CHAIN_NO_ANCHOR", "i-under-one-leaf i-under-one")
    below("i-twin", "an issuer's name with another key is refused", "CHAIN_SIGNATURE", chain="issuing",
          subject="Issuing")

    # Name constraints.
    def tree(permitted=None, excluded=None):
        return x509.NameConstraints(permitted, excluded), True

    below("c-in", "a permitted name is accepted", "0", ca(None, tree([x509.DNSName("example")])))
    below("c-out", "a name outside what is permitted is refused", "CHAIN_NAME_CONSTRAINT",
          ca(None, tree([x509.DNSName("other")])))
    below("c-excluded", "an excluded name is refused", "CHAIN_NAME_CONSTRAINT",
          ca(None, tree(None, [x509.DNSName("example")])))
    below("c-mail", "constraints of a kind that is not evaluated refuse", "CHAIN_NAME_CONSTRAINT",
          ca(None, tree(None, [x509.RFC822Name("other")])))
    below("c-ip", "constraints on addresses leave names alone", "0",
          ca(None, tree([x509.IPAddress(ipaddress.ip_network("192.0.2.0/24"))])))

    # The anchor.
    def under(label, claim, error, extensions=None, key=None, subject=None, **more):
        top = Ca(label, subject or label, key or ec.generate_private_key(ec.SECP256R1()), None, None, extensions, **more)
        between = Ca(f"{label}-issuing", f"{label}-issuing", ec.generate_private_key(ec.SECP256R1()), top)
        leaf(f"{label}-leaf", claim, error, issuer=between, chain=f"{label}-issuing", anchor=label)

    under("a-zero", "an anchor's path length counts", "CHAIN_PATH_LENGTH", ca(0))
    under("a-old", "an expired anchor is refused", "CHAIN_EXPIRED", end=PAST)
    under("a-critical", "an anchor's unknown critical extension is refused", "X509_CRITICAL", ca(None, unknown(True)))
    under("a-rsa1024", "an anchor of RSA 1024 is refused", "CHAIN_ALGORITHM", key=rsa.generate_private_key(65537, 1024))
    under("a-twin", "an anchor of the root's name and another key", "0", subject="Root")
    case("the root's name with another key is another root", "CHAIN_SIGNATURE", "leaf issuing", "a-twin")
    case("somebody else's root is no anchor", "CHAIN_NO_ANCHOR", "leaf issuing", "a-zero")

    into = pathlib.Path(folder)
    into.joinpath("verdict.pem").write_text("".join(f"# {label}\n{pem}" for label, pem in made.items()))
    into.joinpath("verdict.txt").write_text(
        "# made by make_verdict.py: claim | error | host | presented, leaf first | anchor | a clock's time\n"
        + "".join(" | ".join(fields) + "\n" for fields in cases))


main(sys.argv[1])
