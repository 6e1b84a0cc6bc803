"""The link probability: fit its weights, and measure it beside Splink.

    python benchmarks/matching/links.py fit HOME --on "what HOME holds" > weights.toml
    python benchmarks/matching/links.py measure HOME [--splink]

HOME is a home with a warehouse; fitting reads no truth. `include/gridlens/matching/weights.toml`
is what the package uses. Measuring asks `mart.match_accuracy`, which needs planted truth or
transfers that name their job. With ``--splink``, which must be installed, Splink 5 is given the
same blocks and comparisons, estimates its u on random pairs and its m by EM, and is held against
the planted truth by the same rule of one owner.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from gridlens.matching import V1, candidate_patterns_sql, decoy_patterns_sql, fit
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.models import models
from gridlens.settings import Settings


def counted(con, first, day):
    """Patterns of one day's candidates, of those without a rival, and of the decoys."""
    con.execute("drop schema if exists core cascade")
    con.execute("create schema core")
    for table, condition in {
        "jobs": f"job_day = '{day}'",
        "files": f"job_day = '{day}'",
        "transfers": f"started_day between '{first}' and '{day}'",
    }.items():
        con.execute(f"create view core.{table} as from lake.core.{table} where {condition}")
    found = Counter(), Counter(), Counter()
    for *pattern, pairs, unrivalled in con.execute(candidate_patterns_sql()).fetchall():
        found[0][tuple(pattern)] = pairs
        found[1][tuple(pattern)] = unrivalled
    for *pattern, pairs in con.execute(decoy_patterns_sql()).fetchall():
        found[2][tuple(pattern)] = pairs
    return found


def fitted(lake, on):
    """Weights fitted on all days of the warehouse."""
    with lake.reader() as con:
        asked = "select distinct job_day from core.jobs order by 1"
        days = [day for (day,) in con.execute(asked).fetchall()]
        con.execute("use memory")
        by_day = [counted(con, days[0], day) for day in days]
    candidates, unrivalled, decoys = (sum(parts, Counter()) for parts in zip(*by_day, strict=True))
    return fit(candidates, {p: n for p, n in unrivalled.items() if n}, decoys, on)


def measured(con, window):
    """Each method's pairs, precision and recall, of all jobs."""
    return con.execute(
        "select truth, method, claimed_pairs, precision_ratio, recall_ratio "
        f"from mart.match_accuracy({window}, population := 'all') "
        "where split_by = 'total' order by truth, recall_ratio"
    ).fetchall()


def splink_pairs(con):
    """Probability of each pair by Splink, from the same names, tasks, datasets, sizes and times."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    name = "regexp_replace(substr({0}, strpos({0}, ':') + 1), '(_sub[0-9]+)?/?$', '')"
    jobs = con.execute(f"""
        select f.pandaid || '/' || f.type || f.lfn as unique_id, f.jeditaskid as task, f.lfn,
            {name.format("f.dataset_name")} as dataset, nullif(f.fsize, 0) as size, j.site,
            {name.format("coalesce(f.proddblock, f.destinationdblock)")} as block,
            f.type in ('input', 'pseudo_input') as is_download,
            j.creationtime as created, j.starttime as started, j.endtime as ended, f.pandaid
        from core.files f join core.jobs j on j.pandaid = f.pandaid and j.job_day = f.job_day
    """).to_arrow_table()
    transfers = con.execute(f"""
        select transfer_id as unique_id, jeditaskid as task, lfn,
            {name.format("dataset_name")} as dataset, nullif(bytes, 0) as size, null as block,
            case direction when 'download' then dst_site else src_site end as site,
            direction = 'download' as is_download, started_at as created, started_at as started,
            started_at as ended, cast(null as bigint) as pandaid
        from core.transfers where direction is not null
    """).to_arrow_table()
    times = {
        "before": "created_r < created_l",
        "queue": "created_r < started_l",
        "wall": "created_r < ended_l",
    }
    comparisons = [
        cl.CustomComparison(
            output_column_name="dataset",
            comparison_levels=[
                {"sql_condition": "dataset_r is null", "is_null_level": True},
                {"sql_condition": "dataset_r in (dataset_l, block_l)"},
                {"sql_condition": "else"},
            ],
        ),
        *(cl.ExactMatch(column) for column in ("task", "size", "site", "is_download")),
        cl.CustomComparison(
            output_column_name="time",
            comparison_levels=[
                {"sql_condition": "created_l is null or created_r is null", "is_null_level": True},
                *({"sql_condition": sql, "label_for_charts": at} for at, sql in times.items()),
                {"sql_condition": "else"},
            ],
        ),
    ]
    blocks = [
        block_on("task", "lfn"),
        "l.lfn = r.lfn and l.dataset = r.dataset and r.task is null",
        "l.lfn = r.lfn and l.block = r.dataset and r.task is null",
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=blocks,
        additional_columns_to_retain=["pandaid"],
    )
    api = DuckDBAPI()
    tables = [
        api.register(jobs, dataset_display_name="a_jobs"),
        api.register(transfers, dataset_display_name="b_transfers"),
    ]
    linker = Linker(tables, settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("task", "lfn", "size", "site")], recall=0.5
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("lfn", "site"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("task", "lfn"))
    return linker.inference.predict().as_duckdbpyrelation().to_arrow_table()


def splink_measured(con, home):
    """Precision and recall of Splink's pairs at two thresholds, with one owner a transfer."""
    begun = time.perf_counter()
    predicted = splink_pairs(con)
    print(f"splink: {time.perf_counter() - begun:.1f} s", file=sys.stderr)
    con.execute("use memory")
    con.register("predicted", predicted)
    truth = f"read_parquet('{home}/truth/2*.parquet')"
    return con.execute(f"""
        with pairs as (
            select pandaid_l as pandaid, unique_id_r as transfer_id, max(match_probability) as p
            from predicted group by all
        ), owned as (
            select * from pairs
            qualify row_number() over (partition by transfer_id order by p desc, pandaid) = 1
        ), truths as (select distinct pandaid, transfer_id from {truth})
        select 'planted', 'splink_' || cast(100 * edge as integer), count(*),
            count(truths.pandaid) / count(*), count(truths.pandaid) / (select count(*) from truths)
        from owned cross join (values (0.5), (0.9)) as edges (edge)
        left join truths using (pandaid, transfer_id)
        where p >= edge group by edge order by edge
    """).fetchall()


def main():
    """Fit or measure, as asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("fit", "measure"))
    parser.add_argument("home", type=Path)
    parser.add_argument("--on", default="the days of a warehouse; no truth was read")
    parser.add_argument("--splink", action="store_true")
    given = parser.parse_args()
    lake = open_lake(Settings(home=given.home.absolute(), memory_limit="4GB"))
    if given.what == "fit":
        print(fitted(lake, given.on).text(), end="")
        return
    lake.initialise(models(V1).values())
    with lake.reader() as con:
        days = con.execute("select min(job_day), max(job_day) + 1 from core.jobs").fetchone()
        rows = measured(con, "date '{}', date '{}'".format(*days))
        rows += splink_measured(con, given.home) if given.splink else []
    for truth, method, pairs, *ratios in rows:
        shown = "".join(f"{ratio:10.4f}" if ratio is not None else "         -" for ratio in ratios)
        print(f"{truth:<8} {method:<16} {pairs:>9,}{shown}")


if __name__ == "__main__":
    main()
