"""How people are told: a mail server or a webhook, each with its secrets, and one way to send."""

from __future__ import annotations

import json
import logging
import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Literal, Protocol, cast, get_args
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from gridlens.errors import SendingFailed, SettingsError
from gridlens.message import Message

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
Tls = Literal["starttls", "tls", "off"]

_ADDRESS = re.compile(r"[^\s@<>,;:\"\x00-\x1f\x7f]+@[A-Za-z0-9.-]+")
_PORTS = {"smtp": 587, "smtps": 465, "http": 80, "https": 443}


class Channel(Protocol):
    """Anything that messages can be sent to."""

    def send(self, message: Message) -> None:
        """Send it, within a bounded time.

        Raises:
            SendingFailed: it was not taken. No secret is in the message of the error.
        """


@dataclass(frozen=True, repr=False)
class Mail:
    """A mail server, and who gets mail by it.

    Attributes:
        host: name or address of the server.
        sender: address that mails come from.
        to: addresses that get them.
        port: of the server.
        login: name there; empty: none is needed.
        password: secret.
        tls: ``starttls``, ``tls`` from the first byte, or ``off`` for a relay on a safe network.
        timeout_s: longest wait for any of the server's answers, in seconds.
    """

    host: str
    sender: str
    to: tuple[str, ...]
    port: int = _PORTS["smtp"]
    login: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = "starttls"
    timeout_s: float = TIMEOUT_S

    def __post_init__(self) -> None:
        if not (self.host and self.to):
            raise SettingsError("mail of alerts: say the server, and to=… whom it goes to")
        for address in (self.sender, *self.to):
            if not _ADDRESS.fullmatch(address):
                raise SettingsError(
                    "mail of alerts: from and to must be plain addresses, such as ops@site.example"
                )
        if self.tls not in get_args(Tls):
            raise SettingsError(f"mail of alerts: tls must be one of {', '.join(get_args(Tls))}")
        if self.login and self.tls == "off":
            raise SettingsError("mail of alerts: a login needs tls, or everybody could read it")
        if not (self.login + self.password).isascii():
            raise SettingsError("mail of alerts: login and password must be ASCII, as SMTP sends")

    @classmethod
    def parse(cls, url: str) -> Mail:
        """Read ``smtp://login:password@host:587?from=a@site&to=b@site``; ``smtps`` for TLS.

        ``to`` may be repeated; ``tls=off`` sends in clear. What is special in a URL, in a password
        say, is written as ``%40``.

        Raises:
            SettingsError: it is not of this form. No value is told.
        """
        parts, port = _parts(url, ("smtp", "smtps"), "GRIDLENS_ALERT_SMTP")
        asked = parse_qs(parts.query)
        tls = "tls" if parts.scheme == "smtps" else asked.get("tls", ["starttls"])[0]
        return cls(
            host=parts.hostname or "",
            sender=asked.get("from", [""])[0],
            to=tuple(asked.get("to", [])),
            port=port,
            login=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=cast("Tls", tls),  # any other is refused when it is made
        )

    def send(self, message: Message) -> None:
        """Hand the mail to the server; else as ``Channel``."""
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = message.subject, self.sender, ", ".join(self.to)
        mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="gridlens.invalid")
        mail.set_content(message.text, cte="quoted-printable")
        try:
            with self._server() as server:
                refused = server.send_message(mail)
        except (smtplib.SMTPException, OSError, UnicodeError) as error:  # a host that is no name
            # An answer may repeat what was sent to it, so that only its kind is told.
            code = getattr(error, "smtp_code", "")
            raise SendingFailed(
                f"the mail server {self.host}:{self.port} has not taken the alerts "
                f"({type(error).__name__}{f' {code}' if code else ''}); they are sent again at the "
                "next look; check GRIDLENS_ALERT_SMTP or the connection gridlens_alert_mail"
            ) from None
        if refused:  # not an error: all others would get the mail again and again
            log.warning(
                "the mail server %s:%s refused %s of %s addresses: correct to=… where alerts are "
                "sent to",
                self.host,
                self.port,
                len(refused),
                len(self.to),
            )

    def _server(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout_s, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        try:
            if self.tls == "starttls":
                server.starttls(context=context)
            if self.login:
                server.login(self.login, self.password)
        except BaseException:
            server.close()
            raise
        return server

    def __repr__(self) -> str:
        """All but logins and people."""
        return f"Mail({self.host!r}, {self.port}, …)"


@dataclass(frozen=True, repr=False)
class Webhook:
    """An address that takes JSON by POST, such as a chat's. The whole URL is a secret.

    Attributes:
        url: the address.
        timeout_s: longest wait for any of its answers, in seconds.
    """

    url: str
    timeout_s: float = TIMEOUT_S

    def __post_init__(self) -> None:
        _parts(self.url, ("http", "https"), "GRIDLENS_ALERT_WEBHOOK")

    def send(self, message: Message) -> None:
        """Post ``{"text": …, "alerts": [{…}, …]}``; else as ``Channel``."""
        body = {"text": f"{message.subject}\n\n{message.text}", "alerts": list(message.alerts)}
        try:
            status = self._post(json.dumps(body).encode())
        except (OSError, HTTPException, UnicodeError) as error:
            raise _not_taken(type(error).__name__) from None
        # One that leads elsewhere is refused: what it answers is not whom we were told to tell.
        if not 200 <= status < 300:
            raise _not_taken(f"HTTP {status}")

    def _post(self, body: bytes) -> int:
        parts, port = _parts(self.url, ("http", "https"), "GRIDLENS_ALERT_WEBHOOK")
        # http.client, as it logs nothing: other libraries write the path, which is the secret.
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection: HTTPConnection = HTTPSConnection(
                parts.hostname or "", port, timeout=self.timeout_s, context=context
            )
        else:
            connection = HTTPConnection(parts.hostname or "", port, timeout=self.timeout_s)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, {"content-type": "application/json"})
            return connection.getresponse().status
        finally:
            connection.close()

    def __repr__(self) -> str:
        """That there is one, and nothing of it."""
        return "Webhook(…)"


def channels(env: Mapping[str, str]) -> dict[str, Channel]:
    """The channels that the environment names: ``mail``, ``webhook``, both or none.

    Raises:
        SettingsError: a variable is not of its form.
    """
    found: dict[str, Channel] = {}
    if url := env.get("GRIDLENS_ALERT_SMTP"):
        found["mail"] = Mail.parse(url)
    if url := env.get("GRIDLENS_ALERT_WEBHOOK"):
        found["webhook"] = Webhook(url)
    return found


def _not_taken(why: str) -> SendingFailed:
    return SendingFailed(
        f"the webhook has not taken the alerts ({why}); they are sent again at the next look; "
        "check GRIDLENS_ALERT_WEBHOOK or the connection gridlens_alert_webhook"
    )


def _parts(url: str, schemes: tuple[str, ...], name: str) -> tuple[SplitResult, int]:
    """An address in parts, and its port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in schemes or not parts.hostname or not re.fullmatch(r"[!-~]+", url):
        raise SettingsError(
            f"{name} is not of the form {schemes[-1]}://host/…: write what is special in it as %40"
        )
    return parts, port or _PORTS[parts.scheme]
