"""Why will it not play (`diagnosis`), which shows have no KDM (`coverage`), what ends when (`calendar`)."""
