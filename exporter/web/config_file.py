"""The file of the web configuration, read anew when it changed, so that certificates and users change with it."""

from __future__ import annotations

import ssl
from pathlib import Path

import structlog

from exporter.errors import ConfigError
from exporter.web.stamps import stamps_of
from exporter.web.tls import FollowingContext
from exporter.web.web_config import WebConfig, load_web_config

_SWITCHED = "TLS cannot be switched on or off while the exporter runs; restart it"
_EMPTIED = "is empty, as a file is that is being written; write basic_auth_users: {} to let everybody in"

_log = structlog.get_logger(__name__)


class WebConfigFile:
    """The web configuration of a file.

    A file that cannot be read any more, or that names a certificate that cannot, changes nothing but the log.

    Args:
        path: the file.

    Raises:
        ConfigError: everything that is wrong with it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._config = load_web_config(path)
        self._logged: list[str] = []

    def current(self) -> WebConfig:
        """Return the configuration of this moment; the files are looked at each time."""
        # What is at fault is tried again each time: which file would have to change to mend it is not known.
        if stamps_of(self._config.files) != self._config.files:
            try:
                self._config = self._read_anew()
            except ConfigError as error:
                if error.problems != self._logged:
                    words = "; ".join(error.problems)
                    _log.error("the web configuration cannot be read anew, the former one stays", error=words)
                self._logged = error.problems
            else:
                self._logged = []
                _log.info("the web configuration was read anew")
        return self._config

    def tls(self) -> ssl.SSLContext | None:
        """Return a context that makes each connection by the configuration of its moment; None for plain HTTP."""
        return None if self._config.tls is None else FollowingContext.of(self._current_tls)

    def _read_anew(self) -> WebConfig:
        config = load_web_config(self._path)
        if config.empty and not self._config.empty:
            raise ConfigError([f"{self._path}: {_EMPTIED}"])
        if (config.tls is None) != (self._config.tls is None):
            raise ConfigError([f"{self._path}: {_SWITCHED}"])
        return config

    def _current_tls(self) -> ssl.SSLContext:
        context = self.current().tls
        assert context is not None, _SWITCHED  # noqa: S101 - no file is taken up that would make it so
        return context
