"""Everything that can go wrong, as one tree.

ExporterError
├── ConfigError               the configuration is at fault; the exporter does not start
└── PollError                 one poll of one collector failed; the others go on
    ├── UnreachableError      connecting, TLS or the name look-up failed
    ├── LoginError            the source was reached but did not let us in
    │   └── PasswordRefusedError  the gateway said no to the user name or password
    ├── RequestError          a call was answered with an error status, or not in time
    │   └── TooLargeError     an answer was larger than the exporter accepts
    ├── AnswerError           an answer could not be understood
    └── DuplicateSystemError  two configured systems are the same array
"""

from __future__ import annotations


class ExporterError(Exception):
    """Base of all errors that this program raises on purpose."""


def words_of(failure: Exception) -> str:
    """Return what a failure is, in words; one that was not raised on purpose is called a defect."""
    if isinstance(failure, ExporterError):
        return str(failure)
    return f"a defect of the exporter: {type(failure).__name__}: {failure}"


class ConfigError(ExporterError):
    """The configuration is at fault.

    Attributes:
        problems: one sentence per fault, each naming the key's path and line where there is one.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class PollError(ExporterError):
    """One poll of one collector failed."""


class UnreachableError(PollError):
    """Connecting, TLS or the name look-up failed."""


class LoginError(PollError):
    """The source was reached but did not let us in."""


class PasswordRefusedError(LoginError):
    """The gateway said no to the user name or password."""


class RequestError(PollError):
    """A call was answered with an error status, or not in time.

    Attributes:
        status: the HTTP status, or None where there was no answer.
        text: the beginning of the answer's body, for the log.
    """

    def __init__(self, message: str, *, status: int | None = None, text: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.text = text


class TooLargeError(RequestError):
    """An answer was larger than the exporter accepts."""


class AnswerError(PollError):
    """An answer could not be understood."""


class DuplicateSystemError(PollError):
    """Two configured systems are the same array."""
