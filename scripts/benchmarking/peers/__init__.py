"""One file per tool; each has a tuple PEERS and imports the tool only when it is opened."""
