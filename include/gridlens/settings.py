"""Where things rest and how much they may use: the only reader of the environment."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gridlens.channel import Channel, channels
from gridlens.endpoint import Endpoint
from gridlens.errors import SettingsError

MINIMUM_KEY_LENGTH = 16
ENDPOINT = "GRIDLENS_ENDPOINT_"


@dataclass(frozen=True)
class Attempt:
    """Which try of a scheduler's task calls; all empty from a shell.

    Attributes:
        dag: name of the DAG.
        run: its run's id.
        number: from 1.
    """

    dag: str = ""
    run: str = ""
    number: int = 0


@dataclass(frozen=True)
class Settings:
    """Everything that differs from one installation to the next.

    Attributes:
        home: folder that holds the slices, the warehouse and ``sources.toml``.
        personal_key: secret of the keyed hash that replaces personal fields; never printed;
            only what reads documents needs it.
        memory_limit: most memory a query may hold before it spills to disk, as DuckDB writes it.
        threads: most threads a query may use.
        lock_timeout_s: longest wait for the warehouse's one writer, in seconds.
        keep_snapshots_days: how long a former state of the warehouse can be read.
        keep_slices_days: age from which slices and their quarantine may go; None: all stay.
        keep_backups: how many backups of the catalog stay, the newest.
        endpoints: each OpenSearch that ``sources.toml`` names, by its name.
        channels: who is told of alerts, by name: ``mail``, ``webhook``.
        deadline_h: how long after its end a day must be complete, in hours.
        stale_h: how long a day that was complete may stay stale before an alert, in hours.
        alert_days: how many of the last days alerts look at.
        attempt: who calls, for the rows of raw.task_runs.
        data_docs_days: for how many days the pages of the quality suites are kept; 0: none are
            written.
    """

    home: Path
    personal_key: str = ""
    memory_limit: str = "1GB"
    threads: int = 2
    lock_timeout_s: float = 300.0
    keep_snapshots_days: float = 30.0
    keep_slices_days: int | None = None
    keep_backups: int = 7
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    deadline_h: float = 12.0
    stale_h: float = 6.0
    alert_days: int = 14
    attempt: Attempt = Attempt()
    data_docs_days: int = 0

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the ``GRIDLENS_*`` variables.

        Raises:
            SettingsError: a variable is not of its kind.
        """
        return cls(
            home=Path(env.get("GRIDLENS_HOME", "data")).absolute(),
            personal_key=env.get("GRIDLENS_PERSONAL_KEY", ""),
            memory_limit=_size(env, "GRIDLENS_MEMORY_LIMIT", cls.memory_limit),
            threads=int(_positive(env, "GRIDLENS_THREADS", cls.threads, least=1)),
            lock_timeout_s=_positive(env, "GRIDLENS_LOCK_TIMEOUT_S", cls.lock_timeout_s),
            keep_snapshots_days=_positive(
                env, "GRIDLENS_KEEP_SNAPSHOTS_DAYS", cls.keep_snapshots_days
            ),
            keep_slices_days=_days(env, "GRIDLENS_KEEP_SLICES_DAYS"),
            keep_backups=int(_positive(env, "GRIDLENS_KEEP_BACKUPS", cls.keep_backups, least=1)),
            endpoints={
                name: Endpoint.parse(name, text)
                for variable, text in env.items()
                if (name := variable.removeprefix(ENDPOINT).lower()) != variable.lower()
            },
            channels=channels(env),
            deadline_h=_positive(env, "GRIDLENS_DEADLINE_H", cls.deadline_h),
            stale_h=_positive(env, "GRIDLENS_STALE_H", cls.stale_h),
            alert_days=int(_positive(env, "GRIDLENS_ALERT_DAYS", cls.alert_days, least=1)),
            # Importing Great Expectations takes seconds: who makes settings in Python asks for it.
            data_docs_days=int(_positive(env, "GRIDLENS_DATA_DOCS_DAYS", 90, least=0)),
        )

    @property
    def slices(self) -> Path:
        """Folder of the slices."""
        return self.home / "slices"

    @property
    def warehouse(self) -> Path:
        """Folder of the warehouse."""
        return self.home / "warehouse"

    @property
    def published(self) -> Path:
        """Folder of the plain DuckDB files."""
        return self.home / "published"

    @property
    def task_runs(self) -> Path:
        """Folder of the rows of raw.task_runs that wait for the next writer of the warehouse."""
        return self.home / "task_runs"

    @property
    def backups(self) -> Path:
        """Folder of the backups of the warehouse's catalog."""
        return self.home / "backups"

    @property
    def generator(self) -> Path:
        """Folder of the generator: its snapshots, and what a refit works on."""
        return self.home / "generator"

    @property
    def alerts(self) -> Path:
        """Folder of what a look for alerts has found outside the warehouse."""
        return self.home / "alerts"

    @property
    def thresholds(self) -> Path:
        """The file of the operator's own bounds for measures; it need not be there."""
        return self.home / "contracts.toml"

    @property
    def profiles(self) -> Path:
        """Folder of the slices' profiles, which may be removed and are then made again."""
        return self.home / "profiles"

    @property
    def data_docs(self) -> Path:
        """Folder of the pages of the quality suites, one folder a day."""
        return self.home / "data_docs"

    @property
    def sources(self) -> Path:
        """The file that says where each table's documents come from."""
        return self.home / "sources.toml"

    @property
    def slots(self) -> Path:
        """Folder of the locks that cap the requests to each endpoint."""
        return self.home / "endpoints"

    def endpoint(self, name: str) -> Endpoint:
        """The OpenSearch of that name.

        Raises:
            SettingsError: nobody has said where it is.
        """
        try:
            return self.endpoints[name]
        except KeyError:
            raise SettingsError(
                f"nothing says where the endpoint '{name}' is: set {ENDPOINT}{name.upper()} to "
                f'{{"hosts": ["https://…:9200"], …}}, or in Airflow make the connection {name}'
            ) from None

    def secret(self) -> str:
        """The key of the personal hash.

        Raises:
            SettingsError: there is none, or it is short enough to be guessed.
        """
        if len(self.personal_key) < MINIMUM_KEY_LENGTH:
            raise SettingsError(
                f"GRIDLENS_PERSONAL_KEY must hold a secret of at least {MINIMUM_KEY_LENGTH} "
                "characters: personal fields are replaced by a hash with this key. "
                "Make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
            )
        return self.personal_key

    def __repr__(self) -> str:
        """All but the secret."""
        return f"Settings(home={str(self.home)!r}, personal_key=…)"


def _positive(env: Mapping[str, str], name: str, default: float, least: float = 0.001) -> float:
    text = env.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not least <= value < math.inf:
        raise SettingsError(f"{name} is '{text}': it must be a number from {least:g}")
    return value


def _days(env: Mapping[str, str], name: str) -> int | None:
    if env.get(name, "all") == "all":
        return None
    return int(_positive(env, name, 0, least=1))


def _size(env: Mapping[str, str], name: str, default: str) -> str:
    text = env.get(name, default).strip()
    if not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", text):
        raise SettingsError(f"{name} is '{text}': write it like 500MB or 2GB")
    return text
