"""People are told by Airflow's connections: of alerts, and of failed tasks as Airflow's notifiers.

``gridlens_alert_mail`` has host, port, login and password of a mail server, and in the extra field
``{"from": "…", "to": ["…"], "tls": "starttls"}``; ``gridlens_alert_webhook`` has the whole URL as
its password. Where there is no such connection, ``GRIDLENS_ALERT_SMTP`` and
``GRIDLENS_ALERT_WEBHOOK`` of the worker count.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

from gridlens.channel import Channel, Mail, Webhook, channels
from gridlens.errors import SendingFailed, SettingsError
from gridlens.message import Message
from gridlens.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk import Connection

MAIL = "gridlens_alert_mail"
WEBHOOK = "gridlens_alert_webhook"
DEFAULT_PORT = 587


def with_channels(settings: Settings) -> Settings:
    """The same settings, with the channels of the connections that there are.

    Raises:
        SettingsError: a connection lacks something. Values are never told.
    """
    made: Mapping[str, Callable[[Connection], Channel]] = {MAIL: mail_of, WEBHOOK: webhook_of}
    found = {conn_id.rpartition("_")[2]: _made(conn_id, of) for conn_id, of in made.items()}
    named = {name: channel for name, channel in found.items() if channel}
    return replace(settings, channels={**settings.channels, **named})


def mail_of(connection: Connection) -> Mail:
    """The mail server that a connection describes.

    Raises:
        SettingsError: something is missing or not of its form. Values are never told.
    """
    extra = connection.extra_dejson
    to = extra.get("to", [])
    if unknown := sorted(extra.keys() - {"from", "to", "tls"}):
        raise SettingsError(f"connection {MAIL}: unknown field '{unknown[0]}' in its extra field")
    return Mail(
        host=connection.host or "",
        sender=str(extra.get("from", "")),
        to=(to,) if isinstance(to, str) else tuple(map(str, to)),
        port=connection.port or DEFAULT_PORT,
        login=connection.login or "",
        password=connection.password or "",
        tls=extra.get("tls", "starttls"),
    )


def webhook_of(connection: Connection) -> Webhook:
    """The address that a connection has in its password's place, where Airflow masks it.

    Raises:
        SettingsError: there is none, or it is not of its form.
    """
    return Webhook(connection.password or "")


def _made(conn_id: str, of: Callable[[Connection], Channel]) -> Channel | None:
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return of(Connection.get(conn_id))
    except AirflowNotFoundException:
        return None


class _FailureNotifier(BaseNotifier):
    """Tells of a failed task by one channel; without that channel it only says so in the log."""

    name = ""
    make: Callable[[Connection], Channel]

    def __init__(self, conn_id: str) -> None:
        super().__init__()
        self.conn_id = conn_id

    def notify(self, context: Mapping[str, Any]) -> None:
        """Send one message about the task of the context.

        That alerts could not be sent is no news: the next look sends them, by this channel too.

        Raises:
            SendingFailed: the channel did not take it.
        """
        if isinstance(context.get("exception"), SendingFailed):
            return
        channel = _made(self.conn_id, type(self).make) or channels(os.environ).get(self.name)
        if channel is None:
            self.log.info(
                "nobody is told by %s: there is no connection %s", self.name, self.conn_id
            )
            return
        channel.send(failure(context))


class MailNotifier(_FailureNotifier):
    """Mail when a task fails: ``on_failure_callback=[MailNotifier()]``."""

    name = "mail"
    make = staticmethod(mail_of)

    def __init__(self, conn_id: str = MAIL) -> None:
        super().__init__(conn_id)


class WebhookNotifier(_FailureNotifier):
    """A post to a webhook when a task fails: ``on_failure_callback=[WebhookNotifier()]``."""

    name = "webhook"
    make = staticmethod(webhook_of)

    def __init__(self, conn_id: str = WEBHOOK) -> None:
        super().__init__(conn_id)


def failure(context: Mapping[str, Any]) -> Message:
    """What is told of a failed task: which, of which run, and the error's first line."""
    from airflow.sdk.log import redact  # type: ignore[attr-defined]  # its own re-export

    ti, run = context.get("ti"), context.get("dag_run")
    task = f"{ti.dag_id}.{ti.task_id}" if ti else "a task"
    of_run = getattr(run, "partition_key", None) or getattr(run, "run_id", "an unknown run")
    # An error that is not ours may hold anything: Airflow knows which texts are secrets.
    error = str(redact(str(context.get("exception") or "the log says why"))).splitlines()[0]
    subject = f"gridlens: {task} of {of_run} failed: {error}"
    values = {"event": "failed", "task": task, "run": str(of_run), "message": error}
    text = f"{task} of {of_run} failed.\n\n{error}\n\nnext: its log in Airflow, then clear it"
    return Message(subject, text, [values])
