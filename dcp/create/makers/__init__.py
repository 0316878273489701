"""A track file each: picture, sound; behind one protocol."""
