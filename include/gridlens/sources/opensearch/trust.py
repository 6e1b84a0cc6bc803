"""Whether a server is who it should be: certificates, checked unless a person says otherwise."""

from __future__ import annotations

import ssl

from gridlens.endpoint import Endpoint
from gridlens.errors import SettingsError, SourceRefused
from gridlens.sources.opensearch.answer import AskAgain


def tls(endpoint: Endpoint) -> ssl.SSLContext | None:
    """What is trusted, and what we show of ourselves; None where nothing is encrypted.

    Raises:
        SettingsError: a certificate file cannot be read.
    """
    if not any(host.startswith("https:") for host in endpoint.hosts):
        return None
    try:
        context = ssl.create_default_context(cafile=endpoint.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise _unreadable(endpoint, "ca_file", endpoint.ca_file, error) from None
    if endpoint.client_cert:
        try:
            context.load_cert_chain(endpoint.client_cert, endpoint.client_key or None)
        except (OSError, ssl.SSLError) as error:
            raise _unreadable(endpoint, "client_cert", endpoint.client_cert, error) from None
    if not endpoint.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def untrusted(where: str, error: Exception) -> Exception:
    """What to raise for a failed handshake: refused for good, or worth another try."""
    text = str(error)
    if "certificate verify failed" in text:
        # "[SSL: …] certificate verify failed: certificate has expired (_ssl.c:1006)"
        why = text.partition("certificate verify failed: ")[2].partition(" (_ssl")[0]
        hint = " (ca_file names the CA to trust)" if "issuer" in why or "self-signed" in why else ""
        return SourceRefused(f"{where}: the server's certificate is not trusted: {why}{hint}")
    if "alert" in text:
        why = text.partition("] ")[2].partition(" (_ssl")[0]
        return SourceRefused(
            f"{where}: the server refuses the connection: {why}: "
            "look at client_cert and client_key of the connection"
        )
    return AskAgain(f"no secure connection: {text[:120]}")


def _unreadable(
    endpoint: Endpoint, field: str, path: str, error: OSError | ssl.SSLError
) -> SettingsError:
    return SettingsError(
        f"endpoint {endpoint.name}: {field} {path} cannot be read: {error.strerror or error}"
    )
