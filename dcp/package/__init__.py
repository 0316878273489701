"""What lies in a package folder: found, read, and held against each other."""
