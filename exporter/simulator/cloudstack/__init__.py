"""A simulated CloudStack management server: its API, as far as storage and virtual routers go."""
