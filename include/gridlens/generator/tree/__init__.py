"""Sequential trees: each variable is drawn among donors that a tree of those before it chose."""

from gridlens.generator.tree.engine import Tree

__all__ = ["Tree"]
