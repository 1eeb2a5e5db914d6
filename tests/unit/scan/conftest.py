import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from syncd.config.ignore import compile_patterns
from syncd.model.sets import ImageType, SetKey
from syncd.model.time import Instant
from syncd.scan.discover import Folder
from syncd.scan.folder import Known, Settings, scan
from tests import samples

KEY = SetKey("m42", ImageType.MODEL_INPUT)
LATER = Instant(4_000_000_000.0, "boot", 1_000.0)


class Place:
    """A set's folder on the real disk, and what a look at it tells."""

    def __init__(self, root):
        self.root = root
        self.folder = Folder(KEY, os.fsencode(root), (b"models", b"m42", b"modelInput"))
        self.path = root / "models" / "m42" / "modelInput"
        self.path.mkdir(parents=True)

    def put(self, name, data=None):
        path = os.path.join(os.fsencode(self.path), os.fsencode(name))
        with open(path, "wb") as file:
            file.write(samples.jpeg(1, (32, 24)) if data is None else data)
        return path

    def look(self, known=None, *, now=LATER, patterns=(), request_bytes=20_000_000, verify="decode"):
        settings = Settings(compile_patterns(patterns), request_bytes, verify)
        with ThreadPoolExecutor(2) as pool:
            return scan(self.folder, known or Known(), settings, pool, now)

    def told(self, **how):
        return {file.name: str(file.judgement.reason or "accepted") for file in self.look(**how).snapshot.files}

    def again(self, found, **how):
        return self.look(Known(found.seen, found.judgements), **how)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "root")
