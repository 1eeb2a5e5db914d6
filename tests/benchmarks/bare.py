"""The yardstick: read, frame, post with the same client and threads: `python -m tests.benchmarks.bare URL ROOT`."""

import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from syncd.model.clock import MachineClock
from syncd.model.sets import ImageType, SetKey
from syncd.service import ImageService, UploadBody
from tests.benchmarks.service import KEY

THREADS = 64
"""As many as syncd has by default; the client's gate admits 16 at first, there and here."""


def main() -> None:
    url, root = sys.argv[1:]
    files = sorted(Path(root).glob("models/*/modelInput/*.jpg"))
    with ImageService(url, lambda: KEY, MachineClock(), max_concurrency=THREADS) as service:

        def send(file: Path) -> None:
            key = SetKey(file.parts[-3], ImageType.MODEL_INPUT)
            service.upload(key, UploadBody(file.read_bytes(), "jpeg"))

        with ThreadPoolExecutor(THREADS) as pool:
            deque(pool.map(send, files), maxlen=0)


if __name__ == "__main__":
    main()
