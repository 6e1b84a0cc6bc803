"""Filters that window marts share: their arguments, and the conditions that stand for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gridlens.tables.identifiers import literal


@dataclass(frozen=True)
class Argument:
    """A filter of a window mart.

    Attributes:
        name: of the macro's argument.
        default: as a SQL literal.
        meaning: what it does.
        allowed: the only values it can have, as SQL literals with commas; None: any.
    """

    name: str
    default: str
    meaning: str
    allowed: str | None = None

    def allows(self, value: str) -> bool:
        """Whether the mart takes this value."""
        return self.allowed is None or literal(value) in self.allowed.split(", ")

    @property
    def default_value(self) -> str:
        """The default as a person writes it."""
        return self.default.strip("'")

    @property
    def default_meaning(self) -> str:
        """What the default does, where the meaning says so: ``'all': any`` gives ``any``."""
        return self.meaning.partition(f"{self.default}: ")[2].partition(";")[0]


@dataclass(frozen=True)
class Filter:
    """Rows of one kind that a mart can choose by its arguments.

    Attributes:
        arguments: in the order in which callers meet them.
        condition: over columns of a relation that has one row a job or a transfer, and then of
            the window, too; or rows with a ``jeditaskid``, or with a ``site``, of any day.
    """

    arguments: tuple[Argument, ...]
    condition: str


_POPULATION = Argument(
    "population",
    "'user'",
    "'user': jobs of users, as in the papers; 'production': all others; 'all': every job",
    "'user', 'production', 'all'",
)
_PLACES = {
    "at_site": "ATLAS site",
    "in_cloud": "cloud of the site",
    "at_tier": "tier of the site, '0' to '3'",
    "in_country": "country of the site",
}


def _any(name: str, meaning: str) -> Argument:
    return Argument(name, "'all'", f"only this {meaning}; 'all': any")


def _equals(pairs: Mapping[str, str]) -> str:
    return "".join(f"\n    and (${name} = 'all' or {sql} = ${name})" for name, sql in pairs.items())


_JOB_COLUMNS = {
    "at_site": "site",
    "in_cloud": "site_cloud",
    "at_tier": "cast(tier_level as varchar)",
    "in_country": "country",
    "with_resource_type": "resource_type",
    "at_queue": "computingsite",
}
_JOB_MEANINGS = {**_PLACES, "with_resource_type": "resource type", "at_queue": "PanDA queue"}

_JOBS = Filter(
    (_POPULATION, *(_any(name, meaning) for name, meaning in _JOB_MEANINGS.items())),
    "job_day >= $window_start and job_day < $window_end\n"
    "    and ($population = 'all' or is_user_job = ($population = 'user'))" + _equals(_JOB_COLUMNS),
)
# what has a task but no job of its own; without a filter, tasks whose jobs are not known count, too
_NO_JOB_FILTER = " and ".join(f"${name} = 'all'" for name in _JOB_COLUMNS)
_TASKS = Filter(
    tuple(_any(name, f"{what} (of a job of the task)") for name, what in _JOB_MEANINGS.items()),
    # said twice, so that no job is read where none is asked for
    f"""{_NO_JOB_FILTER}
    or jeditaskid in (
        select jobs.jeditaskid
        from core.jobs as jobs
        where jobs.job_day < $window_end and not ({_NO_JOB_FILTER}){_equals(_JOB_COLUMNS)}
    )""",
)
# what has a site but no job and no transfer of its own
_SITES = Filter(
    tuple(_any(name, meaning) for name, meaning in _PLACES.items()),
    """$at_site in ('all', site)
    and (
        $in_cloud = 'all' and $at_tier = 'all' and $in_country = 'all'
        or site in (
            select places.site
            from core.sites as places
            where places.dump_day >= $window_start and places.dump_day < $window_end
                and $in_cloud in ('all', places.cloud)
                and $at_tier in ('all', cast(places.tier_level as varchar))
                and $in_country in ('all', places.country)
        )
    )""",
)
_TRANSFERS = Filter(
    (
        *(
            _any(name, f"{meaning} (the job's end of the transfer)")
            for name, meaning in _PLACES.items()
        ),
        _any("with_activity", "Rucio activity"),
    ),
    "started_day >= $window_start and started_day < $window_end"
    + _equals(
        {
            "at_site": "job_site",
            "in_cloud": "site_cloud",
            "at_tier": "cast(tier_level as varchar)",
            "in_country": "country",
            "with_activity": "activity",
        }
    ),
)
# both directions of a link have the same two ends, so they are chosen together
_LINKS = Filter(
    (
        *(_any(name, f"{meaning} (either end of the link)") for name, meaning in _PLACES.items()),
        _any("with_activity", "Rucio activity"),
    ),
    "started_day >= $window_start and started_day < $window_end"
    + _equals({"with_activity": "activity"})
    + """
    and (
        $at_site in ('all', src_site, dst_site)
        and $in_cloud = 'all' and $at_tier = 'all' and $in_country = 'all'
        or exists (
            select 1
            from core.sites as ends
            where ends.dump_day = started_day
                and ends.site in (src_site, dst_site)
                and $at_site in ('all', ends.site)
                and $in_cloud in ('all', ends.cloud)
                and $at_tier in ('all', cast(ends.tier_level as varchar))
                and $in_country in ('all', ends.country)
        )
    )""",
)
FILTERS: Mapping[str, Filter] = {
    "jobs": _JOBS,
    "transfers": _TRANSFERS,
    "links": _LINKS,
    "tasks": _TASKS,
    "sites": _SITES,
}


def shared_arguments(names: Iterable[str]) -> tuple[Argument, ...]:
    """Arguments of these filters; one that two of them share stands once, as the first has it."""
    found: dict[str, Argument] = {}
    for name in names:
        for argument in FILTERS[name].arguments:
            found.setdefault(argument.name, argument)
    return tuple(found.values())


def shared_filters() -> tuple[Argument, ...]:
    """Every argument that the marts share, as those of jobs have it, else those of transfers."""
    return shared_arguments(FILTERS)


def spelled_out(sql: str) -> str:
    """The SELECT with text in the place of the two names that every filter has.

    ``$chosen_jobs`` is the condition on rows. ``$same_jobs``, in a call of another window mart,
    hands the window and the filter's arguments on as they were given.
    """
    for name, filter_ in FILTERS.items():
        handed_on = ["$window_start", "$window_end"]
        handed_on += [f"{a.name} := ${a.name}" for a in filter_.arguments]
        sql = sql.replace(f"$chosen_{name}", f"({filter_.condition})")
        sql = sql.replace(f"$same_{name}", ", ".join(handed_on))
    return sql
