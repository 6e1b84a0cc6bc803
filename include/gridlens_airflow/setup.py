"""Make what Airflow needs before its first run; safe to repeat.

``python -m gridlens_airflow.setup`` belongs to every installation and every upgrade: it migrates
the metadata database, creates the pools of heavy tasks (without them the scheduler leaves these
tasks waiting) and writes the administrator's password for Airflow's simple login, if
GRIDLENS_ADMIN_PASSWORD and AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE are set.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from gridlens.errors import SettingsError
from gridlens_airflow.defaults import POOL_SLOTS, POOLS

ADMIN = "admin"


def prepare() -> None:
    """Migrate Airflow's metadata database and create the pools that do not exist.

    Slots that an operator has changed stay as they are.

    Raises:
        SettingsError: the database cannot be migrated.
    """
    # A process of its own: the migration needs an Airflow that has not yet opened its database.
    migration = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        capture_output=True,
        text=True,
        check=False,
    )
    if migration.returncode:
        raise SettingsError(
            "Airflow's database cannot be migrated; AIRFLOW__DATABASE__SQL_ALCHEMY_CONN says "
            f"where it is. `airflow db migrate` said:\n{migration.stderr[-2000:]}"
        )
    _create_pools()


def _create_pools() -> None:
    from airflow.models.pool import Pool

    for name, meaning in POOLS.items():
        if Pool.get_pool(name) is None:
            Pool.create_or_update_pool(
                name, slots=POOL_SLOTS, description=meaning, include_deferred=False
            )


def write_login(path: Path, password: str) -> None:
    """Set the administrator's password where Airflow's simple login looks it up."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    known: dict[str, str] = json.loads(path.read_text() or "{}")
    path.write_text(json.dumps(known | {ADMIN: password}))


if __name__ == "__main__":
    prepare()
    if secret := os.environ.get("GRIDLENS_ADMIN_PASSWORD"):
        write_login(Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]), secret)
