"""Asks the sources: each once, with everything that the exporter would ask it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import msgspec
import structlog

from exporter.cloudstack.collectors import COLLECTORS as CLOUDSTACK
from exporter.cloudstack.refusal import is_denied
from exporter.cloudstack.source import CloudStackSource
from exporter.config import CloudStack, PowerFlex
from exporter.doctor.evidence import EntryT, Evidence, Installation, System
from exporter.errors import PollError, RequestError, words_of
from exporter.powerflex.collectors import COLLECTORS as POWERFLEX
from exporter.powerflex.source import PowerFlexSource

SourceT = TypeVar("SourceT", PowerFlexSource, CloudStackSource)

FRESH_CHECKS = "getRouterHealthCheckResults"
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "inventory": ("listZones", "listStoragePools", "listHosts", "listDiskOfferings"),
    "volumes": ("listStoragePools", "listVolumes"),
    "settings": ("listStoragePools", "listConfigurations"),
    "routers": ("listRouters",),
}
"""What each collector of an installation calls."""

_log = structlog.get_logger(__name__)

Progress = Callable[[str], None]


async def ask_system(entry: PowerFlex, source: PowerFlexSource, done: Progress) -> System:
    """Log in to a gateway and poll every collector once; no second collector meets a refused password."""
    found: System = System(entry)
    try:
        version = await source.gateway.version()
    except Exception as error:  # noqa: BLE001 - one source's rubbish must not hide what the others say
        found.access = _noted(error)
    else:
        found.version = f"PowerFlex {version}" if version else None
        await _poll(POWERFLEX, source, found, done)
    found.certificate_expiry = source.gateway.transport.certificate_expiry
    found.clock_ahead = source.gateway.transport.clock_ahead
    return found


async def ask_installation(entry: CloudStack, source: CloudStackSource, done: Progress) -> Installation:
    """Try every command that the role needs, then poll the collectors whose commands are all allowed."""
    found: Installation = Installation(entry)
    first, *others = dict.fromkeys(command for commands in COMMANDS.values() for command in commands)
    try:
        await _try(source, first, found)
    except Exception as error:  # noqa: BLE001 - as above
        found.access = _noted(error)
    else:
        for command in (*others, FRESH_CHECKS):
            # Whatever fails but for a lack of rights fails its collector too, which says so.
            with contextlib.suppress(PollError):
                await _try(source, command, found)
        found.version = await _version(source)
        allowed = {
            name: collect for name, collect in CLOUDSTACK.items() if not found.denied.keys() & set(COMMANDS[name])
        }
        await _poll(allowed, source, found, done)
    found.certificate_expiry = source.api.transport.certificate_expiry
    found.clock_ahead = source.api.transport.clock_ahead
    return found


async def _try(source: CloudStackSource, command: str, found: Installation) -> None:
    """Note where the role lacks a command; one that is no list is asked without its parameter, which is enough."""
    try:
        await source.api.call(command, {} if command == FRESH_CHECKS else {"page": "1", "pagesize": "1"})
    except RequestError as error:
        if not is_denied(error):
            raise
        found.denied[command] = error


async def _version(source: CloudStackSource) -> str | None:
    """Return what the server says it is; a role need not allow to ask."""
    try:
        content = await source.api.call("listCapabilities", {})
        capability = msgspec.json.decode(content["capability"], type=dict[str, object])
        return f"CloudStack {capability['cloudstackversion']}"
    except (PollError, msgspec.DecodeError, KeyError):
        return None


async def _poll(
    collectors: Mapping[str, Callable[[SourceT], Awaitable[object]]],
    source: SourceT,
    found: Evidence[EntryT],
    done: Progress,
) -> None:
    async def poll(name: str) -> None:
        try:
            found.readings[name] = await collectors[name](source)
        except Exception as error:  # noqa: BLE001 - as above
            found.failures[name] = _noted(error)
        done(f"{source.name} {name}")

    await asyncio.gather(*(poll(name) for name in collectors))


def _noted(failure: Exception) -> Exception:
    """Log a failure that was not raised on purpose with all that mends it, for a finding has only its words."""
    if not isinstance(failure, PollError):
        _log.error("the examination met a defect", error=words_of(failure), exc_info=failure)
    return failure
