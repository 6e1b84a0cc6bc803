"""Judging what engines draw: scores beside anchors, a gate, and a card that tells both.

Nothing is imported here: a gate is read without the learning judges' packages.
"""
