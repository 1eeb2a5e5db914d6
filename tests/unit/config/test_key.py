import copy
import os
import pickle

import pytest

from syncd.config.key import Key, key_source, read_key
from syncd.errors import ConfigError, ExitCode

SECRET = "sk-Zq/81+x"


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key"
    path.write_text(SECRET + "\n")
    path.chmod(0o640)
    return os.fsencode(path)


def credentials(tmp_path):
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "api_key").write_text("from-systemd")
    (folder / "api_key").chmod(0o400)
    return {"CREDENTIALS_DIRECTORY": str(folder)}


def test_the_variable_goes_before_the_file_before_the_credential(tmp_path, key_file):
    environ = {**credentials(tmp_path), "SYNCD_API_KEY": "from-variable"}
    assert read_key(key_file, environ).reveal() == "from-variable"
    del environ["SYNCD_API_KEY"]
    assert read_key(key_file, environ).reveal() == SECRET
    assert read_key(None, environ).reveal() == "from-systemd"


def test_the_source_is_named(tmp_path, key_file):
    environ = credentials(tmp_path)
    named = [key_source(key_file, {"SYNCD_API_KEY": "x"}), key_source(key_file, environ), key_source(None, environ)]
    assert [source.name for source in named] == [
        "env SYNCD_API_KEY",
        f"file {os.fsdecode(key_file)}",
        "systemd credential api_key",
    ]
    assert key_source(None, {"SYNCD_API_KEY": "", "CREDENTIALS_DIRECTORY": str(tmp_path)}) is None


def test_no_key_needs_a_person():
    with pytest.raises(ConfigError, match="No API key") as caught:
        read_key(None, {})
    assert caught.value.exit_code == ExitCode.NEEDS_A_PERSON
    assert "SYNCD_API_KEY" in caught.value.remedy


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o601])
def test_a_file_that_others_can_reach_is_refused(key_file, mode):
    os.chmod(key_file, mode)
    with pytest.raises(ConfigError, match="can be read by others") as caught:
        read_key(key_file, {})
    assert caught.value.remedy == f"Run: chmod 600 {os.fsdecode(key_file)}"
    assert SECRET not in caught.value.message


def test_a_key_file_that_is_set_and_missing_does_not_fall_back(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        read_key(os.fsencode(tmp_path / "no"), credentials(tmp_path))


def test_folders_and_fifos_are_no_key_files(tmp_path):
    os.mkfifo(tmp_path / "fifo", 0o600)
    for path, words in ((tmp_path, "Is a directory"), (tmp_path / "fifo", "is no file")):
        with pytest.raises(ConfigError, match=words):
            read_key(os.fsencode(path), {})


@pytest.mark.parametrize("content", ["", "\n", "a b", "two\nlines", "tab\t", "caf\xe9", "a\n\n", "\0", "x" * 9000])
def test_what_cannot_be_a_key_is_refused_and_not_repeated(key_file, content):
    with open(key_file, "w") as file:
        file.write(content)
    with pytest.raises(ConfigError, match="is no API key") as caught:
        read_key(key_file, {})
    assert "two" not in str(caught.value) + caught.value.remedy


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_one_line_end_is_taken_off(key_file, end):
    with open(key_file, "w", newline="") as file:
        file.write(SECRET + end)
    assert read_key(key_file, {}).reveal() == SECRET


def test_a_key_shows_itself_nowhere():
    key = Key(SECRET)
    shown = [repr(key), str(key), f"{key}", f"{key:>3}", "%s" % key, repr([key]), str({"key": key})]  # noqa: UP031
    assert not any(SECRET in text for text in shown)
    assert set(shown[:5]) == {"***"}
    assert SECRET.encode() not in pickle.dumps(key)
    assert str(pickle.loads(pickle.dumps(key))) == "***"
    assert not hasattr(key, "__dict__")


def test_a_copied_key_is_still_the_key():
    key = Key(SECRET)
    assert copy.copy(key).reveal() == copy.deepcopy([key])[0].reveal() == SECRET
    assert key == Key(SECRET) != Key("other")


def test_a_fingerprint_tells_keys_apart_and_depends_on_the_salt():
    key = Key(SECRET)
    assert key.fingerprint(b"a") == Key(SECRET).fingerprint(b"a")
    assert len({key.fingerprint(b"a"), key.fingerprint(b"b"), Key("other").fingerprint(b"a")}) == 3
    assert len(key.fingerprint(b"a")) == 16
