"""Examines every configured source once."""

from __future__ import annotations

import asyncio
import time

from exporter.config import Config
from exporter.doctor.checks import CHECKS
from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, masked
from exporter.doctor.gathering import Progress, ask_installation, ask_system
from exporter.sources import Sources, close, make_sources


async def examine(config: Config, done: Progress) -> list[Finding]:
    """Ask every source once for all that the exporter would ask, and judge what came; no router is tested.

    Args:
        config: the configuration.
        done: called with the name of each part when it is through.

    Returns:
        The findings by source, in the order of the configuration.

    Raises:
        ConfigError: the authorities of a source cannot be read.
    """
    sources = await asyncio.to_thread(make_sources, config, Sources())
    try:
        systems, installations = await asyncio.gather(
            asyncio.gather(
                *(
                    ask_system(entry, source, done)
                    for entry, source in zip(config.powerflex, sources.powerflex, strict=True)
                )
            ),
            asyncio.gather(
                *(
                    ask_installation(entry, source, done)
                    for entry, source in zip(config.cloudstack, sources.cloudstack, strict=True)
                )
            ),
        )
    finally:
        await close(sources.by_name.values())
    case = Case(config, time.time(), tuple(systems), tuple(installations))
    findings = await asyncio.to_thread(lambda: [masked(finding) for check in CHECKS for finding in check(case)])
    order = list(sources.by_name)
    return sorted(findings, key=lambda finding: order.index(finding.source))
