"""`gridlens_watch` and the notifiers in real task runs, telling a mail server and a web server."""

import json

import pytest

from alert_sinks import post_office, web_hook
from gridlens_airflow.environment import CHECKOUT

# All in one process: the first start of Airflow's task runner is the dear part.
RUN = """
import json, os, sys
from airflow.sdk import dag, task
from airflow.utils.session import create_session
from gridlens.cli import main
from gridlens_airflow.notify import MailNotifier, WebhookNotifier
from gridlens_airflow.runs import load_dag

def states(run):
    with create_session() as session:
        return {t.task_id: t.state for t in run.get_task_instances(session=session)}

@dag(dag_id="breaks", schedule=None)
def breaks():
    @task(on_failure_callback=[MailNotifier(), WebhookNotifier()])
    def fall():
        raise ValueError("a disk is full, near " + os.environ["NEAR"])
    fall()

assert main(["load", sys.argv[1], "--map", "cgsim_jobs_csv"]) == 0
print(json.dumps([states(load_dag("gridlens_watch").test()), states(breaks().test())]))
"""
JOB = "include/gridlens/twin/data/cgsim/jan_100_BNL.csv"


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
            NEAR=url,
            AIRFLOW_CONN_GRIDLENS_ALERT_MAIL=json.dumps(mail),
            AIRFLOW_CONN_GRIDLENS_ALERT_WEBHOOK=json.dumps(
                {"conn_type": "generic", "password": url}
            ),
            AIRFLOW__LOGGING__LOGGING_LEVEL="DEBUG",
        )
    assert answer.returncode == 0, answer.stderr
    return {"states": json.loads(answer.stdout.splitlines()[-1]), "said": answer, "url": url} | {
        "mails": post.mails,
        "posts": hook.posts,
    }


def test_a_look_tells_of_the_days_that_are_late_by_mail_and_by_webhook(told):
    assert told["states"][0] == {"look": "success"}
    alerts = told["posts"][0][1]["alerts"]
    assert {(alert["kind"], alert["event"]) for alert in alerts} == {("late", "opened")}
    assert "gridlens: 1" in told["mails"][0]
    assert f"known: gridlens alerts ack late/{alerts[0]['day']}" in told["mails"][0]


def test_a_failed_task_is_told_by_airflows_own_notifiers(told):
    assert told["states"][1] == {"fall": "failed"}
    assert told["posts"][1][1]["alerts"][0]["task"] == "breaks.fall"
    assert "Subject: gridlens: breaks.fall of " in told["mails"][1]
    assert (len(told["mails"]), len(told["posts"])) == (2, 2)


def test_the_address_of_the_webhook_is_in_no_message_and_no_log(told):
    said = told["said"]
    for text in (
        said.stdout,
        said.stderr,
        *told["mails"],
        json.dumps([p[1] for p in told["posts"]]),
    ):
        assert "a-s3cret-path" not in text
