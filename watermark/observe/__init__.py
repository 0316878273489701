"""What a recording says about the cells of the picture: with the film at hand (`informed`), or without."""

from watermark.observe.informed import Observations, observe

__all__ = ["Observations", "observe"]
