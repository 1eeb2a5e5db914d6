import os
import sqlite3
import subprocess
from contextlib import closing

import pytest

from syncd.model.clock import MachineClock
from syncd.model.sets import ImageType, SetKey
from syncd.store import open_state
from tests.end_to_end.bench import AUXILIARY, COMMAND, MODEL, SET, UPLOAD, completed

NOBODY = 65534
MOUNTED = ["unshare", "-rm", "sh", "-c", 'mount --bind "$0" /proc/$$/mountinfo && exec "$@"']
"""Runs a command that reads the given file where the system tells a process what is mounted."""


def test_a_state_that_cannot_be_written_sends_nothing(bench):
    bench.write("a.jpg", 1)
    bench.privileged = False
    state = bench.home / "state"
    state.mkdir()
    bench.configure(state={"url": f"sqlite:///{state}/state.db"})
    state.chmod(0o555)
    done = bench.sync()
    assert (done.code, done.error) == (78, "state-unwritable")
    assert done.doc["error"]["remedy"]
    assert bench.plan().code == 0
    told = bench.run("doctor", "--json")
    bad = [(one["name"], bool(one["remedy"])) for one in told.doc["checks"] if not one["ok"]]
    assert (told.code, bad) == (78, [("state", True)])
    assert list(state.iterdir()) == []
    state.chmod(0o755)
    assert bench.sync().code == 0
    bench.write("b.jpg", 2)
    for path in state.iterdir():
        path.chmod(0o400)
    state.chmod(0o555)
    done = bench.sync()
    assert (done.code, bench.asked(UPLOAD)) == (78, 1)
    assert bench.plan().told == {"b.jpg": ("upload", "new")}
    assert bench.run("status").code == 0
    state.chmod(0)
    for below in ("state.db", "deeper/state.db"):
        bench.configure(state={"url": f"sqlite:///{state}/{below}"})
        closed = bench.run("status")
        assert (closed.code, "has no right to enter it" in closed.err) == (78, True)
        assert f"chmod u+rwx {state}\n" in closed.err
    state.chmod(0o755)


def test_a_state_that_is_none_needs_a_person(bench):
    bench.write("a.jpg", 1)
    bench.state.mkdir()
    for line in (["sync"], ["status"], ["approve"], ["sync", "-n"]):
        done = bench.run(*line, "--json")
        assert (done.code, done.error) == (78, "state"), line
    bench.state.rmdir()
    with closing(sqlite3.connect(bench.state)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
        other.commit()
    assert bench.sync().code == 78
    bench.state.unlink()
    bench.sync()
    with closing(sqlite3.connect(bench.state)) as newer:
        newer.execute("UPDATE meta SET value = '99' WHERE key = 'version'")
        newer.commit()
    before = bench.state.read_bytes()
    for line in (["sync"], ["sync", "-n"], ["status"]):
        done = bench.run(*line, "--json")
        assert (done.code, done.error) == (78, "state"), line
        assert "99" in done.doc["error"]["message"]
    assert bench.state.read_bytes() == before
    assert bench.asked(UPLOAD) == 1


def may_mount(told):
    try:
        seen = subprocess.run([*MOUNTED, told, "cat", "/proc/self/mountinfo"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return seen.stdout == told.read_bytes()


def test_a_state_on_a_network_file_system_works_and_is_told(bench):
    """A real share would need a server and its kernel module; here the system's word for what is mounted is another."""
    local = f"1 1 0:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / {bench.root} rw - ext4 /dev/b rw\n"
    mounts = bench.home / "mountinfo"
    mounts.write_text(local)
    if not may_mount(mounts):
        pytest.skip("no mount namespace is to be had here (unshare -rm)")
    bench.write("a.jpg", 1)

    def run(kind, *arguments):
        mounts.write_text(f"{local}3 1 0:3 / {bench.home} rw - {kind} nas:/home rw\n")
        line = [*MOUNTED, mounts, COMMAND, *arguments]
        done = subprocess.run(line, env=bench.environment({}), capture_output=True, text=True, check=False)
        bench.lines |= {done.stdout.encode(), done.stderr.encode()}
        return done

    synced = run("nfs4", "sync")
    assert (synced.returncode, bench.did("upload")) == (0, 1)
    assert synced.stderr.startswith(f"warning: The state {bench.state} lies on a network file system (nfs4)")
    assert "keep it on a local disk" in synced.stderr
    checked = run("nfs4", "doctor", "-q")
    assert (checked.returncode, "BAD  state" in checked.stdout, "(nfs4)" in checked.stdout) == (1, True, True)
    assert run("ext4", "sync").stderr == ""


@pytest.mark.parametrize("before", ["", '"$0" sync -q; '], ids=["a new state", "a state that is there"])
def test_a_full_disk_is_told_by_doctor_and_by_a_sync(bench, before):
    small = bench.home / "small"
    small.mkdir()
    script = (
        f"mount -t tmpfs -o size=3m tmpfs {small} || exit 99; {before}"
        f'cat /dev/zero > {small}/full 2> /dev/null; "$0" doctor -q; echo $?; "$0" sync --json; echo $?'
    )
    bench.configure(state={"url": f"sqlite:///{small}/state.db"})
    try:
        line = ["unshare", "-rm", "sh", "-c", script, COMMAND]
        done = subprocess.run(line, env=bench.environment({}), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("no mount namespace is to be had here (unshare -rm)")
    bench.lines |= {done.stdout.encode(), done.stderr.encode()}
    assert f"The state {small}/state.db cannot be written, as its disk is full" in done.stdout
    assert '"code": "state-unwritable"' in done.stdout
    assert [line for line in done.stdout.splitlines() if line.isdigit()] == ["78", "78"]
    assert not before or "cannot be used: the disk is full" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_state_of_another_user_is_left_to_that_user(bench):
    bench.write("a.jpg", 1)
    bench.sync()
    for path in bench.home.glob("state.db*"):
        os.chown(path, NOBODY, NOBODY)
    names = sorted(os.listdir(bench.home))
    for line in (["sync"], ["status"], ["retry"]):
        done = bench.run(*line, "--json")
        assert (done.code, done.error) == (78, "state"), line
        assert "nobody" in done.doc["error"]["message"]
        assert "sudo -u nobody" in done.doc["error"]["remedy"]
    assert sorted(os.listdir(bench.home)) == names


def test_an_empty_state_is_set_aside_and_nothing_goes_up_twice(bench):
    digests = bench.fill(3)
    bench.sync()
    for path in bench.home.glob("state.db*"):
        path.unlink()
    bench.state.touch()
    plan = bench.plan()
    assert (plan.code, plan.doc["summary"]["adopt"]) == (0, 3)
    assert bench.state.read_bytes() == b""
    done = bench.sync()
    assert (done.code, bench.remote(), bench.did("upload")) == (0, digests, 3)
    assert "begun anew" in done.err


def test_a_set_that_another_process_works_on_is_waited_for(bench):
    bench.write("a.jpg", 1)
    bench.write("b.jpg", 2, AUXILIARY)
    bench.sync()
    digests = sorted([bench.write("c.jpg", 3), *bench.remote()])
    bench.write("d.jpg", 4, AUXILIARY)
    clock = MachineClock()
    with open_state(f"sqlite:///{bench.state}", create=False, clock=clock) as store:
        # This very process is alive, so that its lease is not free.
        lease = store.leases.acquire(SetKey(MODEL, ImageType.MODEL_INPUT), clock.now())
        plan = bench.plan("--detailed-exitcode")
        assert (plan.code, plan.doc["summary"]["upload"]) == (3, 2)
        process = bench.start("sync", "--json", "--wait", "0")
        while bench.did("upload") < 3:
            clock.sleep(0.05)
        assert process.poll() is None
        store.leases.release(lease)
        done = completed(process)
    assert (done.code, done.halts) == (0, [None, None])
    assert bench.remote() == digests


def test_two_syncs_at_once_send_each_photo_once(bench):
    digests = bench.fill(8)
    both = [bench.start("sync", "--json") for _ in range(2)]
    assert [completed(each).code for each in both] == [0, 0]
    assert (bench.remote(), bench.did("upload")) == (digests, 8)
    assert SET


def test_before_the_first_sync_there_is_nothing_to_decide_and_no_state_is_made(bench):
    bench.write("a.jpg", 1)
    told = [bench.run(*command, "--json") for command in (("approve",), ("retry",), ("forget", SET))]
    assert [(one.code, one.doc) for one in told] == [(0, {"released": []}), (0, {"retried": 0}), (0, {"forgotten": []})]
    assert bench.run("retry", "nowhere").code == 2
    assert bench.run("flush").code == 1
    assert not list(bench.home.glob("state.db*"))
