import json
import os
import shutil
import socket
import stat
import threading
import tomllib

import pytest
from click.testing import CliRunner

from syncd.cli import demo
from syncd.cli.main import cli
from syncd.cli.samples import STYLE, TRAINING, lay_out, samples
from syncd.cli.sandbox import sandbox
from syncd.images.judge import judge
from syncd.sandbox import ImageService, opened, running

USUAL = demo.LISTEN
OWN = {".sandbox", ".syncd-demo", ".syncd-root", "models", "state.db", "syncd.toml"}


def run(*arguments, **environ):
    return CliRunner().invoke(cli, ["demo", "--once", *map(str, arguments)], env=environ)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def address(folder):
    return tomllib.loads((folder / "syncd.toml").read_text())["service"]["base_url"].split("/")[2]


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture(autouse=True)
def any_port(monkeypatch):
    """Other tests may run at the same time."""
    monkeypatch.setattr(demo, "LISTEN", "127.0.0.1:0")


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory):
    """A folder that was interrupted before its first pass."""
    folder = tmp_path_factory.mktemp("laid") / "out"
    lay_out(str(folder))
    (folder / ".syncd-demo").touch()
    return folder


@pytest.fixture
def folder(laid_out, tmp_path):
    return shutil.copytree(laid_out, tmp_path / "demo")


def test_the_samples_are_good_in_every_format_and_bad_in_every_way(laid_out):
    judged = {path: judge((laid_out / path).read_bytes()) for path in samples()}
    training = [judgement for path, judgement in judged.items() if path.startswith(TRAINING)]
    assert {path.rpartition(".")[2] for path in judged if "place-" in path} == {"jpg", "jpeg", "png", "webp", "heic"}
    assert {judged[path].format for path in judged if path.startswith(STYLE)} == {"jpeg", "png", "webp", "heic"}
    assert all(
        judgement.format == path.rpartition(".")[2].replace("jpg", "jpeg")
        for path, judgement in judged.items()
        if judgement.accepted
    )
    assert sum(judgement.accepted for judgement in training) == 25
    assert len({judgement.likeness.pixels for judgement in training if judgement.accepted}) == 24
    reasons = {path.rpartition("/")[2]: judged[path].reason for path in judged if not judged[path].accepted}
    assert reasons == {
        "half-a-download.jpg": "corrupt",
        "scan.jpg": "unsupported-format",
        "photo.png": "not-an-image",
        "empty.webp": "empty",
    }


def test_one_pass_shows_slots_waiting_rejected_and_duplicates_at_a_glance(folder):
    threads = threading.active_count()
    done = run(folder)
    assert (done.exit_code, done.stderr, threading.active_count()) == (0, "", threads)
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["set", "slots", "up", "waiting", "rejected", "duplicate"] in rows
    assert [TRAINING, "20/20", "20", "4", "4", "1"] in rows
    assert [STYLE, "5/20", "5", "-", "-", "-"] in rows
    assert {"waiting", "rejected", "duplicate"} <= {row[0] for row in rows if row}
    assert set(os.listdir(folder)) == OWN
    key = folder / ".sandbox/api_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_text().strip() not in done.stdout
    with opened(folder / ".sandbox") as service:
        assert len(service.images("demo-portrait", "modelInput")) == 20
        assert len(service.images("demo-portrait", "auxiliaryType")) == 5


def test_the_second_time_everything_is_there_already(folder):
    run(folder)
    document = json.loads(run(folder, "--json").stdout)
    summary = {name: number for name, number in document["summary"].items() if number}
    assert summary == {"unchanged": 25, "waiting": 4, "rejected": 4, "duplicate": 1}


def test_a_sandbox_that_was_thrown_away_is_begun_anew(folder):
    run(folder)
    shutil.rmtree(folder / ".sandbox")
    done = run(folder, "--json")
    assert (done.exit_code, json.loads(done.stdout)["summary"]["upload"]) == (0, 25)


def test_what_a_person_put_there_stays_and_what_is_missing_comes_back(folder):
    before = contents(folder)
    (folder / TRAINING / "mine.jpg").write_bytes(before[f"{STYLE}/place-1.jpg"])
    (folder / TRAINING / "portrait-2.jpeg").write_bytes(before[f"{STYLE}/place-2.jpeg"])
    (folder / TRAINING / "portrait-3.webp").unlink()
    assert run(folder, "-q").exit_code == 0
    after = contents(folder)
    assert after[f"{TRAINING}/mine.jpg"] == before[f"{STYLE}/place-1.jpg"]
    assert after[f"{TRAINING}/portrait-2.jpeg"] == before[f"{STYLE}/place-2.jpeg"]
    assert after[f"{TRAINING}/portrait-3.webp"] == before[f"{TRAINING}/portrait-3.webp"]
    assert not [path for path in after if path.endswith(".part")]


def test_a_folder_of_someone_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"precious")
    done = run(tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{tmp_path} is not empty and was not made by the demo" in done.stderr
    assert contents(tmp_path) == {"holiday.jpg": b"precious"}
    assert run(tmp_path / "holiday.jpg").exit_code == 2
    assert contents(tmp_path) == {"holiday.jpg": b"precious"}


def test_a_place_that_cannot_be_written_is_a_usage_error(tmp_path):
    (tmp_path / "file").touch()
    done = run(tmp_path / "file/below")
    assert done.exit_code == 2
    assert "cannot write" in done.stderr


def test_what_goes_on_and_on_is_no_document(tmp_path):
    done = CliRunner().invoke(cli, ["demo", "--json", str(tmp_path / "new")])
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["code"] == "usage"
    assert not (tmp_path / "new").exists()


def test_nothing_of_the_environment_leads_the_demo_elsewhere(folder, tmp_path):
    elsewhere = ImageService(api_key="sk-real")
    elsewhere.create_model("demo-portrait")
    (tmp_path / "real.toml").write_text("[dataset]\nroot = '/'\n")
    with running(elsewhere) as base_url:
        real = {"SYNCD_SERVICE_BASE_URL": base_url, "SYNCD_API_KEY": "sk-real"}
        done = run(folder, SYNCD_CONFIG=str(tmp_path / "real.toml"), **real)
    assert done.exit_code == 0
    assert elsewhere.images("demo-portrait") == []
    assert "unset SYNCD_API_KEY SYNCD_CONFIG SYNCD_SERVICE_BASE_URL" in done.stdout


def test_the_sandbox_can_go_on_where_it_listens_by_itself(folder, monkeypatch):
    assert next(option.default for option in sandbox.params if option.name == "listen") == USUAL
    monkeypatch.setattr(demo, "LISTEN", free_address())
    done = run(folder)
    assert address(folder) == demo.LISTEN
    assert "syncd sandbox --data .sandbox\n" in done.stdout


def test_a_taken_port_is_no_obstacle_and_the_way_back_names_the_other(folder, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(demo, "LISTEN", f"127.0.0.1:{taken.getsockname()[1]}")
        done = run(folder)
    assert done.exit_code == 0
    assert address(folder) != demo.LISTEN
    assert f"syncd sandbox --data .sandbox --listen {address(folder)}\n" in done.stdout


def test_a_sandbox_that_still_holds_the_folder_is_named(folder):
    with opened(folder / ".sandbox"):
        done = run(folder)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Another sandbox keeps its data in" in done.stderr


@pytest.mark.parametrize("option", ["--json", "--quiet"])
def test_people_are_spared_the_tour_where_they_did_not_ask_for_it(folder, option):
    done = run(folder, option)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "" if option == "--quiet" else json.loads(done.stdout)["summary"]["upload"] == 25
