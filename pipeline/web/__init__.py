"""The small service that serves the assurance page: read-only, ten surfaces, one secret."""

from pipeline.web.app import create_app
from pipeline.web.settings import Settings

__all__ = ["Settings", "create_app"]
