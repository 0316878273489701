"""From a job to a plan: sources probed, everything decided, advice given, refused early."""
