"""Samples of what each tenant has on the array."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.metrics.catalogue import cloudstack as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.joins import directories
from exporter.views.tenants import tenant_sums


def samples(name: str, installation: CloudStackSnapshot, systems: tuple[PowerFlexSnapshot, ...]) -> Iterator[Sample]:
    """Give the sums of one installation's tenants."""
    pools = directories(systems)
    for tenant, sums in tenant_sums(installation, systems).items():
        pool = pools[tenant.system].name(tenant.pool_id)
        text = labels(catalogue.TENANT_VOLUMES, name, *tenant, pool)
        yield catalogue.TENANT_VIRTUAL_SIZE, text, sums.virtual_bytes
        if sums.used_bytes is not None:
            yield catalogue.TENANT_USED_SIZE, text, sums.used_bytes
        yield catalogue.TENANT_USED_SIZE_UNKNOWN, text, sums.used_unknown
        yield catalogue.TENANT_VOLUMES, text, sums.volumes
