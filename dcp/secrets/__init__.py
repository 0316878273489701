"""Content keys, the files they stand in, and what is locked with a passphrase."""
