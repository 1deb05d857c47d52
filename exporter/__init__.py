"""Prometheus exporter for Apache CloudStack on Dell PowerFlex."""

from importlib.metadata import version

__version__ = version("cloudstack-powerflex-exporter")
