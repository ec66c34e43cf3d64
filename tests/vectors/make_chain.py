#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# make_chain.py -- certificates encoded by python-cryptography, a second opinion beside OpenSSL's encoder:
# one good chain over three kinds of keys, and leaves that are wrong in one way each.
#
#   tests/vectors/make_chain.py tests/vectors
#
# Writes chain-NAME.pem. The keys are thrown away, so the files change each time; they are committed, and nobody needs
# this script or its package (python3-cryptography 38 or newer) to run the tests.
import datetime
import ipaddress
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BEGIN = datetime.datetime(2020, 1, 1)
END = datetime.datetime(2099, 12, 31, 23, 59, 59)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "imprint tests"),
                      x509.NameAttribute(NameOID.COMMON_NAME, text)])


def key_usage(**wanted):
    bits = dict.fromkeys(["digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                          "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"], False)
    return x509.KeyUsage(**{**bits, **wanted})


def make(subject, key, issuer, issuer_key, digest, extensions, end=END):
    builder = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(BEGIN).not_valid_after(end))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    return builder.sign(issuer_key, digest)


def ca(path_length, *more):
    return [(x509.BasicConstraints(True, path_length), True),
            (key_usage(key_cert_sign=True, crl_sign=True), True), *more]


def server(names, usages=(ExtendedKeyUsageOID.SERVER_AUTH,)):
    return [(x509.BasicConstraints(False, None), True), (key_usage(digital_signature=True), True),
            (x509.ExtendedKeyUsage(usages), False), (x509.SubjectAlternativeName(names), False)]


def main(folder):
    root_key = ec.generate_private_key(ec.SECP521R1())
    issuing_key = rsa.generate_private_key(65537, 2048)
    leaf_key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("ca.example"), x509.DNSName("*.lab.example"),
             x509.IPAddress(ipaddress.ip_address("192.0.2.7"))]
    trees = x509.NameConstraints([x509.DNSName("example"),
                                  x509.IPAddress(ipaddress.ip_network("192.0.2.0/24"))], None)

    def leaf(extensions, end=END):
        return make("leaf", leaf_key, "Issuing", issuing_key, hashes.SHA384(), extensions, end)

    made = {
        "root": make("Root", root_key, "Root", root_key, hashes.SHA512(), ca(1)),
        "issuing": make("Issuing", issuing_key, "Root", root_key, hashes.SHA512(), ca(0, (trees, True))),
        "leaf": leaf(server(names)),
        "leaf-expired": leaf(server(names), datetime.datetime(2025, 12, 31, 23, 59, 59)),
        "leaf-client": leaf(server(names, [ExtendedKeyUsageOID.CLIENT_AUTH])),
        "leaf-outside": leaf(server([*names, x509.DNSName("ca.other")])),
        "leaf-policies": leaf([*server(names), (x509.PolicyConstraints(0, 0), True)]),
    }
    for stem, cert in made.items():
        path = pathlib.Path(folder) / f"chain-{stem}.pem"
        path.write_bytes(cert.public_bytes(serialization.Encoding.PEM))


main(sys.argv[1])
