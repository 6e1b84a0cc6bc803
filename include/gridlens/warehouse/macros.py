"""A window mart as a table macro: what its SELECT names with a ``$`` is given by the caller."""

from __future__ import annotations

from gridlens.tables.identifiers import literal
from gridlens.warehouse.model import Model


def macro_sql(model: Model) -> str:
    """The statement that makes a window mart callable: the text's ``$x`` is its argument x."""
    defaults = "".join(f", {a.name} := {a.default}" for a in model.arguments)
    body = model.bound({name: name for name in model.parameters})
    head = f"create or replace macro {model.name}(window_start, window_end{defaults})"
    guards = [_guard(f"{a.name} in ({a.allowed})", a.name) for a in model.arguments if a.allowed]
    guards.append(_guard("cast(window_start as date) < cast(window_end as date)", "window_end"))
    return f"{head} as table select * from ({body}) where {' and '.join(guards)}"


def _guard(condition: str, argument: str) -> str:
    """A condition that is true or an error: a misspelt filter must not pass for an empty result."""
    says = literal(f"{argument} must be such that {condition}; it is ")
    return f"case when {condition} then true else error({says} || {argument}) end"
