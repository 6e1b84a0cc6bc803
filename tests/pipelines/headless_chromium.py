"""A Chromium that needs nothing of the machine but glibc: from the npm registry, once.

The package carries the libraries and the fonts that a fresh machine lacks.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import brotli
import requests

PACKAGE = "https://registry.npmjs.org/@sparticuz/chromium/-/chromium-153.0.0.tgz"  # 70 MB
SHA512 = "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
HOME = Path.home() / ".cache" / "gridlens" / "chromium-153.0.0"
FONTS = "<fontconfig><dir>{0}/fonts</dir><cachedir>{0}/font-cache</cachedir></fontconfig>"
TRIES = 3


def chromium() -> list[str]:
    """The command that starts it; the first call on a machine fetches and unpacks it."""
    with _one_at_a_time():
        if not (HOME / "fonts.conf").exists():  # the last file that is written
            _unpack(_fetched())
    environment = (f"LD_LIBRARY_PATH={HOME}/lib", f"FONTCONFIG_FILE={HOME}/fonts.conf")
    return ["env", *environment, str(HOME / "chromium")]


def _fetched() -> bytes:
    for last in (*[False] * (TRIES - 1), True):
        try:
            content = requests.get(PACKAGE, timeout=60).content
        except requests.RequestException:
            if last:
                raise
            continue
        if base64.b64encode(hashlib.sha512(content).digest()).decode() == SHA512:
            return content
    raise AssertionError(f"{PACKAGE} is not the file that is pinned")


def _unpack(package: bytes) -> None:
    HOME.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(package)) as outer:
        for name in ("al2023", "swiftshader", "fonts"):
            inner = io.BytesIO(_part(outer, f"{name}.tar"))
            with tarfile.open(fileobj=inner) as files:
                files.extractall(HOME)
        program = HOME / "chromium"
        program.write_bytes(_part(outer, "chromium"))
    program.chmod(0o755)
    (HOME / "fonts.conf").write_text(FONTS.format(HOME))


def _part(package: tarfile.TarFile, name: str) -> bytes:
    packed = package.extractfile(f"package/bin/{name}.br")
    assert packed
    return brotli.decompress(packed.read())


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    HOME.parent.mkdir(parents=True, exist_ok=True)
    with HOME.with_name(f"{HOME.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
