"""Makes the sources of a configuration, or keeps those that are there already."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter import __version__
from exporter.cloudstack import api as cloudstack_api
from exporter.cloudstack.source import CloudStackSource
from exporter.config import CloudStack, Config, Limits, PowerFlex, Secret, Tls
from exporter.errors import ConfigError
from exporter.http.transport import Transport as HttpTransport
from exporter.log import MASKER
from exporter.powerflex.gateway import Gateway
from exporter.powerflex.session import Credentials, Session
from exporter.powerflex.source import PowerFlexSource
from exporter.powerflex.transport import Transport

Source = PowerFlexSource | CloudStackSource

_GOODBYE_SECONDS = 3.0
_USER_AGENT = f"cloudstack-powerflex-exporter/{__version__}"


class _Recipe(NamedTuple):
    """What a source is made of; `authorities` is what its `ca_file` holds."""

    entry: PowerFlex | CloudStack
    authorities: bytes | None
    limits: Limits


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of one configuration, in its order."""

    powerflex: tuple[PowerFlexSource, ...] = ()
    cloudstack: tuple[CloudStackSource, ...] = ()
    recipes: Mapping[str, _Recipe] = field(default_factory=dict)

    @property
    def by_name(self) -> dict[str, Source]:
        """All of them, by their names."""
        sources: list[Source] = [*self.powerflex, *self.cloudstack]
        return {source.name: source for source in sources}

    def shared_with(self, others: Sources) -> frozenset[str]:
        """Return the names of the sources that are the very same objects in both."""
        return frozenset(name for name, source in others.by_name.items() if self.by_name.get(name) is source)


def make_sources(config: Config, former: Sources) -> Sources:
    """Make the sources of a configuration; one that is made of the same as a former one is that one.

    Raises:
        ConfigError: the authorities of a source cannot be read.
    """
    entries: list[PowerFlex | CloudStack] = [*config.powerflex, *config.cloudstack]
    recipes = {entry.name: _recipe(entry, config.limits) for entry in entries}
    same = {name for name, recipe in recipes.items() if former.recipes.get(name) == recipe}
    systems = {source.name: source for source in former.powerflex if source.name in same}
    installations = {source.name: source for source in former.cloudstack if source.name in same}
    return Sources(
        tuple(
            systems.get(entry.name) or _powerflex(entry, config.limits, config.schedule.powerflex.used_sizes)
            for entry in config.powerflex
        ),
        tuple(installations.get(entry.name) or _cloudstack(entry, config.limits) for entry in config.cloudstack),
        recipes,
    )


async def close(sources: Iterable[Source]) -> None:
    """Log out of sources and close their connections, all at once; one that takes its time over it is left."""
    await asyncio.gather(*map(_close, sources))


async def _close(source: Source) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GOODBYE_SECONDS):
            await source.close()


def _recipe(entry: PowerFlex | CloudStack, limits: Limits) -> _Recipe:
    try:
        return _Recipe(entry, entry.tls.ca_file.read_bytes() if entry.tls.ca_file else None, limits)
    except OSError as error:
        raise ConfigError([f"{entry.name}: file {entry.tls.ca_file} cannot be read: {error.strerror}"]) from None


def _powerflex(system: PowerFlex, limits: Limits, used_sizes_interval: float) -> PowerFlexSource:
    transport = Transport(
        system.gateway,
        tls=_tls_context(system.tls),
        timeout=system.timeout,
        max_connections=system.max_connections,
        user_agent=_USER_AGENT,
        max_answer_bytes=limits.max_answer_bytes,
    )
    session = Session(
        transport, Credentials(system.username, _revealing(system.password)), system.auth, MASKER.add_token
    )
    return PowerFlexSource(
        system.name,
        Gateway(transport, session, limits.max_objects),
        storage_pools=system.storage_pools,
        used_sizes_interval=used_sizes_interval,
    )


def _cloudstack(installation: CloudStack, limits: Limits) -> CloudStackSource:
    transport = HttpTransport(
        "",
        tls=_tls_context(installation.tls),
        timeout=installation.timeout,
        # As many as there are collectors and runs of health checks, which ask one thing at a time.
        max_connections=None,
        user_agent=_USER_AGENT,
        max_answer_bytes=limits.max_answer_bytes,
    )
    keys = cloudstack_api.Credentials(_revealing(installation.api_key), _revealing(installation.secret_key))
    api = cloudstack_api.CloudStackApi(transport, installation.endpoint, keys, max_objects=limits.max_objects)
    return CloudStackSource(installation.name, api)


def _revealing(secret: Secret) -> Callable[[], str]:
    """Return a function that reads a secret anew, and has it masked from then on."""

    def reveal() -> str:
        revealed = secret.reveal()
        MASKER.add(revealed)
        return revealed

    return reveal


def _tls_context(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
    except OSError as error:
        raise ConfigError([f"file {tls.ca_file} cannot be read any more: {error.strerror}"]) from None
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
