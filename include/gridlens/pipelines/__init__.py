"""In which order: the only room that knows the others; one function a task.

Asked for a name, it imports the module of that name alone: a task of Airflow is a process of its
own, and charts and engines would cost each of them seconds.
"""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gridlens.matching import Reading
    from gridlens.pipelines.alerts import acknowledge, alert_lines
    from gridlens.pipelines.ask import print_query, write_init_file
    from gridlens.pipelines.backup import back_up, restore
    from gridlens.pipelines.demo import (
        checksums,
        differing_tables,
        identities,
        load_real_jobs,
        make_demo_days,
        reasons,
        rows_of_day,
        summary,
    )
    from gridlens.pipelines.derive import indicators, match
    from gridlens.pipelines.doctor import doctor
    from gridlens.pipelines.explain import explain
    from gridlens.pipelines.extract import EXTRACTED, extract
    from gridlens.pipelines.figures import draw_figures
    from gridlens.pipelines.findings import Finding, Looked
    from gridlens.pipelines.gate import gate
    from gridlens.pipelines.generate import Wish, generate
    from gridlens.pipelines.load import load
    from gridlens.pipelines.load_file import load_file
    from gridlens.pipelines.match_files import MATCH_HELP, match_files
    from gridlens.pipelines.mend import mend
    from gridlens.pipelines.overview import DayOverview, Overview, data_docs_file, overview
    from gridlens.pipelines.paper import paper_tables
    from gridlens.pipelines.plan import plan
    from gridlens.pipelines.prune import prune
    from gridlens.pipelines.publish import publish
    from gridlens.pipelines.publish_file import publish_file
    from gridlens.pipelines.reading import figure, loaded_window, mart
    from gridlens.pipelines.refit import DEFAULT_ENGINES, ENGINES, choose, promote, refit, rollback
    from gridlens.pipelines.refit_due import drift, refit_due
    from gridlens.pipelines.refit_steps import fit, judge, prepare
    from gridlens.pipelines.refresh import refresh
    from gridlens.pipelines.report import Report
    from gridlens.pipelines.run_day import run_day
    from gridlens.pipelines.serve import serve, server
    from gridlens.pipelines.settle import settle
    from gridlens.pipelines.snapshot_list import snapshot_card, snapshot_lines
    from gridlens.pipelines.source_check import greet, source_check
    from gridlens.pipelines.status import DayStatus, status
    from gridlens.pipelines.upkeep import (
        UPKEEP,
        check_integrity,
        clean_up,
        compact_files,
        expire_states,
        upkeep,
    )
    from gridlens.pipelines.validate import validate
    from gridlens.pipelines.watch import watch
    from gridlens.pipelines.window_report import write_report

__all__ = [
    "DEFAULT_ENGINES",
    "ENGINES",
    "EXTRACTED",
    "MATCH_HELP",
    "UPKEEP",
    "DayOverview",
    "DayStatus",
    "Finding",
    "Looked",
    "Overview",
    "Reading",
    "Report",
    "Wish",
    "acknowledge",
    "alert_lines",
    "back_up",
    "check_integrity",
    "checksums",
    "choose",
    "clean_up",
    "compact_files",
    "data_docs_file",
    "differing_tables",
    "doctor",
    "draw_figures",
    "drift",
    "expire_states",
    "explain",
    "extract",
    "figure",
    "fit",
    "gate",
    "generate",
    "greet",
    "identities",
    "indicators",
    "judge",
    "load",
    "load_file",
    "load_real_jobs",
    "loaded_window",
    "make_demo_days",
    "mart",
    "match",
    "match_files",
    "mend",
    "overview",
    "paper_tables",
    "plan",
    "prepare",
    "print_query",
    "promote",
    "prune",
    "publish",
    "publish_file",
    "reasons",
    "refit",
    "refit_due",
    "refresh",
    "restore",
    "rollback",
    "rows_of_day",
    "run_day",
    "serve",
    "server",
    "settle",
    "snapshot_card",
    "snapshot_lines",
    "source_check",
    "status",
    "summary",
    "upkeep",
    "validate",
    "watch",
    "write_init_file",
    "write_report",
]


def _homes() -> dict[str, str]:
    """The module of each name, as the imports above have it."""
    tree = ast.parse(Path(__file__).read_text("utf-8"))
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    homes = {alias.name: str(node.module) for node in imports for alias in node.names}
    return {name: homes[name] for name in __all__}


class _Facade(ModuleType):
    # A function may be called as the module that it is in, which imports leave here by that name.
    def __getattribute__(self, name: str) -> Any:
        own = super().__getattribute__("__dict__")
        if name in own and not (name in _HOMES and isinstance(own[name], ModuleType)):
            return own[name]
        if name in _HOMES:
            return getattr(import_module(_HOMES[name]), name)
        return super().__getattribute__(name)


_HOMES = _homes()
sys.modules[__name__].__class__ = _Facade
