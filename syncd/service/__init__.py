"""The remote service: list, inspect, upload, delete, fetch pictures; answers become our errors here."""

from syncd.service.client import ImageService
from syncd.service.framing import UploadBody

__all__ = ["ImageService", "UploadBody"]
