"""The variables of an Airflow that lives in one folder: `make demo`, `make up`, the tests.

Other installations (docker-compose.yaml) set the same variables their own way.
"""

from __future__ import annotations

import secrets
from pathlib import Path

# dags/ and plugins/ lie beside the package and are not part of it, so this needs a checkout
# with `pip install -e .`, as the Makefile and the Dockerfile make.
CHECKOUT = Path(__file__).parents[2]
DEMO = CHECKOUT / ".demo"
DEFAULT_PORT = 8080
DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


def airflow_environment(home: Path, airflow_home: Path, port: int = DEFAULT_PORT) -> dict[str, str]:
    """All that Airflow must know to run this checkout's DAGs on one machine.

    Args:
        home: folder of the slices and the warehouse.
        airflow_home: folder of Airflow's own database, logs and passwords.
        port: where the UI and the tasks' API listen.
    """
    airflow_home = airflow_home.absolute()
    return {
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(CHECKOUT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(CHECKOUT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__AUTH_MANAGER": (
            "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
        ),
        DATABASE: f"sqlite:///{airflow_home / 'airflow.db'}",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(airflow_home / "passwords.json"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        # Tasks report to this address; without it they look for port 8080.
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        # Within the default, 5 s, a busy machine's server does not answer: the start fails.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
        "GRIDLENS_HOME": str(home.absolute()),
    }


def kept_secret(path: Path) -> str:
    """The secret in that file, made at first use and readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()
