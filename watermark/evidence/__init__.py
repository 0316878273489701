"""Evidence of an extraction: what was examined, what it says, what a second laboratory repeats it with."""
