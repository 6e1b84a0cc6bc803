"""Where things rest and how much they may use: the only reader of the environment."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gridlens.endpoint import Endpoint
from gridlens.errors import SettingsError

MINIMUM_KEY_LENGTH = 16
ENDPOINT = "GRIDLENS_ENDPOINT_"


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
    def backups(self) -> Path:
        """Folder of the backups of the warehouse's catalog."""
        return self.home / "backups"

    @property
    def generator(self) -> Path:
        """Folder of the generator: its snapshots, and what a refit works on."""
        return self.home / "generator"

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
