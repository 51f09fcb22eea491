"""Finished releases to where others find them: a folder, an object store, the Hugging Face Hub."""

from toolkit.publishing.publish import publish_release
from toolkit.publishing.report import OnSent, PublishReport

__all__ = ["OnSent", "PublishReport", "publish_release"]
