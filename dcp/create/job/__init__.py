"""The description of a package to be made: values, read from TOML or flags, written again."""
