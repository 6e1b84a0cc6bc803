"""Certificates for one test: a private authority and what it signs, good and bad."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


class Authority:
    """An authority of nobody's trust store, and the certificates that it signs.

    Args:
        folder: where its files are written.
        name: its common name.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, _common_name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        built = _builder(self._name, self._name, self._key.public_key(), _DAY)
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.ca_file = folder / f"{name}.pem"
        self._write(self.ca_file, built)

    def issue(self, host: str, *, valid: timedelta = _DAY) -> tuple[Path, Path]:
        """Certificate and key for that host; one with a negative validity has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        built = _builder(_common_name(host), self._name, key.public_key(), valid)
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if host == "127.0.0.1":
            names = [x509.IPAddress(ip_address(host))]
        built = built.add_extension(x509.SubjectAlternativeName(names), critical=False)
        stem = f"{host}-{int(valid.total_seconds())}"
        cert_file, key_file = self._folder / f"{stem}.pem", self._folder / f"{stem}.key"
        self._write(cert_file, built)
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return cert_file, key_file

    def front(
        self,
        host: str = "127.0.0.1",
        *,
        valid: timedelta = _DAY,
        clients_of: Authority | None = None,
    ) -> ssl.SSLContext:
        """A server's side with such a certificate; it may ask clients for one of their own."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(host, valid=valid))
        if clients_of:
            context.verify_mode = ssl.CERT_REQUIRED
            # In TLS 1.3 a client may be sending already when it is turned away: no one message.
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.load_verify_locations(clients_of.ca_file)
        return context

    def _write(self, path: Path, built: x509.CertificateBuilder) -> None:
        signed = built.sign(self._key, hashes.SHA256())
        path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, valid: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 3 * _DAY)
        .not_valid_after(now + valid)
    )
