"""The variables of an Airflow that lives in one folder: `make demo`, `make up`, the tests.

Other installations (docker-compose.yaml) set the same variables their own way.
"""

from __future__ import annotations

from pathlib import Path

# dags/ and plugins/ lie beside the package and are not part of it, so this needs a checkout
# with `pip install -e .`, as the Makefile and the Dockerfile make.
CHECKOUT = Path(__file__).parents[2]
DEFAULT_PORT = 8080


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
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow_home / 'airflow.db'}",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        # Tasks report to this address; without it they look for port 8080.
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://localhost:{port}/execution/",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "false",
        "GRIDLENS_HOME": str(home.absolute()),
    }
