"""From target.toml to a Target."""

from cadet.device.target.document import json_schema
from cadet.device.target.reading import from_document, load, remote_of
from cadet.device.target.target import Target

__all__ = ["Target", "from_document", "json_schema", "load", "remote_of"]
