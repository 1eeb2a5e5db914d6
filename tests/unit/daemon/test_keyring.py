import pytest

from syncd.config.key import Key
from syncd.daemon.keyring import Keyring
from syncd.errors import ConfigError


def reading(*found):
    answers = iter(found)

    def read():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return Key(answer)

    return read


def test_another_key_is_taken_once_it_is_read_again():
    keyring = Keyring(reading("old", "old", "new"))
    salt = b"salt"
    before = keyring.fingerprint(salt)
    assert (keyring.refresh(), keyring.reveal(), keyring.fingerprint(salt)) == (False, "old", before)
    assert (keyring.refresh(), keyring.reveal(), keyring.fingerprint(salt) == before) == (True, "new", False)


def test_a_source_that_cannot_be_read_leaves_the_key_as_it_is():
    keyring = Keyring(reading("old", ConfigError("gone"), "new"))
    assert (keyring.refresh(), keyring.reveal()) == (False, "old")
    assert (keyring.refresh(), keyring.reveal()) == (True, "new")


def test_there_must_be_one_at_the_beginning():
    with pytest.raises(ConfigError):
        Keyring(reading(ConfigError("none")))
