"""Text and images of a cue laid out on a picture and drawn: for create's burn-in and for the player."""
