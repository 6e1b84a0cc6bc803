"""A page in a real browser that has no network, and what the browser says of it."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

from headless_chromium import chromium

FLAGS = (
    "--headless --remote-debugging-pipe --no-sandbox --no-zygote --no-first-run --disable-gpu "
    "--disable-dev-shm-usage --disable-background-networking --window-size=1280,900"
)
NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND"
LONGEST_S = 120  # then the browser is ended, and the test fails
# A browser reads its orders from the third channel and answers on the fourth.
CHANNELS = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null'


class OpenedPage:
    """One page in one browser, over the pipe of the DevTools protocol."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._unread = b""
        self._session: dict[str, str] = {}
        self._asked = 0
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")
        attached = self.call("Target.attachToTarget", flatten=True, **target)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def open(self, path: Path) -> None:
        """Open a file and wait until it is loaded."""
        assert "errorText" not in self.call("Page.navigate", url=path.as_uri())
        while not self.told("Page.loadEventFired"):
            self.events.append(self._read())

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        """What the browser answers; what it tells meanwhile goes to the events."""
        self._asked += 1
        order = {"id": self._asked, "method": method, "params": given, **self._session}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order).encode() + b"\0")
        self._process.stdin.flush()
        while (answer := self._read()).get("id") != self._asked:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def ask(self, script: str) -> Any:
        """What a script in the page returns; it may await."""
        body = f"(async () => {{ {script} }})()"
        found = self.call(
            "Runtime.evaluate", expression=body, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def told(self, method: str) -> list[dict[str, Any]]:
        """What the browser told by itself under this name."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def requests(self) -> list[str]:
        """The addresses that the page asked for, granted or not; not what it carries itself."""
        asked = [told["request"]["url"] for told in self.told("Network.requestWillBeSent")]
        return [url for url in asked if not url.startswith(("data:", "blob:"))]

    def complaints(self) -> list[str]:
        """What a developer would see in red in the console."""
        thrown = self.told("Runtime.exceptionThrown")
        called = self.told("Runtime.consoleAPICalled")
        spoken = [told for told in called if told["type"] in ("error", "assert")]
        logged = [told for told in self.told("Log.entryAdded") if told["entry"]["level"] == "error"]
        return [json.dumps(told) for told in (*thrown, *spoken, *logged)]

    def screenshot(self) -> bytes:
        """What is seen now, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        while b"\0" not in self._unread:
            more = self._process.stdout.read1(1 << 16)
            assert more, "the browser has ended"
            self._unread += more
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)


@contextmanager
def browser() -> Iterator[OpenedPage]:
    """A browser with an empty page, ended after the block."""
    with TemporaryDirectory() as profile:
        command = [*chromium(), *FLAGS.split(), NO_NETWORK, f"--user-data-dir={profile}"]
        process = subprocess.Popen(
            ["bash", "-c", CHANNELS, "bash", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        limit = Timer(LONGEST_S, process.kill)
        limit.start()
        try:
            page = OpenedPage(process)
            yield page
            page.call("Browser.close")
        finally:
            limit.cancel()
            process.kill()
            process.communicate()
