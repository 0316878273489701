"""Files and compositions in, the documents and signatures of a package out: the one writer of packages."""
