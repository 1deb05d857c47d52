"""Every metric family that the exporter has, declared once: what docs, dashboards and tests read."""

from __future__ import annotations

from exporter.metrics.catalogue import cloudstack, exporter, powerflex
from exporter.metrics.catalogue.family import Family


def _declared(module: object) -> tuple[Family, ...]:
    return tuple(value for value in vars(module).values() if isinstance(value, Family))


POWERFLEX = _declared(powerflex)
CLOUDSTACK = _declared(cloudstack)
EXPORTER = _declared(exporter)
ALL = POWERFLEX + CLOUDSTACK + EXPORTER
