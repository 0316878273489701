"""The booth page: a show in a browser, its desk and its instruments."""
