"""A neural network that undoes noise step by step: the deep challenger of the other engines."""

from gridlens.generator.diffusion.engine import Diffusion

__all__ = ["Diffusion"]
