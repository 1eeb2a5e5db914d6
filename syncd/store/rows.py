"""Values to rows and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncd.model.local import Likeness
from syncd.model.record import Content, Foreign, Record, RecordState
from syncd.model.remote import Picture
from syncd.model.sets import ImageType, SetKey
from syncd.model.time import Instant
from syncd.model.words import Reason
from syncd.store.sql import key_columns
from syncd.store.values import Hold

Row = Mapping[Any, Any]


def to_key(row: Row) -> SetKey:
    """Read which set a row belongs to."""
    return SetKey(row["model_id"], ImageType(row["image_type"]))


def moment(name: str, instant: Instant | None) -> dict[str, object]:
    """Write a moment into its three columns."""
    if instant is None:
        return {f"{name}_wall": None, f"{name}_boot": None, f"{name}_uptime": None}
    return {f"{name}_wall": instant.wall, f"{name}_boot": instant.boot, f"{name}_uptime": instant.uptime}


def to_moment(row: Row, name: str) -> Instant | None:
    """Read a moment from its three columns."""
    wall = row[f"{name}_wall"]
    return None if wall is None else Instant(wall, row[f"{name}_boot"], row[f"{name}_uptime"])


def likeness(value: Likeness | None) -> dict[str, object]:
    """Write a likeness into its four columns; all empty for none."""
    if value is None:
        return {"width": None, "height": None, "pixels": None, "thumb": None}
    return {"width": value.width, "height": value.height, "pixels": value.pixels, "thumb": value.thumb}


def to_likeness(row: Row) -> Likeness | None:
    """Read a likeness from its four columns."""
    return None if row["width"] is None else Likeness(row["width"], row["height"], row["pixels"], row["thumb"])


def to_hold(row: Row) -> Hold:
    """Read a hold."""
    name = (row["scope"], row["kind"], row["remote_id"])
    return Hold(*name, row["detail"], row["remedy"], row["since"], row["approved_at"], row["about"])


def content(value: Content) -> dict[str, object]:
    """Write a content."""
    digests = {"sha256": value.sha256, "sent_sha256": value.sent_sha256}
    return {**digests, "size": value.size, "format": value.format, **likeness(value.likeness)}


def record(value: Record) -> dict[str, object]:
    """Write a record, without its number."""
    return {
        **key_columns(value.key),
        "name": value.name,
        **content(value.content),
        "state": value.state.value,
        "remote_id": value.remote_id,
        **moment("begun", value.begun),
        **moment("since", value.since),
        **moment("missing", value.missing_since),
        "reason": value.reason.value if value.reason else None,
        "approved": value.approved,
    }


def to_record(row: Row) -> Record:
    """Read a record."""
    return Record(
        row=row["row_id"],
        key=to_key(row),
        name=bytes(row["name"]),
        content=Content(row["sha256"], row["sent_sha256"], row["size"], row["format"], to_likeness(row)),
        state=RecordState(row["state"]),
        remote_id=row["remote_id"],
        begun=to_moment(row, "begun"),
        since=Instant(row["since_wall"], row["since_boot"], row["since_uptime"]),
        missing_since=to_moment(row, "missing"),
        reason=to_reason(row),
        approved=bool(row["approved"]),
    )


def to_reason(row: Row) -> Reason | None:
    """Read a reason, if there is one."""
    return None if row["reason"] is None else Reason(row["reason"])


def foreign(key: SetKey, value: Foreign) -> dict[str, object]:
    """Write an image that is not ours."""
    picture = value.picture
    seen = {"sha256": picture.sha256, **likeness(picture.likeness), "problem": picture.problem}
    return {**key_columns(key), "remote_id": value.remote_id, **seen, "why": value.why}


def to_foreign(row: Row) -> Foreign:
    """Read an image that is not ours."""
    return Foreign(row["remote_id"], Picture(row["sha256"], to_likeness(row), row["problem"]), row["why"])
