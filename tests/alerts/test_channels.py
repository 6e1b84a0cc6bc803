"""Messages to a real mail server and web server: what they get, and what nobody gets to see."""

from __future__ import annotations

import email
import email.policy
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from alert_sinks import Hook, Post, post_office, web_hook
from gridlens.channel import Mail, Webhook, channels
from gridlens.errors import SendingFailed, SettingsError
from gridlens.message import Message
from gridlens.settings import Settings

SECRET = "s3cret"
MESSAGE = Message("jobs are late", "OPEN jobs are late\n  next: look", [{"kind": "late"}])


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    with post_office() as post:
        yield post


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with web_hook() as hook:
        yield hook


def mail(post: Post, **other: Any) -> Mail:
    given: dict[str, Any] = {
        "sender": "gridlens@site.example",
        "to": ("ops@site.example",),
        "tls": "off",
    }
    return Mail("127.0.0.1", port=post.port, **{**given, **other})


def test_a_mail_arrives_with_its_subject_and_text(post: Post) -> None:
    mail(post, to=("a@site.example", "b@site.example")).send(MESSAGE)
    got = email.message_from_string(post.mails[-1], policy=email.policy.default)
    assert (got["subject"], got["to"]) == ("jobs are late", "a@site.example, b@site.example")
    assert got.get_content().split() == MESSAGE.text.split()


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x00"])
def test_an_end_of_line_in_a_subject_makes_no_header(post: Post, end: str) -> None:
    mail(post).send(Message(f"late{end}Bcc: all@site.example{end}{end}<html>", "text"))
    got = email.message_from_string(post.mails[-1], policy=email.policy.default)
    assert got["bcc"] is None
    assert got["subject"] == "late Bcc: all@site.example <html>"


def test_text_that_is_no_unicode_arrives_without_what_cannot_be_written(post: Post) -> None:
    mail(post).send(Message("l\ud800ate", "t\udfffext: größer"))
    got = email.message_from_string(post.mails[-1], policy=email.policy.default)
    assert got["subject"] == "l ate"
    assert "t ext: größer" in got.get_content()


@pytest.mark.parametrize("address", ["a@b\r\nBcc: c@d", "a b@c", "a@b,c@d", "<a@b>", ""])
def test_an_address_that_is_more_than_one_is_refused(post: Post, address: str) -> None:
    for given in ({"to": (address,)}, {"sender": address}):
        with pytest.raises(SettingsError, match="plain addresses"):
            mail(post, **given)


def test_one_unknown_address_does_not_keep_the_others_from_their_mail(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(post.mails)
    mail(post, to=("nobody@site.example", "ops@site.example")).send(MESSAGE)
    assert len(post.mails) == before + 1
    assert "refused 1 of 2 addresses" in caplog.text


def test_a_server_that_takes_no_mail_is_an_error_without_its_words(post: Post) -> None:
    post.refuses = True
    with pytest.raises(SendingFailed, match=r"SMTPDataError 451") as told:
        mail(post).send(MESSAGE)
    post.refuses = False
    assert SECRET not in str(told.value)


def test_no_mail_goes_in_clear_unless_a_person_says_so(post: Post) -> None:
    before = len(post.mails)
    with pytest.raises(SendingFailed, match="SMTPNotSupportedError"):
        mail(post, tls="starttls").send(MESSAGE)
    assert len(post.mails) == before
    with pytest.raises(SettingsError, match="a login needs tls"):
        mail(post, login="me", password=SECRET)


def test_a_login_that_smtp_cannot_send_is_refused_without_its_secret(post: Post) -> None:
    for given in ({"login": "me", "password": f"größer{SECRET}"}, {"login": "größer"}):
        with pytest.raises(SettingsError, match="must be ASCII") as told:
            mail(post, tls="tls", **given)
        assert SECRET not in str(told.value)


def test_a_host_that_is_no_name_keeps_no_other_channel_from_being_told() -> None:
    long = "x" * 64 + ".example"  # a label has 63 letters at most
    for channel in (Webhook(f"http://{long}/{SECRET}"), Mail(long, "a@b", ("c@d",), tls="off")):
        with pytest.raises(SendingFailed):
            channel.send(MESSAGE)


def test_a_webhook_is_posted_the_text_and_the_alerts(hook: Hook) -> None:
    Webhook(f"http://127.0.0.1:{hook.port}/T0/{SECRET}?x=1").send(MESSAGE)
    path, body = hook.posts[-1]
    assert path == f"/T0/{SECRET}?x=1"
    assert body == {
        "text": "jobs are late\n\nOPEN jobs are late\n  next: look",
        "alerts": [{"kind": "late"}],
    }


@pytest.mark.parametrize("status", [301, 302, 404, 500])
def test_any_other_answer_than_yes_is_an_error_and_is_not_followed(hook: Hook, status: int) -> None:
    hook.status, before = status, len(hook.posts)
    with pytest.raises(SendingFailed, match=f"HTTP {status}"):
        Webhook(f"http://127.0.0.1:{hook.port}/{SECRET}").send(MESSAGE)
    hook.status = 204
    assert len(hook.posts) == before


def test_nobody_there_and_nobody_answering_end_in_time_and_without_the_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes the connection, says nothing
        port = deaf.getsockname()[1]
        for channel in (
            Webhook(f"http://127.0.0.1:{port}/{SECRET}", timeout_s=0.05),
            Mail("127.0.0.1", "a@b", ("c@d",), port, tls="off", timeout_s=0.05),
        ):
            with pytest.raises(SendingFailed, match=r"TimeoutError|SMTPServerDisconnected") as told:
                channel.send(MESSAGE)
            assert SECRET not in f"{told.value} {told.value.__cause__}"
    with pytest.raises(SendingFailed, match="ConnectionRefusedError"):
        Webhook(f"http://127.0.0.1:{port}/{SECRET}").send(MESSAGE)
    assert SECRET not in caplog.text


def test_the_environment_names_channels_and_shows_no_secret() -> None:
    env = {
        "GRIDLENS_ALERT_SMTP": f"smtps://me:{SECRET}%40@mail.example?from=a@b&to=c@d&to=e@f",
        "GRIDLENS_ALERT_WEBHOOK": f"https://chat.example/{SECRET}",
    }
    made = channels(env)
    assert made["mail"] == Mail(
        "mail.example", "a@b", ("c@d", "e@f"), 465, "me", f"{SECRET}@", tls="tls"
    )
    assert made["webhook"] == Webhook(f"https://chat.example/{SECRET}")
    assert SECRET not in f"{made} {Settings.from_env(env)}"
    assert channels({}) == channels({"GRIDLENS_ALERT_SMTP": ""}) == {}


@pytest.mark.parametrize(
    "env",
    [
        {"GRIDLENS_ALERT_WEBHOOK": f"ftp://chat.example/{SECRET}"},
        {"GRIDLENS_ALERT_WEBHOOK": f"{SECRET}"},
        {"GRIDLENS_ALERT_WEBHOOK": f"https://chat.example/ {SECRET}"},
        {"GRIDLENS_ALERT_WEBHOOK": f"https://chat.example/\r\n{SECRET}"},
        {"GRIDLENS_ALERT_WEBHOOK": f"https://chat.example:{SECRET}/"},
        {"GRIDLENS_ALERT_SMTP": f"smtp://me:{SECRET}@mail.example?from=a@b"},
        {"GRIDLENS_ALERT_SMTP": f"smtp://me:{SECRET}@mail.example?from=a@b&to=c@d&tls=no"},
        {"GRIDLENS_ALERT_SMTP": f"http://me:{SECRET}@mail.example?from=a@b&to=c@d"},
    ],
)
def test_a_channel_that_is_not_of_its_form_is_refused_without_its_secret(
    env: dict[str, str],
) -> None:
    with pytest.raises(SettingsError) as told:
        Settings.from_env(env)
    assert SECRET not in str(told.value)
    assert "\n" not in str(told.value)
