"""The status page: what a person sees at `/`."""

from exporter.web.status.page import StatusPage

__all__ = ["StatusPage"]
