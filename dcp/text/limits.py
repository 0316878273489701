"""What cinemas take of timed text, in frames, lines, signs and bytes: numbers alone, for all who judge."""

from __future__ import annotations

from fractions import Fraction

SHORTEST = 15
"""Frames that a cue lasts at least (RDD 52)."""
APART = 2
"""Frames between two cues at least (RDD 52)."""
FIRST_TEXT = Fraction(4)
"""Seconds of a composition before which no text is shown (RDD 52)."""
MOST_LINES = 3
MOST_SIGNS, MOST_SIGNS_EVER = 52, 79
"""Of a line of subtitles: many are hard to read, more do not fit (RDD 52)."""
MOST_CAPTION_SIGNS = 32
MOST_CAPTION_BYTES = 256 * 1024
"""Of a document of closed captions (RDD 52)."""
MOST_SIZE = 792
"""Points: as high as the screen."""
MOST_FONT_BYTES = 640 * 1024
"""Of a font beside a text (CineCanvas 2.7)."""
