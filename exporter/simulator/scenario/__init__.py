"""The world that the simulated gateways answer from; it knows nothing of HTTP."""
