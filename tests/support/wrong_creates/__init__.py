"""Wrong inputs to `dcpkit create`, a row each, by subject."""

from wrong_creates import files, immersive, pictures, sound, texts, versions, words
from wrong_creates.rows import ROWS

__all__ = ["ROWS", "files", "immersive", "pictures", "sound", "texts", "versions", "words"]
