"""Index templates as the real systems map their documents: which fields, of which types."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

# The forms in which the two systems write a time; the default of 1970 means that there is none.
DATE = "yyyy-MM-dd HH:mm:ss||yyyy-MM-dd HH:mm:ss.SSSSSS||strict_date_optional_time||epoch_millis"
# Marks templates, and the indices that they make: all others at a server are somebody else's.
MADE_HERE = {"made_by": "gridlens twin publish"}
# Longer texts are kept and not indexed, instead of refusing the document.
KEYWORD = {"type": "keyword", "ignore_above": 1024}
TYPES: dict[str, dict[str, Any]] = {
    "date": {"type": "date", "format": DATE},
    "seconds": {"type": "date", "format": "epoch_second"},
    "long": {"type": "long"},
    "double": {"type": "double"},
    "keyword": KEYWORD,
}


def templates() -> dict[str, dict[str, Any]]:
    """The bodies of composable index templates, by the template's name."""
    found = files(__name__).iterdir()
    described = sorted((f for f in found if f.name.endswith(".toml")), key=lambda f: f.name)
    return {
        f.name.removesuffix(".toml"): _template(tomllib.loads(f.read_text("utf-8")))
        for f in described
    }


def _template(described: dict[str, Any]) -> dict[str, Any]:
    properties = {
        name: TYPES[kind] for kind, names in described["fields"].items() for name in names
    }
    return {
        "index_patterns": [described["pattern"]],
        "_meta": MADE_HERE,
        "template": {
            "settings": {
                "number_of_shards": described["shards"],
                "number_of_replicas": 0,
                # A value of an odd type (even an object for a number) is kept and not indexed: the
                # archives keep what they are sent, and it is for the reader to judge it.
                "index.mapping.ignore_malformed": True,
            },
            "mappings": {
                "_meta": MADE_HERE,
                # A new field shows in the mapping, since it is how drift is noticed; but a text
                # that happens to look like a date stays a text.
                "dynamic": True,
                "date_detection": False,
                "dynamic_templates": [
                    {"texts": {"match_mapping_type": "string", "mapping": KEYWORD}}
                ],
                "properties": properties,
            },
        },
    }
