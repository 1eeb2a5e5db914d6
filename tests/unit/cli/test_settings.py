import pytest

from syncd.cli.console import Console
from syncd.cli.options import Options
from syncd.cli.redact import SECRETS
from syncd.cli.settings import api_key, settings
from syncd.errors import ConfigError


def test_commands_get_the_config_their_options_name_and_a_key_that_is_never_told(tmp_path, monkeypatch):
    (tmp_path / "a.toml").write_text("[dataset]\nroot = 'x'\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNCD_API_KEY", "sk-just-for-this-test")
    loaded = settings(Console(Options(config="a.toml")), {"deletes.enabled": False})
    assert (loaded.config.deletes.enabled, loaded.sources["deletes.enabled"]) == (False, "option")
    assert api_key(loaded).reveal() == "sk-just-for-this-test"
    assert SECRETS.redact("has sk-just-for-this-test in it") == "has *** in it"


def test_without_a_key_a_person_is_needed(tmp_path, monkeypatch):
    (tmp_path / "a.toml").write_text("[dataset]\nroot = 'x'\n")
    for name in ("SYNCD_API_KEY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    loaded = settings(Console(Options(config=str(tmp_path / "a.toml"))))
    with pytest.raises(ConfigError):
        api_key(loaded)
