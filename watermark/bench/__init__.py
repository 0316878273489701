"""The bench: how often a mark is read after an attack, by a seed that is chosen when the code is done.

Everything of a trial (secret, payload, excerpt, length, attack and its parameters) follows from the seed and
the trial's number; the detector gets the recording and a secret, with the film or without, and nothing else.
"""
