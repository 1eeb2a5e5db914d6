"""The tables. Nothing in here is SQLite's alone: names are bytes, sizes and ns 64 bits wide, moments doubles."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler


class Words(TypeDecorator[str]):
    """Text from elsewhere: what no database takes (half of a surrogate pair, NUL) is written out."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write out what cannot be stored."""
        return None if value is None else value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


class Hex(TypeDecorator[str]):
    """Hexadecimal in the program, its bytes in the state, where thumbnails and digests are most of a record."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Write the bytes."""
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Read them; an earlier version wrote the text."""
        return value.hex() if isinstance(value, bytes) else value


metadata = MetaData()

# Only an INTEGER key counts up by itself on SQLite, where integers are 64 bits wide in any case.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _set_columns() -> tuple[Column[str], Column[str]]:
    return Column("model_id", Text, nullable=False), Column("image_type", Text, nullable=False)


def _moment(name: str, *, nullable: bool = False) -> tuple[Column[float], Column[str], Column[float]]:
    return (
        Column(f"{name}_wall", Double, nullable=nullable),
        Column(f"{name}_boot", Text, nullable=nullable),
        Column(f"{name}_uptime", Double, nullable=nullable),
    )


def _likeness() -> tuple[Column[int], Column[int], Column[str], Column[str]]:
    return Column("width", Integer), Column("height", Integer), Column("pixels", Hex), Column("thumb", Hex)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, default=False)


meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

roots = Table(
    "roots",
    metadata,
    Column("path", LargeBinary, primary_key=True),
    Column("uuid", Text),
    Column("seen", Double, nullable=False),
)

sets = Table(
    "sets",
    metadata,
    *_set_columns(),
    Column("folder", LargeBinary, nullable=False, default=b""),
    Column("root_uuid", Text),
    Column("model_name", Words, nullable=False, default=""),
    Column("whole", Boolean),
    Column("slots", Integer, nullable=False, default=0),
    Column("remote", Integer, nullable=False, default=0),
    Column("counts", Text, nullable=False, default="{}"),
    Column("halt", Text),
    Column("halt_detail", Words),
    Column("halt_remedy", Words),
    Column("last_success", Double),
    Column("last_pass", Double),
    PrimaryKeyConstraint("model_id", "image_type"),
)

files = Table(
    "files",
    metadata,
    *_set_columns(),
    Column("name", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("ctime_ns", BigInteger, nullable=False),
    Column("inode", Text, nullable=False),  # unsigned 64 bits: more than a BIGINT holds
    Column("sha256", Text),
    Column("hashed_wall", Double, nullable=False),
    PrimaryKeyConstraint("model_id", "image_type", "name"),
)

operations = Table(
    "operations",
    metadata,
    *_set_columns(),
    Column("place", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("name", LargeBinary),
    Column("reason", Text),
    Column("detail", Words, nullable=False),
    Column("size", BigInteger),
    Column("sha256", Text),
    Column("remote_id", Text),
    Column("body", BigInteger, nullable=False),
    Column("rank", Integer),
    Column("origin", LargeBinary),
    Column("same_as", LargeBinary),
    Column("outcome", Text),
    PrimaryKeyConstraint("model_id", "image_type", "place"),
    Index("operations_by_name", "model_id", "image_type", "name"),
)

judgements = Table(
    "judgements",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("depth", Text, nullable=False),
    Column("format", Text),
    Column("reason", Text),
    Column("detail", Words, nullable=False),
    *_likeness(),
    Column("warnings", Text, nullable=False),
)

copies = Table(
    "copies",
    metadata,
    Column("sha256", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("sent_sha256", Hex),
    Column("size", BigInteger),
    Column("format", Text),
    Column("reason", Text),
    Column("detail", Words, nullable=False),
    *_likeness(),
    PrimaryKeyConstraint("sha256", "recipe"),
)

records = Table(
    "records",
    metadata,
    Column("row_id", _NUMBER, primary_key=True, autoincrement=True),
    *_set_columns(),
    Column("name", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("sent_sha256", Hex, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("format", Text, nullable=False),
    *_likeness(),
    Column("state", Text, nullable=False),
    Column("remote_id", Text),
    *_moment("begun", nullable=True),
    *_moment("since"),
    *_moment("missing", nullable=True),
    Column("reason", Text),
    _flag("approved"),
    CheckConstraint("state IN ('begun', 'live', 'surplus', 'deleting', 'gone', 'lapsed')", name="records_state"),
    CheckConstraint("(state IN ('begun', 'lapsed')) = (remote_id IS NULL)", name="records_remote_id"),
    CheckConstraint("state <> 'begun' OR begun_wall IS NOT NULL", name="records_begun"),
    sqlite_autoincrement=True,  # a number that was dropped must not come to name another record
)


_WITH_IMAGE = text("remote_id IS NOT NULL")
# Without the many that have none: each entry is a page more to write, and written twice.
remote_id_once = Index(
    "records_remote_id_once",
    records.c.remote_id,
    unique=True,
    sqlite_where=_WITH_IMAGE,
    info={"where": _WITH_IMAGE},
)
_UP_ONCE = text("(CASE WHEN state IN ('begun', 'live') THEN sha256 END)")
# What keeps a content from being begun or live twice in a set (nothing equals nothing), and the way to a set's records:
# two indexes would be a page more to write for each upload.
content_once = Index("records_content_once", records.c.model_id, records.c.image_type, _UP_ONCE, unique=True)


@compiles(CreateIndex, "postgresql")
def _create_partial_index(create: CreateIndex, compiler: DDLCompiler, **how: object) -> str:
    # An index with a `postgresql_where` loads that whole dialect, two megabytes, wherever the state lies.
    made: str = compiler.visit_create_index(create, **how)  # type: ignore[no-untyped-call]
    where = create.element.info.get("where")
    return made if where is None else f"{made} WHERE {where}"


foreign_images = Table(
    "foreign_images",
    metadata,
    *_set_columns(),
    Column("remote_id", Text, nullable=False),
    Column("sha256", Text),
    *_likeness(),
    Column("problem", Words, nullable=False),
    Column("why", Text, nullable=False),
    PrimaryKeyConstraint("model_id", "image_type", "remote_id"),
)

refusals = Table(
    "refusals",
    metadata,
    *_set_columns(),
    Column("sha256", Text, nullable=False),
    Column("detail", Words, nullable=False),
    Column("wall", Double, nullable=False),
    PrimaryKeyConstraint("model_id", "image_type", "sha256"),
)

unknown_answers = Table(
    "unknown_answers",
    metadata,
    *_set_columns(),
    Column("sha256", Text, nullable=False),
    Column("times", Integer, nullable=False),
    PrimaryKeyConstraint("model_id", "image_type", "sha256"),
)

holds = Table(
    "holds",
    metadata,
    Column("scope", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("remote_id", Text, nullable=False, default=""),
    Column("detail", Words, nullable=False),
    Column("remedy", Words, nullable=False),
    Column("since", Double, nullable=False),
    Column("approved_at", Double),
    Column("about", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("scope", "kind", "remote_id"),
)

leases = Table(
    "leases",
    metadata,
    *_set_columns(),
    Column("host", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("renewed", Double, nullable=False),
    PrimaryKeyConstraint("model_id", "image_type"),
)

events = Table(
    "events",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("wall", Double, nullable=False),
    Column("model_id", Text),
    Column("image_type", Text),
    Column("action", Text, nullable=False),
    Column("path", LargeBinary, nullable=False),
    Column("reason", Text),
    Column("remote_id", Text),
    Column("detail", Words, nullable=False),
    Index("events_by_wall", "wall"),
)
