"""The version, in this one place: packaging, `--version`, reports and written files take it from here."""

VERSION = "0.6.0.dev0"
