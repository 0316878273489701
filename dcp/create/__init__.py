"""Making packages and track files: from sources through frames and a spool to what a cinema ingests."""
