"""Auxiliary data: immersive sound (ST 2098-2, Dolby Atmos) and the signal that keeps it in time."""
