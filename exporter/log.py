"""Logging: structlog on standard error, in logfmt or JSON, with every secret masked."""

from __future__ import annotations

import html
import json
import logging
import sys
import threading
from collections import deque
from typing import Literal
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LogFormat = Literal["logfmt", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

_MASK = "<secret>"
_TOKENS_REMEMBERED = 256


class Masker:
    """Replaces secrets in whatever is logged: those of the configuration for ever, tokens until newer ones came.

    Thread-safe: secrets are added by the threads that read them.
    """

    def __init__(self) -> None:
        self._adding = threading.Lock()
        self._secrets: set[str] = set()
        self._tokens: deque[str] = deque(maxlen=_TOKENS_REMEMBERED)
        self._longest_first: list[str] = []

    def add(self, secret: str) -> None:
        """Mask a secret of the configuration from now on, also as JSON, HTML and URLs write it."""
        forms = (
            secret,
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            html.escape(secret),
            quote(secret, safe=""),
        )
        with self._adding:
            if not self._secrets.issuperset(filter(None, forms)):
                self._secrets.update(filter(None, forms))
                self._sort()

    def add_token(self, token: str) -> None:
        """Mask a session's token from now on."""
        if token:
            with self._adding:
                self._tokens.append(token)
                self._sort()

    def mask(self, text: str) -> str:
        """Return the text without any secret."""
        for secret in self._longest_first:
            if secret in text:
                text = text.replace(secret, _MASK)
        return text

    def _sort(self) -> None:
        self._longest_first = sorted({*self._secrets, *self._tokens}, key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Mask the values of one log line, as a structlog processor."""
        return {key: self.mask(value) if isinstance(value, str) else value for key, value in event.items()}


MASKER = Masker()


def printable(text: str) -> str:
    """Return the text without what would steer a terminal rather than show on it."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def configure(level: LogLevel, form: LogFormat) -> None:
    """Set up logging of this program and of the libraries it uses."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            MASKER,
            _shown(_renderer(form)),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for library in ("httpx", "httpcore", "apscheduler", "uvicorn", "asyncio"):
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLogger().level))
    # It complains of all that is no request, to whose sender that is told.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # It complains of each poll that is left out while the last one goes on; that polls are slow is told once, by them.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


def _shown(render: Processor) -> Processor:
    """Mask the rendered line as well, for what was no text before it was rendered, and let it steer no terminal."""

    def shown(logger: WrappedLogger, method: str, event: EventDict) -> str:
        return printable(MASKER.mask(str(render(logger, method, event))))

    return shown


def _renderer(form: LogFormat) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.processors.LogfmtRenderer(
        key_order=["ts", "level", "event", "source", "collector"], drop_missing=True
    )
