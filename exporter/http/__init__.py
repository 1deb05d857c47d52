"""HTTP to a source, for the clients of all kinds of sources."""
