"""The remote service: list, inspect, upload, delete, fetch pictures; answers become our errors here."""

import sys

# httpx loads its own command line where it can, and rich with it: four megabytes of memory, and half of its import's
# time. Where that is missing it does without.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

from syncd.service.client import ImageService  # noqa: E402
from syncd.service.framing import UploadBody  # noqa: E402

__all__ = ["ImageService", "UploadBody"]
