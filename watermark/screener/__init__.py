"""Marking of files: a screener in, a screener out, otherwise the same (`marking.mark_screener`)."""
