"""Which job a transfer served: the paper's Algorithm 1, its relaxations and a link probability."""

from gridlens.matching.candidates import candidates_sql
from gridlens.matching.explain import explain_pair
from gridlens.matching.fitting import fit
from gridlens.matching.inferred import inferred_text
from gridlens.matching.model import lookback_bound, model_text
from gridlens.matching.pairs import flags_sql
from gridlens.matching.probability import (
    candidate_patterns_sql,
    decoy_patterns_sql,
    probability_text,
)
from gridlens.matching.reading import V1, Reading, reading_help
from gridlens.matching.weights import Weights

__all__ = [
    "V1",
    "Reading",
    "Weights",
    "candidate_patterns_sql",
    "candidates_sql",
    "decoy_patterns_sql",
    "explain_pair",
    "fit",
    "flags_sql",
    "inferred_text",
    "lookback_bound",
    "model_text",
    "probability_text",
    "reading_help",
]
