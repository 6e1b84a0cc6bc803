"""The grid's map: queues, storage elements, sites and the names that sites go by (CRIC)."""

from gridlens.tables.definition import Column, Table, count, number, text, time

QUEUES = Table(
    name="queues",
    meaning="PanDA queues and the sites that they stand at, one dump a day.",
    grain="one queue in one dump",
    key=("queue",),
    day_column="dump_day",
    cut="dump",
    columns=(
        text("queue", "PanDA queue, a job's `computingsite`."),
        text("site", "ATLAS site of the queue."),
        text("rc_site", "Resource centre, another name of the site."),
        text("panda_site", "PanDA site, another name of the site."),
        text("cloud", "Cloud."),
        text("country", "Country."),
        text("tier", "T0, T1, T2, T2D or T3."),
        number("tier_level", "0 to 3."),
        text("status", "online, offline, test or brokeroff."),
        text("state", "ACTIVE or not."),
        text("type", "production, analysis, unified or special."),
        text("resource_type", "GRID, hpc, cloud, …"),
        text("capability", "score, mcore or ucore."),
        count("corecount", "Cores a job.", "cores", (0, -1)),
        Column(
            "corepower", "DOUBLE", "Power of a core; measured, dated by the dump.", "HS06", (0, -1)
        ),
        count("maxrss", "Memory a job may use.", "MB", (0, -1)),
        text("workflow", "pull or push."),
        Column(
            "direct_access_lan", "BOOLEAN", "Reads input without a copy from the local storage."
        ),
        Column("direct_access_wan", "BOOLEAN", "Reads input without a copy from remote storage."),
        time("last_modified", "Last change in CRIC."),
    ),
)

RSES = Table(
    name="rses",
    meaning="Rucio storage elements and the sites that they stand at, one dump a day.",
    grain="one storage element in one dump",
    key=("rse",),
    day_column="dump_day",
    cut="dump",
    columns=(
        text("rse", "Rucio storage element."),
        text("site", "ATLAS site of the storage element."),
        text("rc_site", "Resource centre."),
        text("cloud", "Cloud."),
        text("country", "Country."),
        number("tier_level", "0 to 3."),
        text("type", "DATADISK, SCRATCHDISK, TAPE, …"),
        text("state", "ACTIVE or not."),
        Column("is_tape", "BOOLEAN", "Stands on tape."),
    ),
)

SITE_ALIASES = Table(
    name="site_aliases",
    meaning="Other names of sites, with the days between which they hold.",
    grain="one alias in one span of days",
    key=("alias", "valid_from", "source"),
    day_column="dump_day",
    cut="dump",
    columns=(
        text("alias", "Name as it stands in records."),
        text("site", "ATLAS site that is meant."),
        text("source", "Where the alias comes from."),
        Column("valid_from", "DATE", "First day on which it holds; NULL: always has."),
        Column("valid_to", "DATE", "First day on which it holds no longer; NULL: still does."),
    ),
)
