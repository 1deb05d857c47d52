"""Error answers in the gateway's form: message, httpStatusCode, errorCode."""

import msgspec
from starlette.responses import Response


class GatewayError(Exception):
    """Something that the gateway refuses, with the status and text that it answers."""

    def __init__(self, status: int, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code

    def response(self) -> Response:
        """Return the answer."""
        body = {"message": self.message, "httpStatusCode": self.status, "errorCode": self.code}
        return Response(msgspec.json.encode(body), self.status, media_type="application/json")


def unauthorized() -> GatewayError:
    """No session, or not any more."""
    return GatewayError(401, "Unauthorized")


def not_found(what: str) -> GatewayError:
    """Return a path that does not exist in this release."""
    return GatewayError(404, f"{what} not found")


_NOT_FOUND = {"Volume": ("Could not find the volume", 79), "Sdc": ("Could not find the SDC", 3)}


def no_such_object(kind: str, key: str) -> GatewayError:
    """Return an id that names nothing. The gateway passes on the MDM's refusal as a 500, with the MDM's code.

    The text and code for volumes are known; for other types they are made alike.
    """
    try:
        int(key, 16)
    except ValueError:
        return GatewayError(400, f"id ({key}) must be a hexadecimal number (unsigned long).")
    message, code = _NOT_FOUND.get(kind, (f"Could not find the {kind}", 4))
    return GatewayError(500, message, code)
