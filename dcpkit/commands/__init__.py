"""The verbs, a file a command or a group."""
