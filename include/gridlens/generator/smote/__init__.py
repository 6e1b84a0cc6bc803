"""SMOTE-NC: new jobs on the way from a training row to one of its neighbours."""

from gridlens.generator.smote.engine import Smote

__all__ = ["Smote"]
