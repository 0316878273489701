"""Sound: channel layouts, sources, WAV files (ST 428-2, ST 428-12, ST 429-2)."""
