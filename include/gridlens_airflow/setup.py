"""Make Airflow's database and the pool of the warehouse's writers; safe to repeat.

Run as ``python -m gridlens_airflow.setup`` once in a new installation and after each upgrade.
Without the pool, Airflow's scheduler leaves the loading tasks waiting.
"""

from __future__ import annotations

import subprocess
import sys

from gridlens_airflow.defaults import (
    WAREHOUSE_POOL,
    WAREHOUSE_POOL_MEANING,
    WAREHOUSE_POOL_SLOTS,
)


def prepare() -> None:
    """Migrate Airflow's metadata database and create the pool if it does not exist.

    Slots that an operator has changed stay as they are.

    Raises:
        subprocess.CalledProcessError: the migration failed; its output says why.
    """
    # A process of its own: the migration needs an Airflow that has not yet opened its database.
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True)
    _create_pool()


def _create_pool() -> None:
    from airflow.models.pool import Pool

    if Pool.get_pool(WAREHOUSE_POOL) is None:
        Pool.create_or_update_pool(
            WAREHOUSE_POOL,
            slots=WAREHOUSE_POOL_SLOTS,
            description=WAREHOUSE_POOL_MEANING,
            include_deferred=False,
        )


if __name__ == "__main__":
    prepare()
