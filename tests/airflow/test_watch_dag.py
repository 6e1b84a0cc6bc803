"""`gridlens_watch` in real task runs, telling a mail server and a web server."""

import json

import pytest

from alert_sinks import post_office, web_hook
from gridlens_airflow.environment import CHECKOUT

# All in one process: the first start of Airflow's task runner is the dear part.
RUN = """
import json, os, sys
from airflow.utils.session import create_session
from gridlens.cli import main
from gridlens.errors import SendingFailed
from gridlens_airflow.notify import MailNotifier, WebhookNotifier
from gridlens_airflow.runs import load_dag

def look():
    run = load_dag("gridlens_watch").test()
    with create_session() as session:
        return [t.state for t in run.get_task_instances(session=session)]

assert main(["load", sys.argv[1], "--map", "cgsim_jobs_csv"]) == 0
looks = [look(), look()]
os.environ["GRIDLENS_DEADLINE_H"] = "soon"
states = [*looks, look()]
for notifier in (MailNotifier(), WebhookNotifier()):
    notifier.notify({"exception": SendingFailed("the other channel is away")})
print(json.dumps(states))
"""
JOB = "include/gridlens/twin/data/cgsim/jan_100_BNL.csv"


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told(airflow_home, tmp_path_factory):
    one_job = tmp_path_factory.mktemp("given") / "one.csv"
    one_job.write_text("".join((CHECKOUT / JOB).read_text().splitlines(keepends=True)[:2]))
    with post_office() as post, web_hook() as hook:
        url = f"http://127.0.0.1:{hook.port}/T0/a-s3cret-path"
        mail = {
            "conn_type": "smtp",
            "host": "127.0.0.1",
            "port": post.port,
            "extra": {"from": "gridlens@site.example", "to": ["ops@site.example"], "tls": "off"},
        }
        answer = airflow_home.python(
            "-c",
            RUN,
            str(one_job),
            GRIDLENS_HOME=str(tmp_path_factory.mktemp("watched")),
            AIRFLOW_CONN_GRIDLENS_ALERT_MAIL=json.dumps(mail),
            AIRFLOW_CONN_GRIDLENS_ALERT_WEBHOOK=json.dumps(
                {"conn_type": "generic", "password": url}
            ),
            AIRFLOW__LOGGING__LOGGING_LEVEL="DEBUG",
            timeout=500,
        )
    assert answer.returncode == 0, answer.stderr
    return {"states": json.loads(answer.stdout.splitlines()[-1]), "said": answer, "url": url} | {
        "mails": post.mails,
        "posts": hook.posts,
    }


def test_a_look_tells_once_of_the_days_that_are_late_by_mail_and_by_webhook(told):
    assert told["states"][:2] == [["success"], ["success"]]
    alerts = told["posts"][0][1]["alerts"]
    assert {(alert["kind"], alert["event"]) for alert in alerts} == {("late", "opened")}
    assert "Subject: gridlens: 1" in told["mails"][0]
    assert f"known: gridlens alerts ack late/{alerts[0]['day']}" in told["mails"][0]


def test_a_look_that_fails_is_told_by_airflows_own_notifiers_unless_a_channel_is_away(told):
    assert told["states"][2] == ["failed"]
    failed = told["posts"][1][1]["alerts"][0]
    assert failed["task"] == "gridlens_watch.look"
    assert "GRIDLENS_DEADLINE_H is 'soon': it must be a number" in failed["message"]
    mail = " ".join(told["mails"][1].split())  # a long subject is folded
    assert mail.startswith("Subject: gridlens: gridlens_watch.look of manual__")
    assert (len(told["mails"]), len(told["posts"])) == (2, 2)


def test_the_address_of_the_webhook_is_in_no_message_and_no_log(told):
    posted = json.dumps([body for _, body in told["posts"]])
    for text in (told["said"].stdout, told["said"].stderr, *told["mails"], posted):
        assert "a-s3cret-path" not in text
