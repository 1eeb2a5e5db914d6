import base64
import json

import pytest

from syncd.model.secrets import MASK, Secrets
from tests.harness.canary import forms, shows

KEY = "sk-Zq/81+x\\\u00e9=7f"


@pytest.mark.parametrize("form", [form for name, form in forms(KEY).items() if "base64" not in name])
def test_a_secret_is_masked_in_each_of_its_forms(form):
    assert Secrets(KEY).redact(f"before {form.decode()} behind") == f"before {MASK} behind"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", [b"", b"x", b"Bearer "])
def test_a_secret_is_masked_in_base64_wherever_it_begins(encode, before):
    told = Secrets(KEY).redact(encode(before + KEY.encode() + b" behind").decode())
    assert shows(KEY, told.encode()) == []


def test_a_document_is_masked_to_its_depth_and_else_as_it_was():
    told = Secrets(KEY).redacted({KEY: [{"a": f"x{KEY}y", "n": 1, "no": None, "yes": True}], "b": "plain"})
    assert told == {MASK: [{"a": f"x{MASK}y", "n": 1, "no": None, "yes": True}], "b": "plain"}


def test_a_secret_is_seen_in_a_document_that_holds_it():
    secrets = Secrets(KEY)
    assert secrets.occur_in(json.dumps({"a": KEY}))
    assert not secrets.occur_in(json.dumps({"a": "plain"}))


def test_blanks_are_no_secret():
    assert Secrets(" ", "\n").redact("plain words\n") == "plain words\n"


def test_without_secrets_nothing_is_masked():
    assert Secrets().redact("plain") == "plain"
