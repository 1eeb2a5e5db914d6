"""A few events whose coming together chance alone would seldom bring about."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.simulation.kinds import CONTENTS, DELAYS, NAMES, Event

GO: Event = ("pass", "")


def plot(chance: random.Random, keys: tuple[str, ...]) -> list[Event]:
    """Draw one of them."""
    key = chance.choice(keys)
    name, other = chance.sample(NAMES, 2)
    what, new = chance.sample(CONTENTS, 2)
    made = chance.choice(PLOTS)
    return made(chance, key, name, other, what, new)


def _late(chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), ("fault", "POST", "late", 1, chance.choice(DELAYS)), GO, ("pass time", 61), GO,
            ("pass time", 400)]  # fmt: skip


def _doubled(_chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), ("fault", "POST", "doubled", 1, 5), GO]


def _doubled_and_lost(chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), ("fault", "POST", "doubled and lost", 1, 5), GO,
            ("inside", "answer inspect", 2, ("human removal", key, chance.randrange(8)))]  # fmt: skip


def _never_answered(chance, key, name, other, what, _new) -> list[Event]:
    again = [("fault", "POST", "no answer", 1, 5), ("pass", "one"), ("pass time", 61)]
    return [_write(key, name, what), *again * chance.choice((2, 5, 5, 6))]


def _restored(_chance, key, name, other, what, _new) -> list[Event]:
    return [("backup", key), _write(key, name, what), ("remove", key, other), GO, ("restore", key)]


def _rolled_back(_chance, key, name, other, what, new) -> list[Event]:
    return [_write(key, name, what), GO, ("keep state", key), ("change", key, name, other, new), GO, ("roll back", key)]


def _back_in_time(_chance, key, name, other, what, _new) -> list[Event]:
    back = ("inside", "after tombstone", 1, _write(key, other, what))
    return [_write(key, name, what), GO, ("remove", key, name), back, GO]


def _late_delete(chance, key, name, other, what, _new) -> list[Event]:
    return [("remove", key, name), ("fault", "DELETE", "late", 1, chance.choice(DELAYS)), GO, _write(key, name, what)]


def _lost_and_hidden(_chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), ("fault", "POST", "lost answer", 1, 5), ("empty list", key), GO,
            ("pass time", 61), GO]  # fmt: skip


def _alone(_chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), _write(key, other, what), GO, ("remove", key, name)]


def _overtaken(chance, key, name, other, what, _new) -> list[Event]:
    point = chance.choice(("request inspect", "after tombstone", "answer inspect"))
    return [_write(key, name, what), GO, ("inside", point, 1, ("another process", "elsewhere", 31)),
            ("remove", key, name), GO]  # fmt: skip


def _wiped(chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), GO, ("wipe", key, chance.choice((1, 2, 8))), ("lock", key, other)]


def _locked_late(_chance, key, name, other, what, new) -> list[Event]:
    return [_write(key, name, what), _write(key, other, new), GO, ("remove", key, name),
            ("inside", "after tombstone", 1, ("lock", key, other)), GO]  # fmt: skip


def _other_root_late(chance, key, name, other, what, new) -> list[Event]:
    how = chance.choice(("unmount", "replace root", "re-mark", "unmark"))
    return [_write(key, name, what), _write(key, other, new), GO, ("remove", key, name),
            ("inside", "after tombstone", 1, (how, key)), GO]  # fmt: skip


def _keeper_gone(chance, key, name, other, what, new) -> list[Event]:
    point = chance.choice(("answer inspect", "after tombstone", "request inspect"))
    return [_write(key, name, what), GO, ("change", key, name, other, new),
            ("inside", point, 1, ("wipe", key, 8)), GO]  # fmt: skip


def _new_one_gone(_chance, key, name, other, what, new) -> list[Event]:
    return [_write(key, name, what), GO, ("change", key, name, other, new),
            ("inside", "answer inspect", 1, ("human removal", key, -1)), GO]  # fmt: skip


def _moved(_chance, key, name, other, what, new) -> list[Event]:
    return [_write(key, name, what), GO, ("move set", key), _write(key, other, new), GO, ("approve", ""), GO]


def _killed_sending(chance, key, name, other, what, _new) -> list[Event]:
    point = chance.choice(
        ("commit begin", "after begin", "request POST", "answer POST", "commit finish", "after finish")
    )
    return [_write(key, name, what), ("inside", point, 1, ("crash",)), GO]


def _killed_after_no(chance, key, name, other, what, _new) -> list[Event]:
    verb = chance.choice(("unanswered", "unsent", "refuse"))
    fault = chance.choice(
        {"unanswered": ("no answer", "lost answer"), "unsent": ("503", "409"), "refuse": ("413", "422")}[verb]
    )
    point = f"{chance.choice(('commit', 'after'))} {verb}"
    return [_write(key, name, what), ("fault", "POST", fault, 1, 5), ("inside", point, 1, ("crash",)), ("pass", "one")]


def _killed_deleting(chance, key, name, other, what, new) -> list[Event]:
    point = chance.choice(("commit tombstone", "after tombstone", "request DELETE", "answer DELETE", "commit gone",
                           "after gone", "answer inspect"))  # fmt: skip
    made = [_write(key, name, what), _write(key, other, new), GO]
    return [*made, ("remove", key, name), ("inside", point, 1, ("crash",)), ("pass", "max-delete")]


def _killed_keeping(chance, key, name, other, what, new) -> list[Event]:
    point = chance.choice(("commit cancel", "after cancel"))
    made = [_write(key, name, what), _write(key, other, new), GO, ("remove", key, name)]
    return [*made, ("inside", "after tombstone", 1, _write(key, name, what)), ("inside", point, 1, ("crash",)),
            ("pass", "max-delete")]  # fmt: skip


def _killed_looking(chance, key, name, other, what, new) -> list[Event]:
    point = chance.choice(("answer model", "request model", "answer picture", "request picture", "nap",
                           "commit apply", "after apply"))  # fmt: skip
    if point == "nap":
        made = [_write(key, name, what), ("fault", "list", "503", 2, 5)]
    else:
        made = [_write(key, name, what), ("human upload", key, chance.choice((what, new)))]
    return [*made, ("inside", point, 1, ("crash",)), GO]


def _rebooted(_chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), ("inside", "answer POST", 1, ("reboot", key)), GO]


def _not_ours(_chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), GO, ("other database", key), GO, ("heal",), GO]


def _photo_unseen(chance, key, name, other, what, _new) -> list[Event]:
    fault = chance.choice(("404 html", "html 200", "cut"))
    return [_write(key, name, what), GO, ("lose state", key), ("fault", "picture", fault, 6, 5), GO]


def _sent_and_gone(_chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), ("fault", "POST", "no answer", 1, 5), ("pass", "one"), ("remove", key, name), GO]


def _twin_of_old(_chance, key, name, other, what, _new) -> list[Event]:
    return [("human upload", key, what), _write(key, name, what), GO, ("human upload", key, what), GO]


def _back_from_the_dead(_chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), GO, ("backup", key), ("remove", key, name), GO, ("restore", key), GO]


def _back_beside_its_twin(_chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), GO, ("backup", key), ("wipe", key, 1), GO, ("pass time", 61), GO, ("restore", key),
            GO]  # fmt: skip


def _many_removed(chance, key, name, other, what, _new) -> list[Event]:
    made = [_write(key, each, one) for each, one in zip(NAMES, CONTENTS, strict=False)]
    gone = [("remove", key, each) for each in chance.sample(NAMES, 4)]
    return [*made, GO, *gone, ("pass", chance.choice(("", "max-delete")))]


def _claimed(_chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), GO, ("replace root", key), GO, ("approve", ""), GO]


def _other_account(chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), GO, ("other key", key), GO, ("approve", chance.choice(("", key))), GO,
            ("own key", key)]  # fmt: skip


def _away(chance, key, name, other, what, _new) -> list[Event]:
    down = chance.choice(("not sent", "no answer", "503", "502 before effect", "html 200"))
    return [_write(key, name, what), ("outage", down), GO, ("pass time", 400), GO, ("pass time", 4000), GO,
            ("outage over", key)]  # fmt: skip


def _hidden_then_seen(_chance, key, name, other, what, _new) -> list[Event]:
    return [_write(key, name, what), GO, ("pass time", 400), ("holes", key, 0), GO, ("thaw", key), GO]


def _rotating(_chance, key, name, other, what, new) -> list[Event]:
    made = [_write(key, each, one) for each, one in zip(NAMES, CONTENTS, strict=False)]
    return [*made, GO, _write(key, name, what), _write(key, other, new), GO]


def _suspended(chance, key, name, other, what, _new) -> list[Event]:
    point = chance.choice(("request POST", "after begin", "request inspect", "after tombstone"))
    return [_write(key, name, what), ("inside", point, 1, ("another process", "elsewhere", 31)), GO]


def _write(key: str, name: str, what: str) -> Event:
    return ("write", key, name, name, what)


PLOTS: tuple[Callable[..., list[Event]], ...] = (
    _late, _doubled, _doubled_and_lost, _never_answered, _restored, _rolled_back, _back_in_time, _late_delete,
    _lost_and_hidden, _alone, _overtaken, _wiped, _locked_late, _other_root_late, _keeper_gone, _photo_unseen,
    _sent_and_gone, _twin_of_old, _back_from_the_dead, _back_beside_its_twin, _many_removed, _claimed, _other_account,
    _away, _hidden_then_seen, _rotating, _suspended, _new_one_gone, _moved, _killed_sending, _killed_after_no,
    _killed_after_no, _killed_deleting, _killed_deleting, _killed_keeping, _killed_looking, _rebooted, _not_ours,
)  # fmt: skip
