"""The version, in this one place: packaging, `--version`, reports and written files take it from here."""

VERSION = "0.7.0.dev0"
