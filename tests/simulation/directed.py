"""Short histories for what chance seldom brings together: each shows one guard at work, and breaks without it."""

from __future__ import annotations

from tests.simulation.events import Event, History, Setting

KEY = "m1/modelInput"
GO: Event = ("pass", "")
ONE: Event = ("pass", "one")
UP = ("a1.jpg", "a2.jpg")
ROOMY = Setting(limit=5, brake="100%")
TIGHT = Setting(limit=1, hard=1, brake="100%")
IMPATIENT = Setting(limit=5, brake="100%", wait=0)


def write(name: str, what: str) -> Event:
    return ("write", KEY, name, name, what)


def remove(name: str) -> Event:
    return ("remove", KEY, name)


def inside(point: str, *event: object, number: int = 1) -> Event:
    return ("inside", point, number, event)


def fault(kind: str, how: str, times: int = 1, delay: int = 30) -> Event:
    return ("fault", kind, how, times, delay)


A, B, C = write("a1.jpg", "A"), write("a2.jpg", "B"), write("b.jpg", "C")
TWO_UP = (A, B, GO)
THREE_UP = (A, B, C, GO)
TAKEN_OVER = ("another process", "elsewhere", 31)
ALL = (write("a1.jpg", "A"), write("a2.jpg", "B"), write("a10.jpg", "C"), write("b.jpg", "D"), write("C.JPG", "E"),
       write("d.png", "F"))  # fmt: skip

SCRIPTS: dict[str, tuple[Setting, tuple[Event, ...]]] = {
    "stopped for long before it uploads": (ROOMY, (A, inside("after begin", *TAKEN_OVER), GO)),
    "stopped for long before it deletes": (
        ROOMY, (*TWO_UP, remove("a1.jpg"), inside("answer inspect", *TAKEN_OVER), GO)),
    "stopped for long before it remembers": (
        ROOMY,
        (*TWO_UP, ("rename", KEY, "a1.jpg", "d.png", "A"), inside("answer list", *TAKEN_OVER), GO),
    ),
    "two at once": (ROOMY, (A, inside("request list", "another process", "nas", 0), GO)),
    "an effect comes late": (ROOMY, (B, GO, A, fault("POST", "late", delay=59), GO, GO)),
    "an effect comes late, and the request took long": (
        ROOMY, (A, inside("request POST", "pass time", 59), fault("POST", "late", delay=55), GO)),
    "an effect comes late, and the file is gone": (
        IMPATIENT, (A, B, GO, C, fault("POST", "late", delay=90), GO, remove("b.jpg"), ("pass time", 61), GO,
                    ("pass time", 31), GO)),
    "the answer is lost": (ROOMY, (A, fault("POST", "lost answer"), GO)),
    "one is on its way to the last slot": (
        Setting(limit=1, wait=0), (A, fault("POST", "no answer"), GO, B, write("a1.jpg", "A"), GO)),
    "more photos than slots": (Setting(limit=2), (A, B, C, GO)),
    "sent twice": (ROOMY, (A, B, fault("POST", "doubled"), GO)),
    "sent twice, and the first one goes": (
        ROOMY, (A, B, fault("POST", "doubled", 2), ("pass", "no-delete"), ("pass", "no-delete"), ("pass time", 400),
                ("human removal", KEY, 0), ("pass", "no-delete"), GO)),
    "sent twice, and the keeper goes at the last moment": (
        ROOMY, (A, B, fault("POST", "doubled", 2), ("pass", "no-delete"),
                inside("answer inspect", "human removal", KEY, 0), GO)),
    "sent twice, and a file cannot be read": (
        ROOMY, (A, B, fault("POST", "doubled", 2), ("pass", "no-delete"), ("lock", KEY, "a2.jpg"), GO)),
    "the successor goes at the last moment": (
        ROOMY, (A, GO, write("a1.jpg", "B"), inside("answer inspect", "human removal", KEY, -1), GO)),
    "a photo comes back at the last moment": (ROOMY, (*TWO_UP, remove("a1.jpg"), inside("after tombstone", *A), GO)),
    "a photo comes back, and the folder was empty": (
        ROOMY, (*TWO_UP, ("empty", KEY), GO, ("approve", ""), inside("after tombstone", *A), GO)),
    "a file turns bad": (ROOMY, (*TWO_UP, ("bad", KEY, "a1.jpg", "a1.jpg", "C"), GO)),
    "a file turns bad at the last moment": (
        ROOMY, (*THREE_UP, remove("a1.jpg"), inside("after tombstone", "bad", KEY, "a1.jpg", "a1.jpg", "C"), GO)),
    "another disk at the last moment": (
        ROOMY, (*TWO_UP, remove("a1.jpg"), inside("after tombstone", "re-mark", KEY), GO)),
    "another disk": (ROOMY, (*TWO_UP, remove("a1.jpg"), ("re-mark", KEY), GO, GO)),
    "another disk than the one that was approved": (
        ROOMY, (*TWO_UP, ("re-mark", KEY), GO, ("approve", ""), ("re-mark", KEY), remove("a1.jpg"), GO)),
    "another disk, and most images gone": (
        ROOMY, (*THREE_UP, ("re-mark", KEY), ("wipe", KEY, 8), ("pass time", 61), GO)),
    "a root without a marker, and another one in its place": (
        Setting(limit=5, brake="100%", unmarkable=True, wait=0),
        (write("a1.jpg", "D"), write("a2.jpg", "C"), GO, remove("a1.jpg"),
         inside("request inspect", "replace root", KEY), GO),
    ),
    "let go of in the midst of its delete": (
        ROOMY, (*TWO_UP, write("a1.jpg", "E"), inside("answer inspect", "forget", KEY, 3, number=2), GO)),
    "a root without a marker, told and done": (
        Setting(limit=5, unmarkable=True), (A, GO, ("empty", KEY), ("pass", "twice"))),
    "a set that another root owns": (ROOMY, (*TWO_UP, ("move set", KEY), C, remove("a1.jpg"), GO, GO)),
    "the set is emptied": (ROOMY, (*TWO_UP, ("empty", KEY), GO)),
    "the folder is gone": (ROOMY, (*TWO_UP, ("drop folder", KEY), GO)),
    "the set is emptied at the last moment": (
        ROOMY, (*TWO_UP, remove("a1.jpg"), inside("after tombstone", "empty", KEY), GO)),
    "many are removed": (
        Setting(limit=8, brake="50%"), (*ALL, GO, *map(remove, ("a1.jpg", "a2.jpg", "a10.jpg", "b.jpg")), GO)),
    "a file cannot be read": (ROOMY, (*THREE_UP, ("lock", KEY, "a1.jpg"), remove("a2.jpg"), GO)),
    "a file cannot be read at the last moment": (
        ROOMY, (*THREE_UP, remove("a1.jpg"), inside("after tombstone", "lock", KEY, "a2.jpg"), GO)),
    "the folder cannot be read": (ROOMY, (*THREE_UP, ("lock folder", KEY), GO)),
    "a file changes before it is sent": (ROOMY, (A, inside("read", *write("a1.jpg", "B"), number=2), GO)),
    "the key of another account": (ROOMY, (*TWO_UP, C, ("other key", KEY), GO, ("own key", KEY))),
    "a listing hides one": (ROOMY, (*TWO_UP, ("pass time", 400), ("holes", KEY, 0), GO, GO)),
    "a listing hides all, and so do the images": (
        IMPATIENT, (A, GO, ("pass time", 400), ("empty list", KEY), fault("inspect", "404", 6), GO)),
    "the only image is lost": (ROOMY, (A, GO, ("pass time", 400), ("wipe", KEY, 1), GO)),
    "the service is restored": (ROOMY, (*TWO_UP, ("backup", KEY), remove("a1.jpg"), GO, ("pass time", 400),
                                        ("restore", KEY), GO)),
    "the service is restored, and a photo comes back that cannot be asked for": (
        IMPATIENT, (*TWO_UP, ("backup", KEY), remove("a1.jpg"), GO, ("restore", KEY), A,
                    fault("inspect", "429 with Retry-After", 2), GO)),
    "someone else uploads while it plans": (
        # After a minute, so that it asks for the model between its look and its upload.
        Setting(limit=5, page=1), (*TWO_UP, C, ("pass time", 61), inside("answer model", "human upload", KEY, "C"),
                                   GO)),
    "the clock is set back over a reboot": (
        IMPATIENT, (*TWO_UP, C, fault("POST", "no answer"), GO, ("reboot", KEY), ("jump", -86400))),
    "a picture cannot be seen": (
        ROOMY, (A, GO, ("lose state", KEY), fault("picture", "html 200", 6), GO)),
    "an answer is that of the upload before": (ROOMY, (A, GO, B, fault("POST", "replayed"), GO)),
    "an answer is that of a lost upload": (
        ROOMY, (A, B, fault("POST", "lost answer"), fault("POST", "replayed"), GO)),
    "each answer is that of the upload before": (
        ROOMY, (A, B, C, fault("POST", "lost answer"), fault("POST", "displaced", 5), GO)),
    "each answer is that of the upload before, and a photo is removed": (
        ROOMY, (A, B, C, fault("POST", "lost answer"), fault("POST", "displaced", 5), ("pass", "one"), remove("a2.jpg"),
                ("pass", "one"))),
    "an ignored photo is there under another name, and a listing lags": (
        ROOMY, (A, GO, ("ignore", KEY, "a1.jpg"), ("lag", 300), ONE, write("a2.jpg", "A"), GO)),
    "the folder of an only image is gone": (ROOMY, (A, GO, ("drop folder", KEY), GO)),
    "the folder of an only image cannot be read": (ROOMY, (A, GO, ("lock folder", KEY), GO)),
    "two at once, and both remember": (
        ROOMY,
        (*TWO_UP, ("rename", KEY, "a1.jpg", "d.png", "A"), inside("answer list", "another process", "nas", 0), GO),
    ),
    "more photos than slots, and several pages": (Setting(limit=2, page=1), (*TWO_UP, C, GO)),
    "a file cannot be read, and another one changed": (
        ROOMY,
        (*THREE_UP, ("lock", KEY, "a1.jpg"), write("a2.jpg", "D"), GO),
    ),
    "sent twice, and nobody tells that the keeper is gone": (
        IMPATIENT,
        (A, B, fault("POST", "doubled", 2), ("pass", "no-delete"), ("pass", "no-delete"), ("pass time", 400),
         ("human removal", KEY, 0), fault("inspect", "503"), GO),
    ),
    "more are removed than the number allows": (
        Setting(limit=5, brake="1"),
        (*THREE_UP, remove("a1.jpg"), remove("a2.jpg"), GO),
    ),
    "sent, and nothing else was ever up": (ROOMY, (A, fault("POST", "no answer"), GO, ("pass time", 61), GO)),
    "rotation": (Setting(limit=2, rotate=True), (*TWO_UP, C, GO)),
    "rotation above the limit": (
        Setting(limit=3, rotate=True), (*THREE_UP, ("limit", 1), write("d.png", "D"), GO)),
    "an outage": (Setting(keys=(KEY, "m2/modelInput"), limit=5), (A, ("outage", "503"), GO, GO)),
}  # fmt: skip


def histories() -> dict[str, History]:
    """Return all by name."""
    return {name: History(0, setting, events) for name, (setting, events) in SCRIPTS.items()}
