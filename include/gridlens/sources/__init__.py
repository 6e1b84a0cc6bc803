"""How rows arrive: documents of one day through a field map into typed batches."""

from gridlens.sources.config import FileInput, Input, SourceConfig, files_of, load_config
from gridlens.sources.fieldmap import FieldMap, load_map, map_names
from gridlens.sources.opensearch.answer import ReadAgain
from gridlens.sources.opensearch.check import Finding, check_endpoint, greeting
from gridlens.sources.opensearch.client import Client
from gridlens.sources.opensearch.index import Look
from gridlens.sources.opensearch.source import (
    IndexInput,
    Size,
    asked_of,
    look_at_day,
    measured,
    require_fields,
)
from gridlens.sources.personal import keyed_hash
from gridlens.sources.reach import OutOfReach, out_of_reach, require_later
from gridlens.sources.read import read_day, read_files
from gridlens.sources.reading import Reading
from gridlens.sources.required import require_given

__all__ = [
    "Client",
    "FieldMap",
    "FileInput",
    "Finding",
    "IndexInput",
    "Input",
    "Look",
    "OutOfReach",
    "ReadAgain",
    "Reading",
    "Size",
    "SourceConfig",
    "asked_of",
    "check_endpoint",
    "files_of",
    "greeting",
    "keyed_hash",
    "load_config",
    "load_map",
    "look_at_day",
    "map_names",
    "measured",
    "out_of_reach",
    "read_day",
    "read_files",
    "require_fields",
    "require_given",
    "require_later",
]
