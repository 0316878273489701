"""Wrong inputs to `dcpkit create`, a row each, by subject."""

from wrong_creates import files, pictures, sound, words
from wrong_creates.rows import ROWS

__all__ = ["ROWS", "files", "pictures", "sound", "words"]
