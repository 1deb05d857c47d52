"""What holds for all tests: their order, how long hypothesis looks, and that nothing secret is told."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.planted import check_output

# A busy machine is no failure, so no example is measured by the clock.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

# The same few examples in every run, or very many with `make fuzz`.
settings.register_profile("test", _PATIENT, derandomize=True)
settings.register_profile("fuzz", _PATIENT, max_examples=10_000)
settings.load_profile("test")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that may take longer than the others, lest all wait for one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that has passed and whose output or log holds a secret of the simulator."""
    report = yield
    try:
        if report.passed:
            check_output("\n".join(text for _, text in report.sections))
    except AssertionError as error:
        report.outcome, report.longrepr = "failed", str(error)
    return report
