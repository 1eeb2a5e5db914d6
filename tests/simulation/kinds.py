"""What may happen in a history, by kind, and how often beside each other."""

from __future__ import annotations

NAMES = ("a1.jpg", "a2.jpg", "a10.jpg", "b.jpg", "C.JPG", "d.png")
CONTENTS = ("A", "B", "C", "D", "E", "F", "G")
STRANGE = (*CONTENTS[:4], "X", "Y", "Z")

Event = tuple[object, ...]
"""A name, and what it takes to let it happen."""

DELAYS = (5, 30, 90, 400, 4000)

REQUESTS = ("list", "model", "POST", "inspect", "DELETE", "picture")
ANY_FAULT = ("not sent", "no answer", "html 200", "502 before effect", "503", "429 with Retry-After", "429 with a date")
ANSWER_FAULTS = ("lost answer", "reset", "cut", "502 after effect", "html after effect", "shapeless")
FAULTS = {
    "list": (*ANY_FAULT, "404 html", "409", "shapeless before effect", "cut", "lost answer", "shapeless"),
    "model": (*ANY_FAULT, "404 html", "404", "shapeless", "lost answer"),
    "inspect": (*ANY_FAULT, "404 html", "404", "409", "shapeless", "cut", "lost answer"),
    "DELETE": (*ANY_FAULT, *ANSWER_FAULTS, "404 html", "409", "400", "403 html", "shapeless before effect", "late"),
    "picture": ("not sent", "no answer", "404 html", "503", "cut", "lost answer", "html 200"),
    "POST": (
        *ANY_FAULT, *ANSWER_FAULTS, *ANSWER_FAULTS, "404 html", "409", "400", "413", "422", "403 html", "late", "late",
        "late", "doubled", "doubled and lost", "replayed", "shapeless before effect",
    ),
}  # fmt: skip
"""Which answers may be bent, and how; `401` and `403` come by their own event, for all requests alike."""

FILES = {
    "write": 6, "change": 4, "remove": 5, "rename": 3, "swap": 2, "copy": 2, "bad": 2, "lock": 1.5, "unlock": 1,
    "ignored": 1, "ignore": 0.5, "empty": 1, "drop folder": 1, "lock folder": 0.7,
}  # fmt: skip
ROOTS = {"unmount": 1, "vanish": 0.7, "mount": 2, "replace root": 1, "re-mark": 1, "unmark": 0.7, "move set": 0.7}
REMOTE = {"human upload": 2, "human removal": 2, "wipe": 1, "output": 0.5}
SERVER = {"backup": 1, "restore": 1.5}
MODELS = {"model away": 1, "model back": 1.5, "model deleted": 0.5}
LISTINGS = {"lag": 1, "holes": 1.5, "empty list": 1, "freeze": 1, "thaw": 2}
PICTURES = {"picture gone": 1, "pictures back": 0.7, "re-encode": 0.7}
CLOCK = {"pass time": 4, "jump": 1, "reboot": 1.5}
STATE = {
    "lose state": 1, "keep state": 1.5, "roll back": 1.5, "damage state": 0.7, "other database": 0.4, "disk full": 0.7,
}  # fmt: skip
PEOPLE = {"approve": 3, "forget": 1, "retry": 1}
KEYS = {"other key": 1, "own key": 1.5, "key rejected": 0.7, "key accepted": 1.5}
OTHERS = {"another process": 2, "stale lease": 1, "suspend": 1}
LIMITS = {"limit": 1}
OUTAGES = {"outage": 1, "outage over": 2}
GROUPS = (FILES, ROOTS, REMOTE, SERVER, MODELS, LISTINGS, PICTURES, CLOCK, STATE, PEOPLE, KEYS, OTHERS, LIMITS, OUTAGES)
ALWAYS_ON = (FILES, PEOPLE, CLOCK)

POINTS = (
    *(f"request {kind}" for kind in ("list", "model", "POST", "POST", "inspect", "DELETE", "DELETE", "picture")),
    *(f"answer {kind}" for kind in ("list", "POST", "POST", "inspect", "DELETE")),
    "commit", "commit begin", "commit tombstone", "commit apply", "commit finish", "commit gone", "after",
    "after begin", "after tombstone", "after apply", "after finish", "after cancel", "read", "read", "nap",
)  # fmt: skip
"""Moments inside a pass at which something else may happen."""
