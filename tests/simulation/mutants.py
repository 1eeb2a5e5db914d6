# ruff: noqa: T201 - a program of its own
"""`python -m tests.simulation.mutants`: guards of the program broken, one by one and in pairs; histories must tell."""

from __future__ import annotations

import argparse
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from itertools import chain

from tests.simulation.play import play_seed, stage

MOST = 1000
"""Seeds in which a mutant must be caught."""


@dataclass(frozen=True)
class Mutant:
    """A place (`module:function`) where `old` reads `new`."""

    place: str
    old: str
    new: str

    @property
    def name(self) -> str:
        return f"{self.place.removeprefix('syncd.')}: {' '.join(self.old.split())[:50]} -> {self.new.strip()[:30]}"

    @contextmanager
    def planted(self) -> Iterator[None]:
        module_name, _, path = self.place.partition(":")
        module = import_module(module_name)
        function = inspect.unwrap(reduce(getattr, path.split("."), module))
        source = textwrap.dedent(inspect.getsource(function))
        if self.old not in source:
            raise LookupError(f"{self.place} does not read {self.old!r} any more")
        source = "\n".join(line for line in source.replace(self.old, self.new, 1).split("\n") if line[:1] != "@")
        space: dict[str, object] = {}
        exec(compile(source, self.name, "exec", flags=_FUTURE), vars(module), space)
        before, function.__code__ = function.__code__, space[function.__name__].__code__
        try:
            yield
        finally:
            function.__code__ = before


_FUTURE = __import__("__future__").annotations.compiler_flag

M = Mutant
SINGLES = (
    M("syncd.plan.resolve:_lapse", " and not is_young(record, look.listing, policy)", ""),
    M("syncd.plan.resolve:_unlisted", "return sum(", "return 0 * sum("),
    M("syncd.plan.known:_settle_missing", "Gone(record) if proven or (look.confirmed and waited) else Missing(record)",
      "Gone(record)"),
    M("syncd.plan.known:_is_404", 'return asked and look.inspected[record.remote_id or ""] is None',
      "return record.remote_id not in look.listing.ids"),
    M("syncd.plan.known:_settle_sure", "_bring_back(ledger, record)", "pass"),
    M("syncd.plan.unknown:classify", "if equal is not None", "if False"),
    M("syncd.plan.unknown:_take", "if begun is not None", "if False"),
    M("syncd.plan.unknown:_take", "if ours else", "if False else"),
    M("syncd.plan.unknown:_take", "elif candidate.file is not None or ours", "elif candidate.file is not None"),
    M("syncd.plan.draft:_promote_twins", "ledger.change([Revive(record)])", "pass"),
    M("syncd.plan.draft:_place_unwanted", "elif record.name in bad", "elif False"),
    M("syncd.plan.brake:_set_verdict", "(one.emptied and one.up >= 2)", "False"),
    M("syncd.plan.brake:_exceeds", "return ", "return False and "),
    M("syncd.plan.plan:_spare_twins", "if made.local.problems", "if False"),
    M("syncd.plan.slots:assign", "free = max(0, ", "free = 1 + max(0, "),
    M("syncd.engine.apply:free_slots", "return ", "return 1 + "),
    M("syncd.engine.remove:Remover._objection_here", "if delete.record.content.sha256 in found", "if False"),
    M("syncd.engine.remove:Remover._objection_here", "local = self._look()", "local = self._look() if 0 else None\n"
      "    return ''"),
    M("syncd.engine.remove:Remover._objection_there", "if delete.keeper is not None", "if False"),
    M("syncd.engine.remove:Remover._same_root", "return read_marker(self._target.root) == self._root.identity",
      "return True"),
    M("syncd.engine.remove:Remover.remove", "world.store.leases.renew(self._lease, world.clock.now())", "pass"),
    M("syncd.engine.send:Sender._read", "if hashlib.sha256(read.data).hexdigest() != file.sha256", "if False"),
    M("syncd.engine.send:Sender._unknown",
      "self._world.store.records.unanswered(self._lease, begun, self._world.clock.now())",
      "self._world.store.records.unsent(self._lease, begun)"),
    M("syncd.engine.send:Sender._finish", "is not None", "is Ellipsis"),
    M("syncd.engine.account:AccountCheck.halt", "if not approved", "if False"),
    M("syncd.engine.roots:Roots._check", "expected is not None and found != expected", "False"),
    M("syncd.engine.roots:Roots._check", 'and self._seen(root) in (None, found or "")', ""),
    M("syncd.engine.report:Reporter._save_holds", "(one.remote_id or one.approved_at)", "one.remote_id"),
    M("syncd.store.leases:Leases._is_held", 'if row["host"] == FREE', "if True"),
    M("syncd.store.fence:check_fence", "!= lease.fence", "is Ellipsis"),
    M("syncd.store.records:Records.unanswered", "change(connection", "connection and 1 or change(connection"),
    M("syncd.store.records:Records.refuse", "drop(connection, record, RecordState.BEGUN)", "pass"),
    M("syncd.scan.folder:_scan_open", "found.problems.append(outcome)", "pass"),
    M("syncd.scan.discover:_explain", 'return FolderState.UNREADABLE, f"{shown(path)} cannot be read',
      'return FolderState.MISSING, f"{shown(path)} cannot be read'),
    M("syncd.plan.questions:_doubtful", "(record.content.sha256 in wanted or not is_young(record, listing, policy))",
      "False"),
    M("syncd.plan.questions:wants_confirmation", "return any(", "return False and any("),
    M("syncd.model.time:Instant.age_at", "max(booted, now.wall - self.wall)", "max(0.0, now.wall - self.wall)"),
)  # fmt: skip

_LOOK = M("syncd.engine.remove:Remover._objection_here", 'return "" if approved else', 'return "" if True else')
_CONTROL = M("syncd.plan.resolve:_lapse", "not (look.confirmed or shows_known(look.listing, memory))", "False")
_YOUNG = M("syncd.plan.questions:is_young", "return ", "return False and ")
PAIRS = (
    (_LOOK, M("syncd.plan.brake:_set_verdict", "if one.unreadable", "if False")),
    (_LOOK, M("syncd.plan.brake:_set_verdict", "one.folder_gone or", "False or")),
    (_LOOK, M("syncd.plan.brake:_set_verdict", "(one.emptied and one.up >= 2)", "False")),
    (_LOOK, M("syncd.plan.draft:_place_unwanted", "elif record.name in bad", "elif False")),
    (_CONTROL, _YOUNG),
    (_CONTROL, M("syncd.plan.questions:wants_confirmation", "return any(", "return False and any(")),
    (_YOUNG, M("syncd.plan.known:_settle_missing",
               "Gone(record) if proven or (look.confirmed and waited) else Missing(record)", "Gone(record)")),
    (M("syncd.store.fence:check_fence", "!= lease.fence", "is Ellipsis"),
     M("syncd.engine.remove:Remover.remove", "world.store.leases.renew(self._lease, world.clock.now())", "pass")),
    (M("syncd.engine.remove:Remover._same_root", "return read_marker(self._target.root) == self._root.identity",
       "return True"), M("syncd.engine.roots:Roots._check", "expected is not None and found != expected", "False")),
    (M("syncd.plan.slots:assign", "free = max(0, ", "free = 1 + max(0, "),
     M("syncd.engine.apply:free_slots", "return ", "return 9 + ")),
    (M("syncd.engine.remove:Remover._objection_there", "if delete.keeper is not None", "if False"),
     M("syncd.plan.draft:_promote_twins", "ledger.change([Revive(record)])", "pass")),
)  # fmt: skip
"""Guards that stand in for each other: broken together they must be missed."""


PLANTED = [
    (mutant, seed)
    for mutant in SINGLES
    for place, old, seed in (
        ("resolve:_lapse", " and not is_young", 21),
        ("resolve:_unlisted", "return sum(", 15),
        ("unknown:_take", "if begun", 6),
        ("brake:_exceeds", "return ", 3),
        ("known:_settle_missing", "Gone(record) if", 14),
    )
    if mutant.place.endswith(place) and mutant.old.startswith(old)
]
"""Five for the normal run, each with a seed whose history misses it."""


def caught(planted: tuple[Mutant, ...], seeds: Iterable[int]) -> tuple[int, str] | None:
    """Return the first of these seeds whose history breaks with the mutants in place, and how."""
    with ExitStack() as stack:
        for mutant in planted:
            stack.enter_context(mutant.planted())
        home = stack.enter_context(stage())
        for seed in seeds:
            played = play_seed(seed, home)
            if played.broken:
                return seed, played.broken[0]
    return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("--most", type=int, default=MOST)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    score = total = 0
    for planted in chain(((one,) for one in SINGLES), PAIRS):
        name = " + ".join(one.name for one in planted)
        if asked.only not in name:
            continue
        total += 1
        try:
            found = caught(planted, range(asked.most))
        except LookupError as error:
            print(f"LOST    {error}", flush=True)
            continue
        score += found is not None
        print(f"seed {found[0]:4} {name} | {found[1][:80]}" if found else f"MISSED    {name}", flush=True)
    print(f"{score} of {total} caught")
    return int(score < total)


if __name__ == "__main__":
    sys.exit(main())
