"""The models that come with the package, one SQL file a table."""

from __future__ import annotations

from importlib.resources import files

from gridlens.warehouse.lists import with_lists
from gridlens.warehouse.model import Model

SCHEMAS = ("core", "mart")


def packaged_models() -> dict[str, Model]:
    """Every model under ``sql/``, by name.

    Raises:
        ModelError: a file's header or text is wrong, or a list that it reads.
    """
    found: dict[str, Model] = {}
    for schema in SCHEMAS:
        folder = files("gridlens.warehouse") / "sql" / schema
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if file.name.endswith(".sql"):
                name = f"{schema}.{file.name.removesuffix('.sql')}"
                found[name] = Model.parse(with_lists(file.read_text(encoding="utf-8")), name)
    return found
