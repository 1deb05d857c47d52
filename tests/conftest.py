"""How long hypothesis looks: at the same few examples in every run, or at very many with `make fuzz`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A busy machine is no failure, so no example is measured by the clock.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

settings.register_profile("test", _PATIENT, derandomize=True)
settings.register_profile("fuzz", _PATIENT, max_examples=10_000)
settings.load_profile("test")
