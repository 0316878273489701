"""Timed text: subtitles and captions as values, read from and written to what packages and people have."""
