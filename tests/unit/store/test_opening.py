import os
import pwd
import sqlite3
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Connection, text

from syncd.errors import ExitCode, StateError, StateUnwritable
from syncd.model.local import Copy
from syncd.model.record import Memory
from syncd.store import Hold, open_copy, open_state
from syncd.store.migrations import STEPS, newest
from tests.campaigns import seams

from .world import KEY, T0, HandClock, everything, heard, process, run, state, up, url_of

STRANGER = 4_000_123


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def filled(path: Path) -> None:
    with state(path) as store:
        up(store, store.leases.acquire(KEY, T0), "a")


def make_older(path: Path, version: int, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("; ".join([*statements, f"UPDATE meta SET value = '{version}' WHERE key = 'version'"]))


def with_wrong_index(path: Path, name: str) -> bytes:
    """Return the file with an entry in an index that none in its table has: each page is sound."""
    with closing(sqlite3.connect(path)) as read:
        (root,) = read.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        (size,) = read.execute("PRAGMA page_size").fetchone()
        assert read.execute("PRAGMA quick_check").fetchone() == ("ok",)
    data = bytearray(path.read_bytes())
    page = slice((root - 1) * size, root * size)
    data[page] = data[page].replace(KEY.model_id.encode(), KEY.model_id.encode().swapcase(), 1)
    return bytes(data)


def live_ids(path: Path) -> tuple[str, ...]:
    with state(path) as store:
        return store.census.known_ids(9)


def test_a_new_state_says_so_and_is_its_users_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        with state(path) as store:
            assert store.meta.get("origin") == "new"
            assert store.meta.get("made_anew") is None
            assert store.notices == ()
            assert {each.name: mode(each) for each in path.parent.iterdir()} == dict.fromkeys(
                ("state.db", "state.db-wal", "state.db-shm"), 0o600
            )
            assert mode(path.parent) == 0o700
    finally:
        os.umask(before)
    assert os.listdir(path.parent) == ["state.db"]


def test_a_state_that_others_could_read_is_closed_to_them(path: Path) -> None:
    filled(path)
    path.chmod(0o644)
    state(path).close()
    assert mode(path) == 0o600


def test_without_leave_no_state_is_made(path: Path) -> None:
    with pytest.raises(StateError, match="no state"):
        open_state(url_of(path), create=False, clock=HandClock())
    assert not path.parent.exists()
    filled(path)
    open_state(url_of(path), create=False, clock=HandClock()).close()


def test_another_users_state_is_refused_and_left_as_it_is(path: Path) -> None:
    filled(path)
    before = everything(path.parent)
    owner = pwd.getpwuid(os.getuid()).pw_name
    for opening in (
        lambda: open_state(url_of(path), create=True, clock=HandClock(), euid=lambda: STRANGER),
        lambda: open_copy(url_of(path), clock=HandClock(), euid=lambda: STRANGER),
    ):
        with pytest.raises(StateError, match=f"belongs to the user {owner}") as told:
            opening()
        assert f"sudo -u {owner} syncd" in told.value.remedy
        assert told.value.exit_code is ExitCode.NEEDS_A_PERSON
    assert everything(path.parent) == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_in_another_users_folder_no_state_is_made(path: Path) -> None:
    path.parent.mkdir()
    os.chown(path.parent, STRANGER, -1)
    for opening in (
        lambda: open_state(url_of(path), create=True, clock=HandClock(), euid=lambda: STRANGER + 1),
        lambda: open_copy(url_of(path), clock=HandClock(), euid=lambda: STRANGER + 1),
    ):
        with pytest.raises(StateError, match=f"belongs to the user #{STRANGER}"):
            opening()
    assert os.listdir(path.parent) == []


@pytest.mark.parametrize("what", ["folder", "fifo"])
def test_what_is_no_file_is_refused(path: Path, what: str) -> None:
    path.parent.mkdir()
    os.mkdir(path) if what == "folder" else os.mkfifo(path)
    with pytest.raises(StateError, match="cannot be used: it is"):
        state(path)


def test_a_folder_that_cannot_be_made_is_unwritable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="Not a directory"):
        state(tmp_path / "file" / "below" / "state.db")
    with pytest.raises(StateUnwritable, match="cannot be made"):
        state(Path("/proc/nowhere/state.db"))


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes someone else")
def test_without_the_right_to_write_a_state_is_unwritable_and_can_still_be_read() -> None:
    program = f"""
from syncd.errors import StateError
open_state(url_of(path.with_name('first')), create=True, clock=MachineClock()).close()  # all that loads late
open_copy(url_of(path.with_name('first')), clock=MachineClock()).close()
os.chown(path.parent, {STRANGER}, -1); os.setuid({STRANGER})
def attempt(file):
    try: open_state(url_of(file), create=True, clock=MachineClock()).close()
    except StateError as error: say(type(error).__name__ + ' ' + error.message.rpartition(': ')[2])
    else: say('opened')
attempt(path)
os.chmod(path.parent, 0o500)
attempt(path)
attempt(path.with_name('other.db'))
say(open_copy(url_of(path), clock=MachineClock()).meta.get('origin'))
"""
    with TemporaryDirectory() as folder, process(Path(folder, "state.db"), program) as stranger:
        assert [heard(stranger) for _ in range(4)] == [
            "opened",
            "StateUnwritable it is read-only.",
            "StateUnwritable Permission denied.",
            "new",
        ]


def test_only_sqlite_is_taken(tmp_path: Path) -> None:
    for url, words in (("postgresql://host/db", "names postgresql"), ("state.db", "not a database URL")):
        with pytest.raises(StateError, match=words):
            open_state(url, create=True, clock=HandClock())


DAMAGE = (
    "nonsense",
    "zeroed head",
    "impossible head",
    "torn page",
    "torn index",
    "wrong index",
    "flipped letter",
    "empty",
)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_state_is_set_aside_and_begun_anew(path: Path, damage: str) -> None:
    filled(path)
    whole = path.read_bytes()
    broken = {
        "nonsense": b"hello" * 3000,
        "zeroed head": bytes(100) + whole[100:],
        "impossible head": whole[:44] + b"\xff" * 4 + whole[48:],
        "torn page": whole[:4096] + b"\xff" * 4096 + whole[8192:],
        "torn index": whole[:-4096] + b"\xff" * 4096,
        "wrong index": with_wrong_index(path, "records_content_once"),
        "flipped letter": whole.replace(b"sent_sha256", b"sent_sha257"),
        "empty": b"",
    }[damage]
    path.write_bytes(broken)
    (path.parent / "state.db-wal").write_bytes(b"left over")
    with state(path) as store:
        assert store.records.load(KEY) == Memory(whole=False)
        assert store.meta.get("made_anew") == ("it was empty" if damage == "empty" else "it was damaged")
        (notice,) = store.notices
        aside = path.parent / "state.db.damaged-20270115T080000Z"
        assert str(aside) in notice
    assert aside.read_bytes() == broken
    if damage == "empty":  # SQLite, which tidies up, was not even asked
        assert aside.with_name(aside.name + "-wal").read_bytes() == b"left over"
    with state(path) as again:
        assert again.notices == ()
        assert again.meta.get("made_anew") is not None


def test_a_second_damage_within_a_second_takes_nothing_away(path: Path) -> None:
    path.parent.mkdir()
    for number in range(3):
        path.write_bytes(b"damaged %d" % number * 999)
        state(path).close()
    kept = [each.read_bytes()[:9] for each in sorted(path.parent.glob("*.damaged-*"))]
    assert kept == [b"damaged 0", b"damaged 1", b"damaged 2"]


def test_damage_that_one_look_alone_saw_sets_nothing_aside(path: Path) -> None:
    filled(path)
    for look in count(1):
        seam = seams.Seam(look)
        with seams.database(seam, "malformed"), suppress(StateError):
            state(path).close()
        assert not list(path.parent.glob("*.damaged-*")), seam.hit
        if not seam.hit:
            break
    assert look > 9
    assert live_ids(path) == ("id-a",)


def test_what_lies_in_the_wal_of_a_killed_process_is_no_damage(path: Path) -> None:
    program = "store = opened(); up(store, store.leases.acquire(KEY, T0), 'a'); os.kill(os.getpid(), 9)"
    run(path, program)
    assert path.with_name("state.db-wal").stat().st_size > 0
    assert live_ids(path) == ("id-a",)


def test_another_programs_database_is_not_touched(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (x)")
    other.close()
    before = everything(path.parent)
    for opening in (lambda: state(path), lambda: open_copy(url_of(path), clock=HandClock())):
        with pytest.raises(StateError, match="not a state of syncd"):
            opening()
    assert everything(path.parent) == before


def test_a_database_without_a_table_becomes_a_state(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 3")
    other.close()
    with state(path) as store:
        assert store.meta.get("origin") == "new"


NEWEST = newest(STEPS)


def add_note(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE records ADD COLUMN note TEXT"))
    connection.execute(text("UPDATE records SET note = 'kept: ' || remote_id"))


def rename_model(connection: Connection) -> None:
    connection.execute(text("UPDATE records SET model_id = 'renamed'"))


def fail(connection: Connection) -> None:
    rename_model(connection)
    connection.execute(text("CREATE TABLE half (x INTEGER)"))
    connection.execute(text("SELECT no_such_thing"))


def column(path: Path, query: str) -> list[object]:
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute(query)]
    finally:
        connection.close()


def test_an_older_state_is_brought_up_to_date_with_all_that_was_in_it(path: Path) -> None:
    filled(path)
    with state(path, steps=[*STEPS, add_note, rename_model]) as store:
        assert store.meta.get("version") == str(NEWEST + 2)
        assert store.census.known_ids(9) == ("id-a",)
    assert column(path, "SELECT note FROM records WHERE model_id = 'renamed'") == ["kept: id-a"]
    kept = path.with_name(f"state.db.v{NEWEST}.bak")
    assert mode(kept) == 0o600
    assert sorted(os.listdir(path.parent)) == ["state.db", f"state.db.v{NEWEST}.bak"]
    assert column(kept, "SELECT model_id FROM records") == ["m42"]
    assert column(kept, "SELECT value FROM meta WHERE key = 'version'") == [str(NEWEST)]


def test_the_first_version_learns_of_copies(path: Path) -> None:
    filled(path)
    make_older(path, 1, "DROP TABLE copies", "ALTER TABLE holds DROP COLUMN about")
    with state(path) as store:
        store.copies.remember({("a" * 64, "strip"): Copy("b" * 64, 3, "jpeg")})
        assert store.copies.of(["a" * 64]) == {("a" * 64, "strip"): Copy("b" * 64, 3, "jpeg")}
        assert store.census.known_ids(9) == ("id-a",)


def test_a_state_of_before_has_the_indexes_of_a_new_one(path: Path, tmp_path: Path) -> None:
    filled(path)
    dropped = ["DROP INDEX records_remote_id_once", "DROP INDEX records_content_once"]
    older = [
        "UNIQUE INDEX records_remote_id_once ON records (remote_id)",
        "UNIQUE INDEX records_content_once ON records (model_id, image_type, sha256) WHERE state IN ('begun', 'live')",
        "INDEX records_by_set ON records (model_id, image_type)",
        "INDEX files_by_content ON files (sha256)",
    ]
    make_older(path, 4, *dropped, *(f"CREATE {index}" for index in older))
    state(path).close()
    state(tmp_path / "new.db").close()
    indexes = "SELECT sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
    assert column(path, indexes) == column(tmp_path / "new.db", indexes)


def test_an_image_is_found_by_its_id_without_reading_all(path: Path) -> None:
    filled(path)
    for how in ("SELECT * FROM records WHERE remote_id = ?", "UPDATE records SET name = x'00' WHERE remote_id = ?"):
        with sqlite3.connect(path) as connection:
            [plan] = connection.execute(f"EXPLAIN QUERY PLAN {how}", ("id-a",)).fetchall()
        assert "USING INDEX records_remote_id_once (remote_id=?)" in plan[-1]


def test_the_records_of_a_set_are_found_without_reading_all(path: Path) -> None:
    filled(path)
    how = "SELECT * FROM records WHERE model_id = ? AND image_type = ? ORDER BY row_id"
    with sqlite3.connect(path) as connection:
        [plan, *_] = connection.execute(f"EXPLAIN QUERY PLAN {how}", (KEY.model_id, "modelInput")).fetchall()
    assert "USING INDEX records_content_once (model_id=? AND image_type=?)" in plan[-1]


def test_what_was_released_before_a_release_was_for_one_thing_is_asked_for_again(path: Path) -> None:
    with state(path) as store:
        store.holds.replace(str(KEY), [Hold(str(KEY), "root-changed", about="a disk")], T0)
        store.holds.approve(None, T0)
    make_older(path, 3, "ALTER TABLE holds DROP COLUMN about")
    with state(path) as store:
        assert store.holds.approved(str(KEY)) == {"root-changed"}
        store.holds.replace(str(KEY), [Hold(str(KEY), "root-changed", about="a disk")], T0)
        assert store.holds.approved(str(KEY)) == frozenset()


def test_a_step_is_gone_once_only(path: Path) -> None:
    filled(path)
    state(path, steps=[*STEPS, add_note]).close()
    with state(path, steps=[*STEPS, add_note, rename_model]) as store:
        assert store.meta.get("version") == str(NEWEST + 2)


def test_half_a_migration_is_none(path: Path) -> None:
    filled(path)
    with pytest.raises(StateError, match="no such column"):
        state(path, steps=[*STEPS, add_note, fail])
    assert column(path, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
    assert column(path, "SELECT name FROM pragma_table_info('records') WHERE name = 'note'") == []
    assert column(path, "SELECT model_id FROM records") == ["m42"]
    assert live_ids(path) == ("id-a",)


def test_a_newer_state_is_refused_by_both_versions_and_left_alone(path: Path) -> None:
    filled(path)
    state(path, steps=[*STEPS, add_note]).close()
    before = everything(path.parent)
    for opening in (lambda: state(path), lambda: open_copy(url_of(path), clock=HandClock())):
        with pytest.raises(StateError, match=rf"has version {NEWEST + 1}; .* up to {NEWEST}") as told:
            opening()
        assert not isinstance(told.value, StateUnwritable)
    assert everything(path.parent) == before


def test_a_program_that_knows_digests_as_texts_alone_refuses_the_state(path: Path) -> None:
    filled(path)
    with pytest.raises(StateError, match=rf"has version {NEWEST}; .* up to 2"):
        state(path, steps=STEPS[:1])


def test_many_processes_that_find_none_make_one_state(path: Path) -> None:
    program = (
        "say('ready'); hear(); s = opened(); l = s.leases.acquire(SetKey(sys.argv[-1], KEY.image_type), T0); s.close()"
    )
    from contextlib import ExitStack

    with ExitStack() as stack:
        all_of_them = [
            stack.enter_context(process(path, program.replace("sys.argv[-1]", repr(f"m{number}"))))
            for number in range(3)
        ]
        for one in all_of_them:
            heard(one)
        for one in all_of_them:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        assert [one.wait() for one in all_of_them] == [0] * 3
    assert sorted(column(path, "SELECT model_id FROM leases")) == ["m0", "m1", "m2"]
    assert os.listdir(path.parent) == ["state.db"]
