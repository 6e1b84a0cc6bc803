"""A new model of the workload: fitted, judged, and drawn from once it has passed the gate.

**decide** looks each morning whether a model is due: as soon as there are seven whole days, then
after every seven more, and earlier when the workload has drifted from what the champion learned;
else the run is skipped, and its log says why. **prepare** reads and splits the training rows. Each
engine is then fitted, judged beside real rows and a leak, and held against its limits.
**choose** takes the best of those that passed. If none did, nothing is promoted: the champion
stays, the run is no failure, and the log and XCom of **choose** tell every reason.

With the parameter `approve` a person is asked, with the reasons at hand, before **promote** points
to the new champion; no answer within three days is a no. `gridlens generator rollback` goes back.

By hand: `from` and `to` name the training days, `engines` what is fitted; `force` fits models
although none is due.
"""

from datetime import timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import CronTriggerTimetable, Param, TriggerRule, dag, task

from gridlens_airflow import step
from gridlens_airflow.defaults import DEFAULT_ARGS, REFIT_POOL, REFIT_TIMEOUT, WAREHOUSE_POOL

# Parsing a DAG must not import the pipelines; tests/airflow/test_dags.py holds both together.
ENGINES = ["smote", "smote_paper", "tree", "copula", "independent", "diffusion", "bootstrap"]
DAY = {"type": ["null", "string"], "format": "date"}


@task
def decide(params=None):
    """Skips the run, and says why, where no model is due and none is asked for."""
    from gridlens import pipelines

    if not (params["force"] or params["from"] or params["to"]):
        step.require_quiet("look")
        return step.require_due(pipelines.refit_due(step.settings()))
    return {"numbers": {"due": "by hand"}}


@task(pool=REFIT_POOL)
def prepare(params=None):
    """The training rows of all engines; gives what each engine's tasks are called with."""
    from gridlens import pipelines

    window = step.window(params["from"], params["to"])
    told = step.tell(pipelines.prepare(step.settings(), window, seed=params["seed"]))
    return [{"work": told["numbers"]["work"], "engine": engine} for engine in params["engines"]]


@task(pool=REFIT_POOL, execution_timeout=REFIT_TIMEOUT)
def fit(work: str, engine: str):
    """One engine learns the training rows."""
    from gridlens import pipelines

    return step.tell(pipelines.fit(step.settings(), work, engine))


@task(pool=REFIT_POOL, execution_timeout=REFIT_TIMEOUT)
def judge(work: str, engine: str):
    """What it draws is scored beside real rows and a leak."""
    from gridlens import pipelines

    return step.tell(pipelines.judge(step.settings(), work, engine))


@task(pool=WAREHOUSE_POOL)
def gate(work: str, engine: str):
    """Its verdict, kept with it; a failed gate is a verdict, not a failure."""
    from gridlens import pipelines

    return step.tell(pipelines.gate(step.settings(), work, engine))


@task
def choose(gated: list[dict]):
    """The best of those that passed, with the reasons of all."""
    from gridlens import pipelines

    ids = [report["numbers"]["snapshot"] for report in gated]
    return step.tell(pipelines.choose(step.settings(), ids))


@task.branch
def who_decides(chosen: dict, params=None):
    """To a person, straight to the promotion, or nowhere: then the champion stays."""
    if chosen["numbers"]["snapshot"] == "none":
        step.say("the champion stays: no engine has passed the gate")
        return []
    return "approve" if params["approve"] else "promote"


@task(trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
def promote(chosen: dict):
    """Points to the new champion."""
    from gridlens import pipelines

    return step.tell(pipelines.promote(step.settings(), chosen["numbers"]["snapshot"]))


@dag(
    description="A new model of the workload, weekly and when the workload has drifted",
    schedule=CronTriggerTimetable("0 9 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["gridlens", "generator"],
    params={
        "from": Param(None, **DAY, title="From", description="First training day."),
        "to": Param(None, **DAY, title="To", description="First day that is not one any more."),
        "engines": Param(
            ["tree"],
            type="array",
            items={"type": "string", "enum": ENGINES},
            examples=ENGINES,
            minItems=1,
            uniqueItems=True,
            title="Engines",
        ),
        "seed": Param(1, type="integer", minimum=0, title="Seed"),
        "force": Param(False, type="boolean", title="Force", description="Even if none is due."),
        "approve": Param(
            False, type="boolean", title="Approve", description="Ask a person before promoting."
        ),
    },
    doc_md=__doc__,
)
def refit_generator():
    """Fit, judge and gate each engine; promote the best, once a person has agreed if asked."""
    prepared = prepare()
    decide() >> prepared
    # Whole steps one after another, not a group an engine: of a group that was expanded to one
    # engine, the next task would get that one's report instead of a list.
    verdicts = gate.expand_kwargs(prepared)
    fit.expand_kwargs(prepared) >> judge.expand_kwargs(prepared) >> verdicts
    chosen = choose(verdicts)
    approve = ApprovalOperator(
        task_id="approve",
        subject="Shall workloads be drawn from this new model from now on?",
        body="- {{ ti.xcom_pull('choose')['notes'] | join('\n- ') }}",
        defaults=ApprovalOperator.REJECT,
        response_timeout=timedelta(days=3),
    )
    promoted = promote(chosen)
    who_decides(chosen) >> [approve, promoted]
    approve >> promoted


dag_of_refitting = refit_generator()
