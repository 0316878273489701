"""How the work is carried out: threads, the spool."""
