"""What happens to the folders: by a person, by other programs, by the machine."""

from __future__ import annotations

import fnmatch
import os
import shutil
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests import samples
from tests.simulation.ground import MARKER, Ground
from tests.simulation.kinds import CONTENTS, STRANGE
from tests.world import content

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
    """What lies in a set's folder at one moment, by this reference's own reading. `hidden`: what is unreadable."""

    state: str
    contents: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    bad: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    times: dict[str, int] = field(default_factory=dict)

    def newest(self, digest: str) -> int:
        return max((time for name, time in self.times.items() if self.names[name] == digest), default=0)

    def oldest(self, digest: str) -> int:
        return min((time for name, time in self.times.items() if self.names[name] == digest), default=0)


class Folders:
    """The root and the sets below it, and those that lie `elsewhere`, each its own root."""

    def __init__(self, root: Path, elsewhere: Iterable[str] = (), *, unmarkable: bool = False) -> None:
        self.root = root
        self.elsewhere = {key: self._elsewhere(key) for key in elsewhere}
        self.ground = Ground(lambda: self.roots)
        self.ignore: tuple[str, ...] = ()
        # What a pass that began before reads by: the configuration is read as it begins.
        self.bound: tuple[str, ...] = ()
        with self.ground.changed():
            for each in self.roots:
                each.mkdir()
            if unmarkable:
                (root / "models").mkdir()
                root.chmod(0o555)
        self._ticks = self._others = 0
        self._digests: dict[tuple[int, int, int], str] = {}

    @property
    def roots(self) -> tuple[Path, ...]:
        return (self.root, *self.elsewhere.values())

    def folder(self, key: str) -> Path:
        return self.elsewhere.get(key) or self.root / "models" / key

    def root_of(self, key: str) -> Path:
        return self.elsewhere.get(key, self.root)

    def do(self, name: str, *more: str) -> bool:
        """Do what an event says, where it can be done; tells whether its name was one of ours."""
        act = getattr(self, f"_{name.replace(' ', '_').replace('-', '_')}", None)
        if act is None:
            return False
        with self.ground.changed():
            if self.root_of(more[0]).is_dir() or name in ("mount", "vanish", "unmount"):
                with suppress(OSError):
                    act(*more)
        return True

    def heal(self) -> None:
        """Make readable what is there; a root that went away comes back."""
        with self.ground.changed():
            for root in self.roots:
                if not root.is_dir() and _away(root).is_dir():
                    _away(root).rename(root)
            self.unlock_all()

    def unlock_all(self) -> None:
        for each in (self.root / "models", *self.root.glob("models/*"), *self.elsewhere.values()):
            if each.is_dir():
                each.chmod(0o755)
        for each in (*self.root.glob("models/*/*"), *self.elsewhere.values()):
            if each.is_dir():
                each.chmod(0o755)
                for file in each.iterdir():
                    file.chmod(0o644)

    def release(self) -> None:
        """Let all be removed."""
        for root in self.roots:
            for each in (root, _away(root), *root.parent.glob("other-*")):
                if each.is_dir():
                    each.chmod(0o755)
        self.unlock_all()

    def look(self, key: str) -> Sight:
        """Read a set's folder."""
        folder = self.folder(key)
        if not folder.is_dir():
            return Sight("missing")
        if not folder.stat().st_mode & 0o400:
            return Sight("unreadable", hidden=frozenset({"."}))
        names: dict[str, str] = {}
        times: dict[str, int] = {}
        bad_names: set[str] = set()
        ignored: set[str] = set()
        hidden: set[str] = set()
        for entry in os.scandir(folder):
            if self.ignores(entry.name):
                ignored.add(entry.name)
                continue
            status = entry.stat()
            if not status.st_mode & 0o400:
                hidden.add(entry.name)
                continue
            digest = self._digest(entry.path, status)
            if digest in good():
                names[entry.name] = digest
                times[entry.name] = status.st_mtime_ns
            else:
                bad_names.add(entry.name)
        return Sight(
            "present",
            frozenset(names.values()),
            frozenset(hidden),
            frozenset(bad_names),
            names,
            frozenset(ignored),
            times,
        )

    def ignores(self, name: str) -> bool:
        return name.startswith(".") or name.endswith(_ENDINGS) or any(fnmatch.fnmatch(name, one) for one in self.bound)

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
        if key in self.elsewhere:
            self._vanish(key)
        else:
            shutil.rmtree(self.folder(key))

    def _lock_folder(self, key: str) -> None:
        self.folder(key).chmod(0)

    def _unmount(self, key: str) -> None:
        root = self.root_of(key)
        if not _away(root).exists() and root.exists():
            root.rename(_away(root))
            root.mkdir()

    def _vanish(self, key: str) -> None:
        root = self.root_of(key)
        if not _away(root).exists() and root.exists():
            root.rename(_away(root))

    def _mount(self, key: str) -> None:
        root = self.root_of(key)
        if _away(root).exists():
            self._set_aside(root)
            _away(root).rename(root)

    def _replace_root(self, key: str) -> None:
        root = self.root_of(key)
        self._set_aside(root)
        root.mkdir()
        self._mark(root)
        self._put(self.folder(key) / "b.jpg", content(CONTENTS[self._others % 7]))

    def _elsewhere(self, key: str) -> Path:
        return self.root.with_name(key.replace("/", "-"))

    def _move_set(self, key: str) -> None:
        """From now on the set lies elsewhere, with all that is in it."""
        old, new = self.folder(key), self._elsewhere(key)
        if key in self.elsewhere or new.exists():
            return
        if old.is_dir():
            old.rename(new)
        else:
            new.mkdir()
        self.elsewhere[key] = new

    def _set_aside(self, root: Path) -> None:
        self._others += 1
        if root.exists():
            root.rename(root.with_name(f"other-{self._others}"))

    def _re_mark(self, key: str) -> None:
        self._others += 1
        self._mark(self.root_of(key))

    def _mark(self, root: Path) -> None:
        (root / MARKER).write_text(f"{uuid.UUID(int=self._others)}\n")

    def _unmark(self, key: str) -> None:
        (self.root_of(key) / MARKER).unlink(missing_ok=True)


def _away(root: Path) -> Path:
    return root.with_name(f"{root.name}-away")
