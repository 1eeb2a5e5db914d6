"""The pretend image service: the documented API on this machine, for trying and testing.

A program of its own. It imports nothing else of syncd, so that a mistake of the client is not mirrored here.
"""

from syncd.sandbox.app import create_app
from syncd.sandbox.serve import opened, running, serve
from syncd.sandbox.service import ImageService
from syncd.sandbox.values import ApiError, Event, Image, ImageType, Model

__all__ = [
    "ApiError",
    "Event",
    "Image",
    "ImageService",
    "ImageType",
    "Model",
    "create_app",
    "opened",
    "running",
    "serve",
]
