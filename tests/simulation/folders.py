"""What happens to the folders: by a person, by other programs, by the machine."""

from __future__ import annotations

import fnmatch
import os
import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests import samples
from tests.simulation.events import CONTENTS, STRANGE
from tests.world import content

MARKER = ".syncd-root"
_ENDINGS = (".tmp", ".part", "~")


@cache
def good() -> frozenset[str]:
    """The digests of all contents that may go up."""
    return frozenset(sha256(content(name)).hexdigest() for name in {*CONTENTS, *STRANGE})


@cache
def bad(name: str) -> bytes:
    whole = content("A")
    return {"A": b"", "B": whole[: len(whole) // 2], "C": b"no picture", "D": samples.gif(7)}.get(name, whole[:40])


@dataclass(frozen=True)
class Sight:
    """What lies in a set's folder at one moment, by this reference's own reading. `hidden`: something is unreadable."""

    state: str
    contents: frozenset[str] = frozenset()
    hidden: bool = False
    bad: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()


class Folders:
    """The root and the sets below it."""

    def __init__(self, root: Path) -> None:
        self.root, self.away = root, root.with_name("away")
        self.ignore: tuple[str, ...] = ()
        self._ticks = self._others = 0
        self._digests: dict[tuple[int, int, int], str] = {}

    def folder(self, key: str) -> Path:
        return self.root / "models" / key

    def marker(self) -> str | None:
        try:
            return (self.root / MARKER).read_text()
        except OSError:
            return None

    def do(self, name: str, *more: str) -> bool:
        """Do what an event says, where it can be done; tells whether its name was one of ours."""
        act = getattr(self, f"_{name.replace(' ', '_').replace('-', '_')}", None)
        if act is None:
            return False
        if self.root.is_dir() or name in ("mount", "vanish", "unmount"):
            with suppress(OSError):
                act(*more)
        return True

    def heal(self) -> None:
        """Make readable what is there; a root that went away comes back."""
        if not self.root.is_dir() and self.away.is_dir():
            self.away.rename(self.root)
        self.unlock_all()

    def unlock_all(self) -> None:
        for each in (self.root, self.root / "models", *self.root.glob("models/*")):
            if each.is_dir():
                each.chmod(0o755)
        for each in self.root.glob("models/*/*"):
            each.chmod(0o755)
            for file in each.iterdir():
                file.chmod(0o644)

    def look(self, key: str) -> Sight:
        """Read a set's folder."""
        folder = self.folder(key)
        if not folder.is_dir():
            return Sight("missing")
        if not folder.stat().st_mode & 0o400:
            return Sight("unreadable", hidden=True)
        names: dict[str, str] = {}
        bad_names: set[str] = set()
        ignored: set[str] = set()
        hidden = False
        for entry in os.scandir(folder):
            if self.ignores(entry.name):
                ignored.add(entry.name)
                continue
            status = entry.stat()
            if not status.st_mode & 0o400:
                hidden = True
                continue
            digest = self._digest(entry.path, status)
            if digest in good():
                names[entry.name] = digest
            else:
                bad_names.add(entry.name)
        return Sight("present", frozenset(names.values()), hidden, frozenset(bad_names), names, frozenset(ignored))

    def ignores(self, name: str) -> bool:
        return name.startswith(".") or name.endswith(_ENDINGS) or any(fnmatch.fnmatch(name, one) for one in self.ignore)

    def _digest(self, path: str, status: os.stat_result) -> str:
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if seen not in self._digests:
            self._digests[seen] = sha256(Path(path).read_bytes()).hexdigest()
        return self._digests[seen]

    def _put(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.parent / ".new.tmp"
        new.write_bytes(data)
        self._ticks += 1
        os.utime(new, ns=(10**18 + self._ticks * 10**9,) * 2)
        new.replace(path)

    def _write(self, key: str, name: str, _other: str, what: str) -> None:
        self._put(self.folder(key) / name, content(what))

    def _change(self, key: str, name: str, _other: str, what: str) -> None:
        if (self.folder(key) / name).exists():
            self._put(self.folder(key) / name, content(what))

    def _bad(self, key: str, name: str, _other: str, what: str) -> None:
        self._put(self.folder(key) / name, bad(what))

    def _copy(self, key: str, name: str, other: str, _what: str) -> None:
        self._put(self.folder(key) / other, (self.folder(key) / name).read_bytes())

    def _rename(self, key: str, name: str, other: str, _what: str) -> None:
        (self.folder(key) / name).replace(self.folder(key) / other)

    def _swap(self, key: str, name: str, other: str, _what: str) -> None:
        one, two, between = self.folder(key) / name, self.folder(key) / other, self.folder(key) / ".between.tmp"
        if one.exists() and two.exists() and one != two:
            one.replace(between)
            two.replace(one)
            between.replace(two)

    def _ignored(self, key: str, name: str, _other: str, what: str) -> None:
        path = self.folder(key) / name
        if path.exists():
            path.replace(path.with_name(f"{name}.part"))
        else:
            self._put(path.with_name(f"{name}.part"), content(what))

    def _ignore(self, _key: str, name: str) -> None:
        self.ignore = tuple(one for one in self.ignore if one != name) if name in self.ignore else (*self.ignore, name)

    def _remove(self, key: str, name: str) -> None:
        (self.folder(key) / name).unlink()

    def _lock(self, key: str, name: str) -> None:
        (self.folder(key) / name).chmod(0)

    def _unlock(self, _key: str, _name: str) -> None:
        self.unlock_all()

    def _empty(self, key: str) -> None:
        for each in list(self.folder(key).iterdir()):
            each.unlink()

    def _drop_folder(self, key: str) -> None:
        shutil.rmtree(self.folder(key))

    def _lock_folder(self, key: str) -> None:
        self.folder(key).chmod(0)

    def _unmount(self, _key: str) -> None:
        if not self.away.exists() and self.root.exists():
            self.root.rename(self.away)
            self.root.mkdir()

    def _vanish(self, _key: str) -> None:
        if not self.away.exists() and self.root.exists():
            self.root.rename(self.away)

    def _mount(self, _key: str) -> None:
        if self.away.exists():
            if self.root.exists():
                self._others += 1
                self.root.rename(self.root.with_name(f"other-{self._others}"))
            self.away.rename(self.root)

    def _replace_root(self, key: str) -> None:
        self._others += 1
        self.root.rename(self.root.with_name(f"other-{self._others}"))
        self.root.mkdir()
        self._mark(self._others)
        self._put(self.folder(key) / "b.jpg", content(CONTENTS[self._others % 7]))

    def _re_mark(self, _key: str) -> None:
        self._others += 1
        self._mark(self._others)

    def _mark(self, number: int) -> None:
        (self.root / MARKER).write_text(f"{uuid.UUID(int=number)}\n")

    def _unmark(self, _key: str) -> None:
        (self.root / MARKER).unlink(missing_ok=True)
