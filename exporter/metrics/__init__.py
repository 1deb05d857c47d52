"""Turns views into metric families: the catalogue, the samples, the exposition, the page."""
