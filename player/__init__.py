"""Plays packages: a media block in software, for projection tests."""
