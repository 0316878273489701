"""Frame-level forensic marks: embedding during playback, reading out of a recording."""
