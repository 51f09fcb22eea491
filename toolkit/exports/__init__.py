"""Pairs of a release in the formats of other tools."""

from toolkit.exports.export import Choice, ExportReport, SplitReport, export_release
from toolkit.exports.formats import FORMATS

__all__ = ["FORMATS", "Choice", "ExportReport", "SplitReport", "export_release"]
