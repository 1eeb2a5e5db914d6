import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable

from syncd.errors import StateError
from syncd.store import Lease, Store
from syncd.store.schema import metadata, records

from .world import KEY, T0, content


def ddl(dialect: object) -> str:
    made = [CreateTable(table) for table in metadata.sorted_tables]
    made += [CreateIndex(index) for table in metadata.sorted_tables for index in table.indexes]
    return "\n".join(str(one.compile(dialect=dialect)) for one in made)


def test_the_tables_are_told_to_postgresql_with_its_own_types() -> None:
    told = ddl(postgresql.dialect())
    assert "row_id BIGSERIAL NOT NULL" in told
    assert "name BYTEA NOT NULL" in told
    assert "mtime_ns BIGINT NOT NULL" in told
    assert "since_wall DOUBLE PRECISION NOT NULL" in told
    assert "(remote_id) WHERE remote_id IS NOT NULL" in told
    assert "(model_id, image_type, (CASE WHEN state IN ('begun', 'live') THEN sha256 END))" in told


def test_the_uniqueness_of_ids_is_partial_on_sqlite_too() -> None:
    assert "(remote_id) WHERE remote_id IS NOT NULL" in ddl(sqlite.dialect())


@pytest.mark.parametrize(
    "wrong",
    [{"state": "unheard-of"}, {"state": "live"}, {"remote_id": "id"}, {"begun_wall": None}],
    ids=["no such state", "live without an id", "begun with an id", "begun at no time"],
)
def test_a_record_that_cannot_be_is_not_stored(store: Store, lease: Lease, wrong: dict[str, object]) -> None:
    record = store.records.begin(lease, KEY, b"a", content("a"), T0)
    with pytest.raises(StateError, match="contradicts") as told, store._database.write() as connection:
        connection.execute(records.update().values(wrong))
    assert isinstance(told.value.__cause__, IntegrityError)
    assert store.records.load(KEY).records == (record,)


def test_thumbnails_and_digests_take_no_more_than_their_bytes_and_an_earlier_ones_text_is_read(
    store: Store, lease: Lease
) -> None:
    record = store.records.begin(lease, KEY, b"a", content("a"), T0)
    with store._database.write() as connection:
        stored = connection.exec_driver_sql("SELECT thumb, pixels, sent_sha256 FROM records").one()
        assert stored == (b"\x7b\x0c", b"\xb1" * 32, b"\xa0" * 32)
        connection.exec_driver_sql("UPDATE records SET thumb = '7b0c', sent_sha256 = lower(hex(sent_sha256))")
    assert store.records.load(KEY).records == (record,)
