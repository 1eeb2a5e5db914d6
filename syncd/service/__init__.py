"""The remote service: list, inspect, upload, delete, fetch pictures; answers become our errors here."""

from syncd.service.client import ImageService
from syncd.service.framing import FRAMING_BYTES, UploadBody, request_size

__all__ = ["FRAMING_BYTES", "ImageService", "UploadBody", "request_size"]
