"""Which job a transfer served: the paper's Algorithm 1 and its relaxations, as SQL text."""

from gridlens.matching.candidates import candidates_sql
from gridlens.matching.explain import explain_pair
from gridlens.matching.model import lookback_bound, model_text
from gridlens.matching.pairs import flags_sql
from gridlens.matching.reading import V1, Reading, reading_help

__all__ = [
    "V1",
    "Reading",
    "candidates_sql",
    "explain_pair",
    "flags_sql",
    "lookback_bound",
    "model_text",
    "reading_help",
]
