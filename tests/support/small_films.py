"""A footage as thumbnails, made the plain way: what an index and a walk over a video are held against."""

from __future__ import annotations

import numpy as np

from watermark.embed import strength
from watermark.frames import Footage, Thumbnails, thumbnail


def thumbnails(footage: Footage) -> Thumbnails:
    """All of it, with the mark's strength."""
    pictures = list(footage.luminance())
    return Thumbnails(
        rate=footage.rate,
        luminance=np.stack([thumbnail(each) for each in pictures]).astype(np.float16),
        strength=np.stack([strength(each, white=1.0) for each in pictures]).astype(np.float16),
    )
