"""The gateway's JSON objects, one module per family of types."""
