"""When jobs are made: tasks begin, and bring their jobs (a Neyman-Scott cluster process)."""

from gridlens.generator.arrivals.process import Arrivals

__all__ = ["Arrivals"]
