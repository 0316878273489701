"""XML at the border: a first scan, a hardened parse, typed nodes, values and a plain builder."""
