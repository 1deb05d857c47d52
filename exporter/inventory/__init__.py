"""Holds the newest reading of each collector, and how its polls went."""
