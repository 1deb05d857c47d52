"""Measures the exporter at the largest PowerFlex there can be. Prints tables; asserts what is true, never a time."""
