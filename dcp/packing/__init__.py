"""Files and compositions in; packing lists, asset map, volume index, signatures out: the one writer of packages."""
