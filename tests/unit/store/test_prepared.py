from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, bindparam, delete, insert, select, union_all, update

from syncd.store.prepared import Prepared
from syncd.store.schema import holds, leases, metadata, records, roots, sets
from syncd.store.sql import key_columns, of_set, set_values
from syncd.store.sqlite import memory
from tests.unit.store.world import KEY, OTHER

ROW = {
    **key_columns(KEY),
    "name": b"a.jpg",
    "sha256": "ab" * 32,
    "sent_sha256": "cd" * 32,
    "size": 1 << 40,
    "format": "jpeg",
    "width": None,
    "state": "begun",
    "begun_wall": 1.5,
    "since_wall": 1.5,
    "since_boot": "b",
    "since_uptime": 2.5,
    "approved": True,
}


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = memory()
    with engine.begin() as begun:
        metadata.create_all(begun)
        yield begun
    engine.dispose()


def test_what_is_written_is_what_sqlalchemy_writes_and_the_number_is_told(connection) -> None:
    other = connection.execute(insert(records), ROW | {"sha256": "other"}).inserted_primary_key[0]
    number = Prepared(insert(records)).insert(connection, ROW)
    assert number == other + 1
    raw = connection.exec_driver_sql("SELECT * FROM records ORDER BY row_id").mappings().all()
    assert dict(raw[1]) == dict(raw[0]) | {"row_id": number, "sha256": ROW["sha256"]}
    read = connection.execute(select(records).where(records.c.row_id == number)).mappings().one()
    assert {name: read[name] for name in ROW} == ROW


def test_a_change_counts_rows_whichever_columns_it_has(connection) -> None:
    connection.execute(insert(records), [ROW, ROW | {"sha256": "second"}])
    change = Prepared(update(records).where(records.c.sha256 == bindparam("which"), records.c.state == "begun"))
    assert change.change(connection, {"which": "second", "size": 5}) == 1
    assert change.change(connection, {"which": "second", "size": 6, "format": "png", "approved": False}) == 1
    assert change.change(connection, {"which": "third", "size": 7}) == 0
    found = connection.execute(select(records.c.size, records.c.format, records.c.approved)).all()
    assert found == [(1 << 40, "jpeg", True), (6, "png", False)]


def test_the_values_of_a_statement_itself_count(connection) -> None:
    held = {**key_columns(KEY), "boot": "", "pid": 1, "started": 1, "renewed": 0.0}
    free = Prepared(delete(leases).where(of_set(leases), leases.c.host != ""))
    connection.execute(insert(leases), held | {"host": "", "fence": 1})
    assert free.change(connection, set_values(KEY)) == 0
    connection.execute(update(leases).values(host="here"))
    assert free.change(connection, set_values(KEY)) == 1


def test_rows_are_read_as_sqlalchemy_reads_them_and_in_their_order(connection) -> None:
    connection.execute(insert(records), [ROW, ROW | {"sha256": "second", "approved": False}])
    wanted = select(records).where(records.c.format == bindparam("which")).order_by(records.c.row_id.desc())
    read, given = Prepared(wanted), {"which": "jpeg"}
    found = connection.execute(wanted, given).mappings().all()
    assert read.rows(connection, given) == [dict(row) for row in found]
    assert read.first(connection, given) == dict(found[0])
    assert read.value(connection, given) == found[0]["row_id"]
    assert read.rows(connection, {"which": "png"}) == []
    assert read.first(connection, {"which": "png"}) is read.value(connection, {"which": "png"}) is None


def test_all_of_a_union_comes_back(connection) -> None:
    connection.execute(insert(records), [ROW, ROW | {"sha256": "second"}])
    either = [select(records.c.sent_sha256).where(records.c.sha256 == bindparam(name)) for name in ("one", "other")]
    both = Prepared(union_all(*either)).rows(connection, {"one": ROW["sha256"], "other": "second"})
    assert both == [{"sent_sha256": ROW["sent_sha256"]}] * 2


def test_many_rows_are_written_at_once_and_what_they_do_not_say_is_as_the_table_has_it(connection) -> None:
    many = Prepared(insert(sets))
    many.change_each(connection, [{**key_columns(key), "remote": 7} for key in (KEY, OTHER)])
    many.change_each(connection, [])
    found = connection.execute(select(sets.c.image_type, sets.c.remote, sets.c.folder, sets.c.counts)).all()
    assert found == [(key.image_type.value, 7, b"", "{}") for key in (KEY, OTHER)]


def test_text_from_elsewhere_is_written_out(connection) -> None:
    row = {"scope": "s", "kind": "k", "remote_id": "", "detail": "a\udc80\0", "remedy": "", "since": 0.0, "about": ""}
    Prepared(insert(holds)).insert(connection, row)
    assert connection.execute(select(holds.c.detail)).scalar() == "a\\udc80\\x00"


def test_a_value_that_is_missing_is_not_made_up(connection) -> None:
    with pytest.raises(KeyError, match="which"):
        Prepared(select(records).where(records.c.format == bindparam("which"))).rows(connection, {})
    with pytest.raises(KeyError, match="uuid"):
        Prepared(insert(roots)).change_each(connection, [{"path": b"a", "uuid": "u"}, {"path": b"b"}])
