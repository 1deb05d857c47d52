"""Talks to a CloudStack management server: signed calls, and their answers turned into readings."""
