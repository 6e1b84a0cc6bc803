"""The container set-up, held against what it names: no container engine is needed here."""

import importlib.resources
import importlib.util
import json
import re
import shlex

import jsonschema
import pytest
import yaml
from airflow.sdk import Connection

from gridlens.settings import Settings
from gridlens.twin.server_jars import SERVER
from gridlens_airflow.environment import CHECKOUT, airflow_environment
from gridlens_airflow.hook import endpoint_of

TEXT = (CHECKOUT / "docker-compose.yaml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()
LOCK = (CHECKOUT / "requirements.txt").read_text()
MANUAL = (CHECKOUT / "docs/deployment.md").read_text().replace("\\\n", " ")
CONNECTIONS = [shlex.split(line) for line in re.findall(r"airflow connections add .*", MANUAL)]
OF_AIRFLOW = ["api-server", "dag-processor", "init", "scheduler", "triggerer"]
# Parsed, not run: each command line as Airflow's own parser reads it.
READ_COMMANDS = """
import json, sys
from airflow.cli import cli_parser
from airflow.configuration import conf
parser = cli_parser.get_parser()
for line in json.loads(sys.argv[1]):
    parser.parse_args(line)
known = conf.configuration_description
print(json.dumps([[s, o] for s in known for o in known[s]["options"]]))
"""


def airflow_commands():
    checks = [s["healthcheck"]["test"][1:] for s in SERVICES.values() if "healthcheck" in s]
    built_in = json.loads(re.search(r"^\s+CMD (\[.*\])", DOCKERFILE, re.M)[1])
    commands = [service["command"] for service in SERVICES.values() if "command" in service]
    every = [*checks, built_in, *commands, *CONNECTIONS]
    return [words[1:] for words in every if words[0] == "airflow"]


@pytest.fixture(scope="module")
def options(airflow_home):
    answer = airflow_home.python("-c", READ_COMMANDS, json.dumps(airflow_commands()))
    assert answer.returncode == 0, answer.stderr
    return {tuple(pair) for pair in json.loads(answer.stdout.splitlines()[-1])}


def variables(service):
    return SERVICES[service].get("environment", {})


def test_the_compose_file_keeps_to_the_compose_schema():
    schema = importlib.resources.files("check_jsonschema") / (
        "builtin_schemas/vendor/compose-spec.json"
    )

    jsonschema.validate(COMPOSE, json.loads(schema.read_text()))


def test_every_airflow_command_and_health_check_is_one_that_airflow_knows(options):
    assert len(airflow_commands()) == 10
    assert ("core", "executor") in options


@pytest.mark.parametrize("service", OF_AIRFLOW)
def test_every_airflow_variable_is_an_option_of_this_airflow(options, service):
    named = [name.split("__")[1:] for name in variables(service) if name.startswith("AIRFLOW__")]

    assert named
    assert [name for name in named if (name[0].lower(), name[1].lower()) not in options] == []


def test_plain_processes_use_airflow_options_that_exist_too(options, tmp_path):
    names = [name.split("__")[1:] for name in airflow_environment(tmp_path, tmp_path)]

    assert [n for n in names if n and (n[0].lower(), n[1].lower()) not in options] == []


def test_the_image_sets_airflow_options_that_exist(options):
    named = re.findall(r"AIRFLOW__(\w+?)__(\w+)=", DOCKERFILE)

    assert named
    assert [n for n in named if (n[0].lower(), n[1].lower()) not in options] == []


# How long things are kept; the same as without containers.
KEPT = {
    "GRIDLENS_KEEP_SNAPSHOTS_DAYS": "30",
    "GRIDLENS_KEEP_SLICES_DAYS": "all",
    "GRIDLENS_KEEP_BACKUPS": "7",
}


def test_every_gridlens_variable_is_one_that_is_read(tmp_path):
    env = {"GRIDLENS_HOME": str(tmp_path), "GRIDLENS_PERSONAL_KEY": "k" * 20}
    set_in_containers = {n for s in OF_AIRFLOW for n in variables(s) if n.startswith("GRIDLENS")}

    expected = Settings(home=tmp_path, personal_key="k" * 20, data_docs_days=90)
    assert Settings.from_env(env) == expected
    assert "GRIDLENS_HOME=/opt/gridlens/data" in DOCKERFILE
    assert set_in_containers == {"GRIDLENS_PERSONAL_KEY", "GRIDLENS_ADMIN_PASSWORD", *KEPT}


def test_every_variable_that_a_person_must_set_is_explained_in_the_example():
    example = (CHECKOUT / ".env.example").read_text()
    asked = set(re.findall(r"\$\{(\w+)", TEXT))

    assert asked == set(re.findall(r"^(\w+)=", example, re.M))


def test_no_secret_has_a_default_that_works():
    with_default = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT))

    assert with_default == KEPT | {"GRIDLENS_PORT": "8080", "OPENSEARCH_PASSWORD": ""}
    assert re.findall(r"(?:PASSWORD|SECRET|KEY): (?!\$\{)", TEXT) == []


def test_every_folder_of_the_checkout_that_is_mounted_exists():
    mounts = [m for s in SERVICES.values() for m in s.get("volumes", []) if m.startswith("./")]

    assert mounts
    assert [m for m in mounts if not (CHECKOUT / m.split(":")[0]).is_dir()] == []


def test_every_file_that_the_image_copies_exists_and_is_let_through():
    copied = [
        name
        for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.M)
        for name in shlex.split(line)[1:-1]
    ]
    let_through = (CHECKOUT / ".dockerignore").read_text().splitlines()

    assert [name for name in copied if not (CHECKOUT / name).exists()] == []
    assert [name for name in copied if f"!{name}" not in let_through] == []


def test_a_python_module_that_is_started_exists():
    started = [s["command"][2] for s in SERVICES.values() if s.get("command", [""])[0] == "python"]

    assert started == ["gridlens_airflow.setup"]
    assert importlib.util.find_spec("gridlens_airflow.setup")


def test_the_image_is_the_airflow_of_the_lock_and_does_not_run_as_root():
    locked = re.search(r"^apache-airflow==(\S+)$", LOCK, re.M)[1]

    assert f"FROM apache/airflow:slim-{locked}-python3.11\n" in DOCKERFILE
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.M)[-1] == "airflow"
    assert "--constraint requirements.txt" in DOCKERFILE


def test_the_connection_of_the_manual_is_one_to_the_service_where_it_listens():
    service = SERVICES["opensearch"]
    given = [dict(zip(words[4::2], words[5::2], strict=True)) for words in CONNECTIONS]
    (options,) = [each for each in given if each["--conn-host"] == "opensearch"]
    fields = {name.removeprefix("--conn-"): value for name, value in options.items()}
    kind = fields.pop("type")
    endpoint = endpoint_of(Connection(conn_id="any", conn_type=kind, **fields))

    assert endpoint.hosts == ("https://opensearch:9200",)
    assert service["ports"] == ["127.0.0.1:9200:9200"]
    assert "https://localhost:9200" in service["healthcheck"]["test"][1]
    assert f'--user "{endpoint.login}:' in service["healthcheck"]["test"][1]
    assert "${OPENSEARCH_PASSWORD" in service["environment"]["OPENSEARCH_INITIAL_ADMIN_PASSWORD"]
    assert (endpoint.password, endpoint.verify) == ("$OPENSEARCH_PASSWORD", False)


def test_the_service_is_the_server_that_the_tests_run_on():
    version = SERVER.rpartition(":")[2].removesuffix(".0")

    assert SERVICES["opensearch"]["image"] == f"opensearchproject/opensearch:{version}"


def test_every_image_names_its_version():
    images = [s["image"] for s in SERVICES.values()]

    assert [name for name in images if not re.search(r":\d+\.\d+", name)] == []


def test_every_service_that_stays_has_a_health_check():
    assert [name for name, s in SERVICES.items() if "healthcheck" not in s] == ["init"]


def test_opensearch_starts_only_when_asked_for():
    assert [name for name, s in SERVICES.items() if "profiles" in s] == ["opensearch"]
