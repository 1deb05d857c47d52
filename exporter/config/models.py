"""The configuration: one frozen model per section, in the form that the rest of the program reads.

A file may say some things in several ways (a secret by value, by file or by environment variable; a gateway by its
pool URL). ``entries`` brings them to the one form of these models first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from exporter.config.durations import format_duration, parse_duration
from exporter.config.secret import Secret
from exporter.config.urls import checked_url
from exporter.document import show
from exporter.model.limits import MAX_ANSWER_BYTES, MAX_OBJECTS

_LONGEST = 365 * 86_400.0


def _seconds(value: object) -> float:
    if isinstance(value, float):
        return value
    try:
        return parse_duration(value if isinstance(value, str) else show(value))
    except ValueError as error:
        raise ValueError(f"{show(value)} is {error}") from None


def _at_least(shortest: float) -> AfterValidator:
    def check(seconds: float) -> float:
        if not shortest <= seconds <= _LONGEST:
            limits = f"{format_duration(shortest)} to {format_duration(_LONGEST)}"
            raise ValueError(f"{format_duration(seconds)} is out of range; it can be {limits}")
        return seconds

    return AfterValidator(check)


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


def _label(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise ValueError("has a space at an end or a character that does not print")
    return text


_Duration = Annotated[float, BeforeValidator(_seconds), PlainSerializer(format_duration, when_used="json")]
Interval = Annotated[_Duration, _at_least(1)]
Timeout = Annotated[_Duration, _at_least(0.001)]
Grace = Annotated[_Duration, _at_least(0)]
Text = Annotated[str, AfterValidator(_filled)]
Name = Annotated[Text, AfterValidator(_label)]
Gateway = Annotated[Text, AfterValidator(lambda text: checked_url(text, needs_path=False))]
Endpoint = Annotated[Text, AfterValidator(lambda text: checked_url(text, needs_path=True))]


class Section(BaseModel):
    """Base of the models: frozen, without coercion, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    secrets: ClassVar[tuple[str, ...]] = ()
    """The secrets among the keys."""

    @classmethod
    def file_keys(cls) -> list[str]:
        """Give the keys that can stand in this section of a file."""
        return [key for name in cls.model_fields for key in (secret_keys(name) if name in cls.secrets else (name,))]


def secret_keys(name: str) -> tuple[str, str, str]:
    """Give the keys under which a secret can be given: by value, by file, by environment variable."""
    return name, f"{name}_file", f"{name}_env"


class Tls(Section):
    """How a server's certificate is checked; ``ca_file`` None stands for the system's authorities."""

    verify: bool = True
    ca_file: Path | None = None


class PowerFlex(Section):
    """One PowerFlex system and the way to its gateway; ``timeout`` is in seconds, no ``storage_pools`` means all."""

    secrets = ("password",)

    name: Name
    gateway: Gateway
    username: Text
    password: Secret
    storage_pools: tuple[Text, ...] = ()
    auth: Literal["auto", "legacy", "bearer"] = "auto"
    tls: Tls = Tls()
    timeout: Timeout = 60.0
    max_connections: int = Field(default=8, ge=1)

    @classmethod
    def file_keys(cls) -> list[str]:
        """Give the keys that can stand in this section of a file."""
        return [*super().file_keys(), "url"]


class CloudStack(Section):
    """One CloudStack installation; ``timeout`` is in seconds, ``identifiers`` are former ``custom.cs.identifier``."""

    secrets = ("api_key", "secret_key")

    name: Name
    endpoint: Endpoint
    api_key: Secret
    secret_key: Secret
    identifiers: tuple[str, ...] = ()
    tls: Tls = Tls()
    timeout: Timeout = 60.0


class PowerFlexSchedule(Section):
    """The interval of each collector of a PowerFlex system, in seconds."""

    system: Interval = 60.0
    pools: Interval = 30.0
    volumes: Interval = 60.0
    used_sizes: Interval = 60.0
    vtrees: Interval = 300.0
    sdcs: Interval = 60.0
    nodes: Interval = 60.0
    alerts: Interval = 60.0


class CloudStackSchedule(Section):
    """The interval of each collector of a CloudStack installation, in seconds."""

    inventory: Interval = 60.0
    volumes: Interval = 300.0
    settings: Interval = 600.0
    routers: Interval = 60.0


class Schedule(Section):
    """How often each collector polls."""

    powerflex: PowerFlexSchedule = PowerFlexSchedule()
    cloudstack: CloudStackSchedule = CloudStackSchedule()


class RouterHealthChecks(Section):
    """When the exporter starts health checks on virtual routers itself; durations in seconds."""

    run: Literal["never", "stale", "always"] = "stale"
    stale_after: Interval = 1800.0
    interval: Interval = 1800.0
    max_concurrent: int = Field(default=1, ge=1)
    timeout: Timeout = 300.0


class Volumes(Section):
    """Which volumes have series of their own, and how many at most."""

    series: Literal["all", "cloudstack", "none"] = "cloudstack"
    max_volumes: int = Field(default=20_000, ge=0)


class Reconciliation(Section):
    """How long, in seconds, a discrepancy lasts before it counts."""

    grace: Grace = 1800.0


class Limits(Section):
    """How much of an answer is taken in."""

    max_answer_bytes: int = Field(default=MAX_ANSWER_BYTES, ge=1)
    max_objects: int = Field(default=MAX_OBJECTS, ge=1)


class Config(Section):
    """The whole configuration."""

    powerflex: tuple[PowerFlex, ...] = ()
    cloudstack: tuple[CloudStack, ...] = ()
    schedule: Schedule = Schedule()
    router_health_checks: RouterHealthChecks = RouterHealthChecks()
    volumes: Volumes = Volumes()
    reconciliation: Reconciliation = Reconciliation()
    limits: Limits = Limits()

    def masked(self) -> dict[str, Any]:
        """Give the configuration for showing: plain data, durations as one writes them, every secret masked."""
        return self.model_dump(mode="json")
