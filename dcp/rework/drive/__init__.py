"""A delivery drive: its partition table, its file system, what stands on it, and whether that can be read."""
