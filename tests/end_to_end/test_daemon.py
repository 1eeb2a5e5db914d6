import os
import shutil
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.end_to_end.bench import KEY, LIST, SET, UPLOAD, nok
from tests.end_to_end.living import daemon, until
from tests.samples import jpeg

CPUS = frozenset(os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else ())


@pytest.fixture
def systemd(bench):
    """What the daemon tells systemd, and the variables that have it do so."""
    told = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(bench.home / "notify"))
        listening.settimeout(30)

        def listen():
            while (heard := listening.recv(4096).decode()) != "over":
                told.append(heard)

        listener = threading.Thread(target=listen)
        listener.start()
        yield told, {"NOTIFY_SOCKET": str(bench.home / "notify"), "WATCHDOG_USEC": "60000000"}
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ending:
            ending.sendto(b"over", listening.getsockname())
        listener.join()


def test_what_is_dropped_goes_up_and_what_is_taken_out_goes(bench, systemd):
    bench.fill(3)
    with daemon(bench, **systemd[1]) as living:
        until(lambda: len(bench.remote()) == 3)
        four = sorted([*bench.remote(), bench.write("x.jpg", 77)])
        until(lambda: bench.remote() == four)
        # Saved by another name and renamed, as editors do.
        bench.write("y.jpg.tmp", 78)
        os.rename(bench.root / SET / "y.jpg.tmp", bench.root / SET / "y.jpg")
        until(lambda: len(bench.remote()) == 5)
        bench.remove("x.jpg")
        until(lambda: len(bench.remote()) == 4 and bench.did("delete") == 1)
        status = until(lambda: bench.run("status", "--json").doc)
        assert (status["watch"], status["daemon"]["pid"]) == ("native", living.process.pid)
        told, _ = systemd
        until(lambda: told.count("WATCHDOG=1") > 2)
        asked = len(bench.requests)
        assert living.stop() == 143
        assert len(bench.requests) == asked
    assert [one for one in told if one.isupper() and one != "WATCHDOG=1"] == ["READY=1", "STOPPING=1"]
    assert "STATUS=1 set: 1 in sync" in told
    assert bench.run("status", "--json").doc["daemon"] is None
    assert [one["uploaded"] for one in living.told("set in sync") if "uploaded" in one] == [3, 1, 1]


def test_a_photo_that_is_still_written_is_waited_for(bench):
    bench.service.create_model("m43", "Berta")
    bench.configure(dataset={"settle_seconds": 0})
    bench.fill(1)
    whole = jpeg(77, (320, 240))
    with daemon(bench) as living:
        until(lambda: len(bench.remote()) == 1)
        (bench.root / "models/m43/modelInput").mkdir(parents=True)
        until(lambda: len(bench.run("status", "--json").doc["sets"]) == 2)
        with (
            open(bench.root / SET / "slow.jpg", "wb", buffering=0) as one,
            open(bench.root / "models/m43/modelInput/slow.jpg", "wb", buffering=0) as other,
        ):
            for file in (one, other):
                file.write(whole[:-2000])
            time.sleep(1.5)
            assert len(bench.remote()) == 1
            assert bench.status()["rejected"] == 0
            for file in (one, other):
                file.write(whole[-2000:])
        until(lambda: len(bench.remote()) == 2 and len(bench.remote(model="m43")) == 1)
        assert not any(line.get("rejected") for line in living.lines)


def test_polling_finds_what_is_dropped_and_waits_for_whoever_writes(bench):
    bench.configure(dataset={"watch": "poll", "settle_seconds": 1})
    bench.fill(1)
    with daemon(bench) as living:
        until(lambda: len(bench.remote()) == 1)
        assert bench.run("status", "--json").doc["watch"] == "poll"
        with open(bench.root / SET / "slow.jpg", "wb", buffering=0) as file:
            for part in (whole := jpeg(77, (320, 240)))[:5]:
                file.write(bytes([part]))
                time.sleep(0.6)
            file.write(whole[5:])
        until(lambda: len(bench.remote()) == 2)
        assert not any(line.get("rejected") for line in living.lines)


def test_a_file_that_is_back_in_time_stays_up(bench):
    bench.fill(3)
    bench.configure(deletes={"grace_seconds": 2})
    with daemon(bench):
        until(lambda: len(bench.remote()) == 3)
        before, ids = len(bench.requests), bench.ids()
        aside = bench.home / "aside.jpg"
        os.rename(bench.root / SET / "1.jpg", aside)
        until(lambda: len(bench.requests) > before)
        os.rename(aside, bench.root / SET / "1.jpg")
        time.sleep(3)
        assert (bench.ids(), bench.did("delete")) == (ids, 0)


def test_a_folder_that_is_moved_and_a_new_one_are_found(bench):
    bench.service.create_model("m43", "Berta")
    bench.fill(2)
    facts = bench.home / "facts"
    bench.configure(notify={"command": ["/bin/sh", "-c", f"env >> {facts}"]})
    with daemon(bench):
        until(lambda: len(bench.remote()) == 2)
        bench.fill(2, "models/m43/modelInput", first=10)
        shutil.move(bench.root / "models/m42/modelInput", bench.root / "models/m42/auxiliaryType")
        until(lambda: len(bench.remote(model="m43")) == 2)
        until(lambda: len(bench.remote("auxiliaryType")) == 2)
        # The set that was left is emptied, which a person must confirm.
        until(lambda: bench.status()["held"] == 2)
        assert len(bench.remote()) == 2
        until(lambda: facts.exists() and "SYNCD_EVENT=held" in facts.read_text())
        assert KEY not in facts.read_text()
        assert bench.run("approve").code == 0
        until(lambda: bench.remote() == [])
        until(lambda: "SYNCD_EVENT=cleared" in facts.read_text())


def cpus_of(pids):
    """On which CPUs these processes or threads may compute."""
    found = set()
    for pid in pids:
        with suppress(ProcessLookupError):
            found.add(frozenset(os.sched_getaffinity(pid)))
    return found


@pytest.mark.skipif(len(CPUS) < 2, reason="there is one CPU here, or a system that tells of none")
def test_its_threads_share_a_cpu_and_what_it_starts_has_all(bench):
    facts = bench.home / "facts"
    bench.configure(notify={"command": ["/bin/sh", "-c", f"grep Cpus_allowed: /proc/self/status >> {facts}"]})
    with daemon(bench) as living:
        bench.fill(2)
        until(lambda: len(bench.remote()) == 2)
        threads = [int(name) for name in os.listdir(f"/proc/{living.process.pid}/task")]
        [own] = cpus_of(threads)
        assert len(own) == 1
        decoders = [path for path in Path("/proc").glob("[0-9]*") if parent(path) == living.process.pid]
        assert cpus_of(int(path.name) for path in decoders) == {CPUS}
        bench.remove("1.jpg", "2.jpg")
        [line] = set(until(lambda: facts.exists() and facts.read_text().splitlines()))
        assert int(line.split()[1].replace(",", ""), 16) == sum(1 << cpu for cpu in CPUS)


def parent(path):
    with suppress(OSError):
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    return None


def test_beside_a_daemon_every_command_works_and_a_pause_binds_it(bench):
    bench.fill(1)
    pictures = bench.home / "pictures"
    with daemon(bench) as living, pictures.open("wb") as out:
        until(lambda: len(bench.remote()) == 1)
        watching = bench.start("status", "--watch", out=out)
        until(lambda: "1 up" in pictures.read_text())
        second = bench.run("run")
        assert (second.code, "A daemon is at work" in second.err) == (78, True)
        bench.run("pause")
        until(lambda: living.told("paused"))
        until(lambda: "Paused" in pictures.read_text())
        bench.write("x.jpg", 77)
        assert bench.run("flush").code == 1
        assert len(bench.remote()) == 1
        assert bench.sync().code == 0
        assert len(bench.remote()) == 2
        until(lambda: "2 up" in pictures.read_text())
        bench.write("y.jpg", 78)
        bench.run("resume")
        until(lambda: len(bench.remote()) == 3)
        until(lambda: "3 up" in pictures.read_text())
        watching.send_signal(signal.SIGINT)
        _, err = watching.communicate(timeout=100)
    assert (watching.returncode, err.strip()) == (130, b"")
    assert "\x1b" not in pictures.read_text()


def test_a_service_that_is_down_at_the_start_is_waited_for(bench):
    bench.fill(2)
    down = bench.refuse(LIST, nok(503))
    with daemon(bench) as living:
        until(lambda: living.told("service unreachable"))
        until(lambda: bench.asked(LIST) >= 3)
        down.times = 0
        until(lambda: len(bench.remote()) == 2)
        until(lambda: living.told("service answers again"))
        words = [one["message"] for one in living.lines]
        assert words.count("service unreachable") == words.count("service answers again") == 1


def test_a_wrong_key_ends_it_at_the_first_call(bench):
    bench.fill(1)
    with daemon(bench, started=False, SYNCD_API_KEY="sk-wrong") as living:
        assert living.ends() == 77
    assert "key" in living.text


def test_a_key_that_is_changed_later_is_waited_for(bench):
    path = bench.home / "key"
    path.write_text(KEY)
    path.chmod(0o600)
    bench.configure(service={"api_key_file": "key"})
    bench.fill(1)
    with daemon(bench, SYNCD_API_KEY=None) as living:
        until(lambda: len(bench.remote()) == 1)
        bench.key = "sk-new-0815"
        bench.write("x.jpg", 77)
        until(lambda: living.told("API key rejected"))
        asked = len(bench.requests)
        time.sleep(1)
        assert len(bench.requests) == asked
        # Neither does a new configuration make it the very first call again.
        bench.configure(dataset={"ignore": ["skip*"]})
        living.process.send_signal(signal.SIGHUP)
        until(lambda: len(living.told("API key rejected")) == 2)
        path.write_text(bench.key)
        living.process.send_signal(signal.SIGHUP)
        until(lambda: len(bench.remote()) == 2)
        until(lambda: living.told("API key accepted again"))


def test_a_wrong_configuration_is_told_and_ends_it(bench):
    bench.configure(dataset={"rot": "photos"}, deletes={"max_delete": "many"})
    with daemon(bench, started=False) as living:
        assert living.ends() == 78
    assert all(word in living.text for word in ("dataset.rot", "deletes.max_delete"))


def test_a_stop_lets_uploads_come_to_their_end(bench):
    bench.fill(2)
    bench.bend(UPLOAD, lambda *_: time.sleep(1.5))
    with daemon(bench) as living:
        until(lambda: bench.did("upload") == 2)
        began = time.monotonic()
        assert living.stop(signal.SIGINT) == 130
        assert time.monotonic() - began < 10
    status = bench.status()
    assert (status["up"], status["halt"]) == (2, None)
    events = bench.run("history", "--json").doc["events"]
    assert [one["action"] for one in events] == ["upload", "upload"]
    bench.straighten()
    assert bench.sync().code == 0
    assert bench.did("upload") == 2


def test_a_second_stop_ends_it_at_once_and_nothing_is_lost(bench):
    bench.fill(1)
    bench.bend(UPLOAD, lambda *_: time.sleep(8), times=1)
    with daemon(bench) as living:
        until(lambda: bench.did("upload") == 1)
        living.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        began = time.monotonic()
        assert living.stop() == 143
        assert time.monotonic() - began < 3
    assert bench.sync().code == 0
    assert bench.did("upload") == 1


def test_a_hangup_takes_a_new_configuration_and_keeps_the_old_for_a_bad_one(bench):
    bench.fill(1)
    with daemon(bench) as living:
        until(lambda: len(bench.remote()) == 1)
        good = bench.config.read_text()
        bench.config.write_text(good + "\n[nonsense]\nx = 1\n")
        living.process.send_signal(signal.SIGHUP)
        told = until(lambda: living.told("configuration not taken"))
        assert "nonsense" in told[0]["why"]
        bench.configure(dataset={"ignore": ["skip*"]})
        living.process.send_signal(signal.SIGHUP)
        told = until(lambda: living.told("configuration read again"))
        assert "skip*" in told[0]["dataset.ignore"]
        until(lambda: len(living.told("started")) == 2)
        bench.write("skip.jpg", 76)
        bench.write("x.jpg", 77)
        until(lambda: len(bench.remote()) == 2)
        assert living.stop() == 143


def test_a_state_that_is_taken_away_is_made_anew_and_costs_nothing(bench):
    bench.fill(3)
    with daemon(bench) as living:
        until(lambda: len(bench.remote()) == 3)
        for path in bench.home.glob("state.db*"):
            path.unlink()
        bench.write("x.jpg", 77)
        until(lambda: len(bench.remote()) == 4)
        until(lambda: living.told("state lost") and len(living.told("started")) == 2)
        assert (bench.did("upload"), bench.did("delete")) == (4, 0)
        until(lambda: "4 up" in bench.run("status").out)


def test_many_sets_at_once_send_each_photo_once_and_list_little(bench):
    for number in range(25):
        bench.service.create_model(f"n{number}", "Anna")
    photos = [jpeg(number, (32, 24)) for number in range(500)]
    bench.configure(images={"verify": "structure"}, dataset={"settle_seconds": 1})
    with daemon(bench):
        for number, photo in enumerate(photos):
            bench.write(f"{number % 20}.jpg", photo, f"models/n{number // 20}/modelInput")
        until(lambda: bench.did("upload") == 500, 90)
        time.sleep(1.5)
        asked = len(bench.requests)
        time.sleep(1)
        assert len(bench.requests) == asked
    assert bench.did("upload") == 500
    for number in range(25):
        listed = bench.asked(("GET", f"/api/models/n{number}/images"))
        assert listed <= 3
        assert len(bench.remote(model=f"n{number}")) == 20


def test_a_flush_waits_until_all_is_in_sync_or_cannot_be(bench):
    assert bench.run("flush").code == 1
    bench.fill(3)
    with daemon(bench):
        until(lambda: len(bench.remote()) == 3)
        bench.fill(2, first=10)
        bench.write("bad.jpg", b"no picture")
        flushed = bench.run("flush", "--json")
        assert (flushed.code, flushed.doc["in_sync"]) == (0, True)
        assert (len(bench.remote()), bench.status()["rejected"]) == (5, 1)
        bench.remove(*(f"{number}.jpg" for number in (1, 2, 3, 10, 11)))
        # The grace is waited for, and then the brake holds them.
        assert bench.run("flush", SET).code == 4
        bench.write("x.jpg", 77)
        bench.refuse(LIST, nok(503))
        assert bench.run("flush", "--timeout", "1").code == 5
