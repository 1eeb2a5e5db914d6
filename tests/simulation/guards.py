"""Guards of the program, and each of them broken."""

from __future__ import annotations

from tests.simulation.mutants import Mutant

M = Mutant

SINGLES = (
    M("syncd.plan.resolve:_lapse", " or is_young(record, look.listing, policy)", ""),
    M("syncd.plan.resolve:_unlisted", "return sum(", "return 0 * sum("),
    M("syncd.plan.resolve:_unanswered", "return frozenset(", "return frozenset() and frozenset("),
    M("syncd.plan.known:_settle_missing", "Gone(record) if proven or (look.confirmed and waited) else Missing(record)",
      "Gone(record)"),
    M("syncd.plan.known:_is_mass", "missing >= 2", "False"),
    M("syncd.plan.known:_is_404", 'return asked and look.inspected[record.remote_id or ""] is None',
      "return record.remote_id not in look.listing.ids"),
    M("syncd.plan.known:_settle_sure", "_bring_back(ledger, record)", "pass"),
    M("syncd.plan.unknown:classify", "if equal:", "if False:"),
    M("syncd.plan.unknown:_take", "if begun is not None", "if False"),
    M("syncd.plan.unknown:_take", "if ours else", "if False else"),
    M("syncd.plan.unknown:_take", "elif candidate.file is not None or ours", "elif candidate.file is not None"),
    M("syncd.plan.draft:_promote_twins", "ledger.change([Revive(record)])", "pass"),
    M("syncd.plan.draft:_place_unwanted", "elif record.name in bad", "elif False"),
    M("syncd.plan.brake:_exceeds", "return ", "return False and "),
    M("syncd.plan.twins:spare_twins", "if made.local.problems", "if False"),
    M("syncd.plan.slots:assign", "fresh[: free_slots(used, ", "fresh[: 1 + free_slots(used, "),
    M("syncd.plan.rotate:rotated_out", "oldest_first[: beyond + taken] if taken", "oldest_first[: 1 + taken] if True"),
    M("syncd.plan.questions:_doubtful", "(matters or not is_young(record, listing, policy))", "False"),
    M("syncd.plan.questions:wants_confirmation", "return any(", "return False and any("),
    M("syncd.engine.apply:Applier._fitting", "if listing.ids - known - suspects", "if False"),
    M("syncd.engine.remove:Remover._wanted_here", "if delete.record.content.sha256 in found", "if False"),
    M("syncd.engine.remove:Remover._wanted_here", "local = self._look()", "local = self._look() if 0 else None\n"
      "    return ''"),
    M("syncd.engine.remove:Remover._objection_there", "if delete.keeper is not None", "if False"),
    M("syncd.engine.remove:Remover._doubt", "if local.problems", "if False"),
    M("syncd.engine.remove:Remover._doubt", "if delete.record.name in turned", "if False"),
    M("syncd.engine.remove:Remover._same_root", "return read_marker(self._target.root) == self._root.identity",
      "return True"),
    M("syncd.engine.remove:Remover._check_at_its_turn",
      "self._world.store.leases.renew(self._lease, self._world.clock.now())\n"
      "    if not self._world.store.records.stands(doomed)", "if False"),
    M("syncd.engine.remove:Remover._check_at_its_turn", "if not self._world.store.records.stands(doomed)", "if False"),
    M("syncd.engine.send:Sender._begin", "world.store.leases.renew(self._lease, world.clock.now())", "pass"),
    M("syncd.engine.send:Sender._read", "if hashlib.sha256(read.data).hexdigest() != file.sha256", "if False"),
    M("syncd.engine.send:Sender._unknown",
      "self._world.store.records.unanswered(self._lease, begun, self._world.clock.now())",
      "self._world.store.records.unsent(self._lease, begun)"),
    M("syncd.engine.account:AccountCheck.halt", ".consent not in approved", " is None"),
    M("syncd.engine.roots:Roots._check", "expected is not None and found != expected", "False"),
    M("syncd.engine.roots:Roots._check", ".consent not in approved",
      " and not any(one.startswith(HaltName.ROOT_CHANGED) for one in approved)"),
    M("syncd.engine.roots:Roots._mark", "writable = os.access(root, os.W_OK, "
      "effective_ids=os.access in os.supports_effective_ids)", "writable = True"),
    M("syncd.engine.observe:_claim", "owner is None or ", "True or owner is None or "),
    M("syncd.engine.report:Reporter._save_holds", "(one.remote_id or one.approved_at)", "one.remote_id"),
    M("syncd.store.fence:check_fence", "!= lease.fence", "is Ellipsis"),
    M("syncd.store.records:Records.unanswered", "change(connection", "connection and 1 or change(connection"),
    M("syncd.scan.folder:_scan_open", "found.problems.append(outcome)", "pass"),
    M("syncd.model.time:Instant.age_at", "max(booted, now.wall - self.wall)", "max(0.0, now.wall - self.wall)"),
    M("syncd.plan.mistaken:_mistaken", "if picture is None", "if True"),
    M("syncd.plan.doubt:_may_delete", "return any(", "return False and any("),
    M("syncd.plan.doubt:_gives_up", "return any(", "return False and any("),
    M("syncd.plan.questions:_doubtful", "in wanted or tight", "in wanted"),
    M("syncd.engine.ask:_confirmed", "if second.ids <= look.listing.ids", "if True"),
)  # fmt: skip
"""Alone each must be missed."""

_EMPTIED_NOW = M(
    "syncd.engine.remove:Remover._doubt",
    "if local.state is FolderState.MISSING or (emptied and self._several)",
    "if False",
)
_HIDDEN_NOW = M("syncd.engine.remove:Remover._doubt", "if local.problems", "if False")
_FOLDER_GONE = M("syncd.plan.brake:_set_verdict", "one.folder_gone or", "False or")
_FENCE = M("syncd.store.fence:check_fence", "!= lease.fence", "is Ellipsis")
PAIRS = (
    (_HIDDEN_NOW, M("syncd.plan.brake:_set_verdict", "if one.unreadable", "if False")),
    (_HIDDEN_NOW, M("syncd.plan.plan:_wishes", "if policy.deletes and not made.local.problems", "if policy.deletes")),
    (_EMPTIED_NOW, _FOLDER_GONE),
    (_EMPTIED_NOW, M("syncd.plan.brake:_set_verdict", "(one.emptied and one.up >= 2)", "False")),
    (_EMPTIED_NOW, _FOLDER_GONE,
     M("syncd.scan.discover:_explain", 'return FolderState.UNREADABLE, f"{shown(path)} cannot be read',
       'return FolderState.MISSING, f"{shown(path)} cannot be read')),
    (M("syncd.plan.questions:_hidden_copies", "return [", "return [] and ["),
     M("syncd.plan.resolve:_unanswered", "if one.remote_id not in look.listing.ids)", "if False)")),
    (M("syncd.plan.resolve:_lapse", "not (look.confirmed or shows_known(look.listing, memory))", "False"),
     M("syncd.plan.questions:wants_confirmation", "return any(", "return False and any(")),
    (_FENCE, M("syncd.store.leases:Leases._is_held", 'if row["host"] == FREE', "if True")),
    (M("syncd.plan.slots:assign", "fresh[: free_slots(used, ", "fresh[: 1 + free_slots(used, "),
     M("syncd.engine.apply:free_slots", "return ", "return 9 + ")),
    (M("syncd.engine.remove:Remover._doubt",
       "if delete.reason is Reason.REMOVED_LOCALLY and unseen and not local.marked", "if False"),
     M("syncd.engine.remove:Remover._same_root", "return read_marker(self._target.root) == self._root.identity",
       "return self._root.identity is None or read_marker(self._target.root) == self._root.identity")),
    (M("syncd.engine.remove:Remover._wanted_here", "if delete.record.content.sha256 in found", "if False"),
     M("syncd.plan.draft:_place_unwanted", "elif record.content.sha256 in groups or ", "elif ")),
    (M("syncd.plan.twins:spare_twins", "and record.remote_id in made.resolved.listed", ""),
     M("syncd.engine.remove:Remover._objection_there", "if delete.keeper is not None", "if False")),
    (M("syncd.plan.brake:_set_verdict", "if _exceeds(", "if False and _exceeds("),
     M("syncd.plan.brake:_pass_exceeds", "return _exceeds(", "return False and _exceeds(")),
)  # fmt: skip
"""Guards that stand in for each other: where one is broken the other serves, and where both are it must be missed."""

PLANTED = (
    (SINGLES[0], "an effect comes late"),
    (SINGLES[1], "one is on its way to the last slot"),
    (SINGLES[8], "the answer is lost"),
    (SINGLES[13], "many are removed"),
    (SINGLES[20], "a photo comes back at the last moment"),
)
"""Five for the normal run, each with the history that shows it."""
