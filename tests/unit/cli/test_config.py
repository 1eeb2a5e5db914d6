import json
import os

import pytest
from click.testing import CliRunner, Result

from syncd.cli.main import cli
from syncd.config.schema import keys

TEXT = "[service]\napi_key_file = 'key'\n[dataset]\nroot = 'photos'\n[state]\nurl = 'postgresql://me:pass@w@host/db'\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("SYNCD_")]:
        monkeypatch.delenv(name)
    (tmp_path / "syncd.toml").write_text(TEXT)
    (tmp_path / "key").write_text("sk-secret")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def show(*options: str, **environ: str) -> Result:
    return CliRunner().invoke(cli, ["config", "show", *options], env=environ)


def values(done: Result) -> dict[str, tuple[object, str]]:
    return {one["key"]: (one["value"], one["source"]) for one in json.loads(done.stdout)["values"]}


def test_every_key_is_shown_with_where_it_came_from(here):
    done = show("--json", SYNCD_LIMITS_IMAGES_PER_SET="7", SYNCD_DELETES_GRACE_SECONDS="1.5")
    told = values(done)
    assert list(told) == list(keys())
    assert told["limits.images_per_set"] == (7, "env SYNCD_LIMITS_IMAGES_PER_SET")
    assert told["deletes.grace_seconds"] == (1.5, "env SYNCD_DELETES_GRACE_SECONDS")
    assert told["deletes.max_delete"] == ("50%", "default")
    assert told["dataset.root"] == (str(here / "photos"), "file")
    assert told["status.token_file"] == (None, "default")
    assert json.loads(done.stdout)["file"] == str(here / "syncd.toml")


def test_the_key_and_a_password_stay_masked(here):
    for done in (show(), show("--json"), show(SYNCD_API_KEY="sk-secret")):
        assert done.exit_code == 0
        assert "sk-secret" not in done.output
        assert "pass@w" not in done.output
        assert "postgresql://me:***@host/db" in done.output
    assert json.loads(show("--json").stdout)["api_key"] == {"value": "***", "source": f"file {here}/key"}


def test_no_key_is_shown_as_none(here):
    (here / "syncd.toml").write_text("[dataset]\nroot = 'x'\n")
    assert json.loads(show("--json").stdout)["api_key"] == {"value": None, "source": "none"}
    assert show().stdout.splitlines()[-1].split() == ["API", "key", "-", "none"]


def test_for_people_it_is_a_table(here):
    lines = show().stdout.splitlines()
    assert lines[0] == f"file: {here}/syncd.toml"
    assert [line.split()[0] for line in lines[1:-1]] == list(keys())


def test_folders_and_odd_bytes_are_shown(here):
    (here / "syncd.toml").write_text(
        "[[dataset.folders]]\npath = 'a\\xE9'\nmodel_id = 'm'\nimage_type = 'modelInput'\n"
    )
    told = values(show("--json"))
    assert told["dataset.folders"][0] == [
        {"path": f"{here}/a\\xe9", "model_id": "m", "image_type": "modelInput"},
    ]


def test_an_unknown_variable_is_a_warning_beside_the_result(here):
    done = show("--json", SYNCD_LOG_LEVLE="x")
    assert json.loads(done.stdout)
    assert done.stderr.startswith("warning: the environment variable SYNCD_LOG_LEVLE")


def test_the_config_option_is_relative_to_the_working_folder(here):
    (here / "other.toml").write_text("[dataset]\nroot = 'other'\n")
    for line in (["-c", "other.toml", "config", "show", "--json"], ["config", "show", "--json", "-c", "other.toml"]):
        assert values(CliRunner().invoke(cli, line))["dataset.root"][0] == str(here / "other")


def test_a_faulty_config_exits_78(here):
    (here / "syncd.toml").write_text("[dataset]\nroot = 5\n")
    done = show("--json")
    assert done.exit_code == 78
    assert "line 2: dataset.root must be a path" in json.loads(done.stdout)["error"]["message"]
