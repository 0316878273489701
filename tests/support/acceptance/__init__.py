"""Packages that people would make, by job files: their sources, what must come of them, who reads them."""
