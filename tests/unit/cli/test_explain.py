"""Why a photo is not up is told to whoever asks, also where syncd has not looked yet or may not look."""

import json

import pytest

from syncd.model.clock import MachineClock
from tests.samples import jpeg
from tests.unit.cli.conftest import MODEL, SET


def explained(account, path, **environ):
    return account.doc("explain", path, **environ)


@pytest.mark.parametrize(
    ("name", "why", "remedy"),
    [
        (".a.jpg", "its name matches .*, which is always ignored", "rename it, or add `!.*` to dataset.ignore"),
        ("a.jpg.part", "matches *.part, which is always", "`!*.part`"),
        ("draft-1.jpg", "its name matches draft-* in dataset.ignore", "take the pattern out there"),
    ],
)
def test_an_ignored_file_is_told_with_the_pattern_that_matches(account, name, why, remedy):
    text = (account.home / "syncd.toml").read_text()
    (account.home / "syncd.toml").write_text(f'{text}ignore = ["draft-*", "!*.download"]\n')
    account.write(f"{SET}/{name}", jpeg(1))
    told = explained(account, f"{SET}/{name}")
    assert told["state"] == "ignored"
    assert why in told["detail"]
    assert remedy in told["remedy"]
    account.write(f"{SET}/b.jpg.download", jpeg(2))
    assert explained(account, f"{SET}/b.jpg.download")["state"] == "pending"


def test_what_waits_for_a_look_is_told_with_who_will_take_it(account):
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.doc("sync")
    account.write(f"{SET}/b.jpg", jpeg(2))

    def remedy():
        told = explained(account, f"{SET}/b.jpg")
        assert told["state"] == "pending"
        return told["remedy"]

    assert remedy() == "`syncd sync`, or `syncd run`: no daemon is at work"
    with account.state() as store:
        store.presence.claim(MachineClock().now())
        assert remedy() == "nothing: the daemon looks at it by itself"
        account.run("pause")
        assert remedy() == "`syncd resume`, as the daemon is paused; or `syncd sync`"
    assert explained(account, f"{SET}/a.jpg")["remedy"] == ""


def test_an_image_whose_photo_is_gone_while_deletes_are_off_is_told_to_stay(account):
    photo = account.write(f"{SET}/a.jpg", jpeg(1))
    account.write(f"{SET}/b.jpg", jpeg(2))
    account.doc("sync")
    photo.unlink()
    off = {"SYNCD_DELETES_ENABLED": "false"}
    account.doc("sync", **off)
    told = explained(account, f"{SET}/a.jpg", **off)
    assert (told["state"], told["detail"]) == ("gone", "its file is gone, and deletes are off")
    assert "deletes.enabled = true" in told["remedy"]
    assert told["remote_id"] in account.ids()
    assert "`syncd sync`" in explained(account, f"{SET}/a.jpg")["remedy"]


def test_a_photo_below_a_root_that_is_not_there_is_not_told_to_be_gone(account):
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.doc("sync")
    away = {"SYNCD_DATASET_ROOT": str(account.home / "unmounted")}
    account.doc("sync", code=4, **away)
    told = explained(account, f"{SET}/a.jpg", **away)
    assert (told["state"], told["reason"]) == ("unknown", "root-missing")
    assert "unmounted is not there" in told["detail"]
    assert told["remedy"]
    assert explained(account, f"{SET}/a.jpg")["remote_id"] == account.ids()[0]


def test_a_folder_named_by_no_model_of_the_account_is_told_how_to_name_it(account):
    account.write("models/Anna/modelInput/a.jpg", jpeg(1))
    account.doc("sync", code=4)
    told = explained(account, "models/Anna/modelInput/a.jpg")
    assert told["reason"] == "model-not-found"
    assert "does not know the images of model Anna" in told["detail"]
    assert told["remedy"].startswith("Name the folder by the id of a model of the account (`syncd models`")


@pytest.mark.parametrize("path", [".", "models", f"models/{MODEL}"])
def test_a_folder_above_the_sets_is_none_of_them(account, path):
    account.write(f"{SET}/a.jpg", jpeg(1))
    done = account.run("explain", path)
    assert done.exit_code == 2
    assert f"Name a photo, or the folder of an image set, such as {SET}." in done.stderr


@pytest.mark.parametrize("path", [f"models/{MODEL}/modelinput/b.jpg", f"models/{MODEL}/modelInputs/b.jpg"])
def test_a_photo_in_no_set_is_told_the_nearest_set(account, path):
    for folder in ("models/a1/modelInput", f"models/{MODEL}/auxiliaryType", SET, "models/z9/modelInput"):
        account.write(f"{folder}/a.jpg", jpeg(1))
    account.write(path, jpeg(2))
    done = account.run("explain", path, "--json")
    assert done.exit_code == 2
    assert f"such as {SET}; move it there" in json.loads(done.stdout)["error"]["remedy"]
