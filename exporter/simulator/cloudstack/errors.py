"""What the API refuses: HTTP status and error code are the same number, and the text says why."""

INVALID_PARAMETER = 4350
PERMISSION_DENIED = 4365
RATE_LIMIT = 4545
RUNTIME = 4250
_GENERIC = 9999


class ApiError(Exception):
    """A refusal.

    Args:
        status: HTTP status and `errorcode`.
        text: `errortext`.
        code: `cserrorcode`; None where the answer has none.

    """

    def __init__(self, status: int, text: str, code: int | None = _GENERIC) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.code = code


def unverified() -> ApiError:
    """Bad key, bad signature, expired, or a command that this release does not have: all look alike."""
    return ApiError(401, "unable to verify user credentials and/or request signature", None)


def not_available(command: str) -> ApiError:
    """Return what a role without permission gets."""
    return ApiError(401, f"The given command '{command}' either does not exist, is not available for user.")


def missing_parameter(command: str, name: str) -> ApiError:
    """Return the refusal of a call without a required parameter."""
    return ApiError(431, f"Unable to execute API command {command.lower()} due to missing parameter {name}")


def invalid_value(command: str, name: str, value: str) -> ApiError:
    """Return the refusal of an id that names nothing, or of a text where a number belongs."""
    return ApiError(
        431,
        f"Unable to execute API command {command.lower()} due to invalid value. Invalid parameter {name} value={value} "
        "due to incorrect long value format, or entity does not exist or due to incorrect parameter annotation for the "
        "field in api cmd class.",
    )
