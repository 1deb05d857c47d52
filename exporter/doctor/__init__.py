"""Examines the configured sources once, and says of each fault what to do."""

from exporter.doctor.examination import examine
from exporter.doctor.finding import Finding, Severity
from exporter.doctor.report import as_json, as_text

__all__ = ["Finding", "Severity", "as_json", "as_text", "examine"]
