"""Certificates for the simulated gateways, from a CA that lives as long as the process."""

import datetime as dt
import functools
from pathlib import Path
from typing import Literal

import trustme

CertificateFault = Literal["none", "other_host", "expired", "self_signed"]
"""What is wrong with a gateway's certificate: nothing, it names another host, it has expired, or nobody signed it."""

_HOSTS = ("localhost", "127.0.0.1", "::1")
_LIFE = dt.timedelta(days=397)
"""As public authorities give at most."""


@functools.cache
def authority() -> trustme.CA:
    """Return the CA that all simulators of this process share."""
    return trustme.CA(organization_name="Simulated PowerFlex")


def write_certificate(folder: Path, name: str, fault: CertificateFault) -> Path:
    """Write a new certificate with its key and chain to one PEM file, and return that file."""
    path = folder / f"{name}.pem"
    path.touch(mode=0o600)
    path.write_bytes(_pem(fault))
    return path


def _pem(fault: CertificateFault) -> bytes:
    if fault == "self_signed":
        stranger = trustme.CA()
        return stranger.private_key_pem.bytes() + stranger.cert_pem.bytes()
    if fault == "other_host":
        leaf = authority().issue_cert("gateway.example.invalid")
    elif fault == "expired":
        yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        leaf = authority().issue_cert(*_HOSTS, not_before=yesterday - dt.timedelta(days=30), not_after=yesterday)
    else:
        leaf = authority().issue_cert(*_HOSTS, not_after=dt.datetime.now(dt.UTC) + _LIFE)
    return leaf.private_key_and_cert_chain_pem.bytes()
