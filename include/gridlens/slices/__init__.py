"""Where fetched days rest: Parquet, manifest, quarantine, fingerprint."""

from gridlens.slices.manifest import Manifest
from gridlens.slices.store import SliceStore, require_files
from gridlens.slices.writer import SliceWriter

__all__ = ["Manifest", "SliceStore", "SliceWriter", "require_files"]
