"""One blueprint on many portals, in waves."""
