"""Talks to a PowerFlex gateway: sessions, calls, and their answers turned into readings."""
