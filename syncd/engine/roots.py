"""Whether the folders are the ones we know: the marker of each root against what the state remembers."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass

from syncd.model.names import shown
from syncd.model.plan import Halt
from syncd.model.time import Instant
from syncd.model.words import HaltName
from syncd.scan.marker import MarkerUnreadableError, read_marker, write_marker
from syncd.store import Store

_REPLACED = "replaced_by "


@dataclass(frozen=True, slots=True)
class RootVerdict:
    """What a root is: `identity` its marker's UUID, None where it bears none and could not be given one.

    `replaced`: the marker in whose place a person accepted this one.
    """

    halt: Halt | None
    identity: str | None = None
    replaced: str | None = None

    @property
    def marked(self) -> bool:
        """Whether the root can be told from an empty mount point."""
        return self.identity is not None


class Roots:
    """Checks roots as the state knows them by now, and in a real pass writes the markers that are missing."""

    def __init__(self, store: Store, now: Instant, new_identity: Callable[[], str], *, dry_run: bool) -> None:
        self._known = {root.path: root for root in store.meta.roots()}
        self._replaced = dict(store.meta.starting(_REPLACED))
        self._store = store
        self._now = now
        self._new_identity = new_identity
        self._dry_run = dry_run

    def check(self, roots: Iterable[bytes], approved: Container[str]) -> Mapping[bytes, RootVerdict]:
        """Judge each root. `approved`: what a person released, as `Halt.consent` says it."""
        return {root: self._check(root, approved) for root in sorted(set(roots))}

    def _check(self, root: bytes, approved: Container[str]) -> RootVerdict:
        if not os.path.isdir(root):
            return RootVerdict(missing(root))
        try:
            found = read_marker(root)
        except MarkerUnreadableError as error:
            return RootVerdict(_unreadable(str(error)))
        before = self._known.get(root)
        expected = before.uuid if before is not None else None
        if expected is not None and found != expected and (halt := changed(root, found)).consent not in approved:
            return RootVerdict(halt)
        if found is None:
            return self._mark(root)
        return self._accept(root, found, expected)

    def _accept(self, root: bytes, found: str, expected: str | None) -> RootVerdict:
        if found != expected:
            if found != self._store.meta.get(_intent(root)):
                self._note_recovery()
            if expected is not None:
                self._store.meta.set(_REPLACED + found, expected)
                self._replaced[_REPLACED + found] = expected
            self._remember(root, found)
        return RootVerdict(None, found, self._replaced.get(_REPLACED + found))

    def _mark(self, root: bytes) -> RootVerdict:
        identity = self._known[root].uuid if root in self._known else None
        wanted = identity or self._new_identity()
        if self._dry_run:
            writable = os.access(root, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
            return RootVerdict(None, wanted if writable else None)
        wanted = self._intended(root, wanted) if identity is None else wanted
        written = wanted if write_marker(root, wanted) else None
        if written is None and self._is_marked(root):
            # Another root, or another process, came between the look and the mark.
            return self._check(root, ())
        self._remember(root, written)
        return RootVerdict(None, written)

    def _is_marked(self, root: bytes) -> bool:
        try:
            return read_marker(root) is not None
        except MarkerUnreadableError:
            return True

    def _intended(self, root: bytes, wanted: str) -> str:
        """Commit which marker is to be written; of several that do so at the same time, the first one decides.

        Who finds it after a kill must know it for its own, not for what a lost state has left.
        """
        with self._store.transaction():
            before = self._store.meta.get(_intent(root))
            self._store.meta.set(_intent(root), before or wanted)
        return before or wanted

    def _note_recovery(self) -> None:
        # Someone marked this root, and this state knows of none: an earlier state was lost.
        if not self._store.meta.roots() and self._store.meta.get("made_anew") is None:
            self._store.meta.set("made_anew", "the root had been synced before")

    def _remember(self, root: bytes, identity: str | None) -> None:
        if not self._dry_run:
            self._store.meta.put_root(root, identity, self._now)


def _intent(root: bytes) -> str:
    return f"marking {root.hex()}"


def claimed(owner: str, root: str) -> Halt:
    """Say that the images of a set were sent from another root than the one that bears this marker."""
    return Halt(
        HaltName.ROOT_CLAIMED,
        f"the images of this set were sent from another root ({owner})",
        "`syncd approve PATH` lets this root take the set over: what is not in it will be deleted",
        about=root,
    )


def missing(root: bytes) -> Halt:
    """Say that there is no folder where a root should be."""
    seen = "is no folder" if os.path.lexists(root) else "is not there"
    return Halt(HaltName.ROOT_MISSING, f"{shown(root)} {seen}", "mount it, or mend its path in the configuration")


def _unreadable(detail: str) -> Halt:
    return Halt(
        HaltName.FOLDER_UNREADABLE,
        f"the marker cannot be read: {detail}",
        "give the user of syncd the right to read it",
    )


def changed(root: bytes, found: str | None) -> Halt:
    """Say that a root bears another marker than it did, or none."""
    seen = "has no marker" if found is None else "bears the marker of another root"
    return Halt(
        HaltName.ROOT_CHANGED,
        f"{shown(root)} {seen}: it may be an empty mount point, or another disk",
        "mount the right one; only if this folder really takes its place: `syncd approve PATH`, after which images "
        "whose photos are not in it can be deleted",
        about=f"{found or 'unmarked'} {root.hex()}",
    )
