import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import syncd
from syncd.cli.main import cli
from syncd.config.load import load
from syncd.config.places import Places
from tests.samples import jpeg
from tests.unit.cli.conftest import KEY, MODEL

TYPES = ("auxiliaryType", "modelInput")


def init(*arguments: str, **environ: str | None) -> Result:
    return CliRunner().invoke(cli, ["init", *arguments], env=environ)


def folders(top: Path) -> list[str]:
    return sorted(str(path.relative_to(top)) for path in top.glob("models/*/*"))


@pytest.fixture
def bare(account):
    """An account, and no configuration yet."""
    (account.home / "syncd.toml").unlink()
    account.environ = {"SYNCD_SERVICE_BASE_URL": account.base_url}
    return account


def test_the_folders_are_those_of_the_accounts_models_and_the_first_sync_works(bare):
    bare.service.create_model("m7", "Ben")
    done = init("photos", "--json", **bare.environ)
    top = bare.home / "photos"
    assert done.exit_code == 0, done.output
    assert folders(top) == [f"models/{model}/{kind}" for model in (MODEL, "m7") for kind in TYPES]
    document = json.loads(done.stdout)
    assert (document["config"], document["root"], document["example"]) == (str(top / "syncd.toml"), str(top), False)
    assert sorted(document["folders"]) == [str(top / one) for one in folders(top)]
    assert KEY not in "".join(path.read_bytes().decode("latin-1") for path in top.rglob("*") if path.is_file())
    (top / f"models/{MODEL}/modelInput/a.jpg").write_bytes(jpeg(1))
    assert bare.doc("sync", "-c", "photos/syncd.toml")["summary"]["upload"] == 1


def test_the_marker_is_remembered_so_that_the_state_is_not_taken_for_lost(bare):
    init(**bare.environ)
    marker = (bare.home / ".syncd-root").read_text().strip()
    with bare.state() as store:
        assert [(one.path, one.uuid) for one in store.meta.roots()] == [(bytes(bare.home), marker)]
    bare.doc("sync")
    with bare.state() as store:
        assert (store.meta.get("made_anew"), store.meta.root(bytes(bare.home)).uuid) == (None, marker)


def test_a_marker_that_is_there_is_taken_over_and_then_the_state_counts_as_lost(bare):
    marker = "0f0e0d0c-0b0a-0908-0706-050403020100"
    (bare.home / ".syncd-root").write_text(marker)
    init(**bare.environ)
    assert (bare.home / ".syncd-root").read_text() == marker
    with bare.state() as store:
        assert store.meta.root(bytes(bare.home)).uuid == marker
        assert store.meta.get("made_anew")


def test_the_next_line_to_type_names_the_configuration_only_where_it_is_not_found_by_itself(bare):
    for folder, more in (("apart", f" --config {bare.home}/apart/syncd.toml"), (".", "")):
        assert init(folder, **bare.environ).stdout.splitlines()[-1] == f"  syncd sync --dry-run{more}"
    assert init("other", **bare.environ).stdout.splitlines()[-1].endswith("other/syncd.toml")


def test_an_existing_configuration_is_not_overwritten(account):
    before = (account.home / "syncd.toml").read_bytes()
    assert account.error("init", code=2) == "usage"
    assert (account.home / "syncd.toml").read_bytes() == before
    assert (folders(account.home), account.asked) == ([], 0)


def test_without_a_key_there_is_an_example_and_a_sync_says_what_to_do(nothing):
    done = init("a/b")
    assert done.exit_code == 0
    assert folders(nothing / "a/b") == [f"models/your-model-id/{kind}" for kind in TYPES]
    assert "SYNCD_API_KEY" in done.stdout
    sync = CliRunner().invoke(cli, ["sync", "-c", "a/b/syncd.toml"])
    assert (sync.exit_code, "api_key_file" in sync.stderr) == (78, True)


def test_the_configuration_is_commented_and_holds_the_defaults(nothing):
    init()
    text = (nothing / "syncd.toml").read_text()
    loaded = load(Places({}, bytes(nothing)))
    assert loaded.config.dataset.root == bytes(nothing)
    assert {key for key, source in loaded.sources.items() if source == "file"} == {"dataset.root"}
    example = (Path(syncd.__file__).parents[1] / "config.example.toml").read_text()
    lines = [line.removeprefix("# ").partition(" = ")[0] for line in text.splitlines() if " = " in line and '"' in line]
    assert {"base_url", "api_key_file", "root", "overflow", "max_delete"} <= set(lines)
    assert all(f"{name} = " in example for name in set(lines) if name.isidentifier())
    (nothing / "syncd.toml").write_text(
        text.replace("# api_key_file", "api_key_file").replace("# base_url", "base_url")
    )
    (nothing / "api_key").write_text(KEY)
    assert load(Places({}, bytes(nothing))).config.service.base_url == "https://developer.photogptai.com/api"


def test_a_key_beside_the_configuration_is_named_in_it(bare):
    (bare.home / "api_key").write_text(KEY)
    (bare.home / "api_key").chmod(0o600)
    done = init(SYNCD_API_KEY=None, **bare.environ)
    assert done.exit_code == 0, done.output
    assert folders(bare.home) == [f"models/{MODEL}/{kind}" for kind in TYPES]
    assert bare.run("models", SYNCD_API_KEY=None).exit_code == 0


@pytest.mark.parametrize(
    ("environ", "code"), [({"SYNCD_API_KEY": "another"}, 77), ({"SYNCD_SERVICE_BASE_URL": "x"}, 78)]
)
def test_where_the_models_cannot_be_had_nothing_is_written(bare, environ, code):
    done = init("photos", **{**bare.environ, **environ})
    assert (done.exit_code, list((bare.home / "photos").iterdir())) == (code, [])


def test_a_folder_that_cannot_be_written_is_a_usage_error(nothing):
    (nothing / "file").write_text("")
    assert init("file/x").exit_code == 2
    assert init("").exit_code == 2


def test_on_a_terminal_the_key_is_asked_for_and_kept_for_its_owner_alone(bare):
    master, slave = os.openpty()
    environ = {name: value for name, value in os.environ.items() if name != "SYNCD_API_KEY"} | bare.environ
    environ |= {"PYTHONPATH": str(Path(syncd.__file__).parents[1])}
    line = [sys.executable, "-m", "syncd", "init", "photos"]
    process = subprocess.Popen(line, stdin=slave, stderr=slave, stdout=subprocess.PIPE, env=environ, text=True)
    os.close(slave)
    asked = b""
    while b"API key" not in asked:
        asked += os.read(master, 1000)
    os.write(master, KEY.encode() + b"\n")
    out, _ = process.communicate(timeout=60)
    os.close(master)
    assert process.returncode == 0, out
    key = bare.home / "photos/api_key"
    assert (key.read_text(), key.stat().st_mode & 0o777) == (f"{KEY}\n", 0o600)
    assert folders(bare.home / "photos") == [f"models/{MODEL}/{kind}" for kind in TYPES]
    assert KEY not in out
    assert bare.run("models", "-c", "photos/syncd.toml", SYNCD_API_KEY=None).exit_code == 0
