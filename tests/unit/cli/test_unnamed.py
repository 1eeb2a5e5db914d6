import shutil

import pytest

from tests.samples import jpeg
from tests.unit.cli.conftest import MODEL, SET

AUX = f"models/{MODEL}/auxiliaryType"


def configure(account, dataset='root = "."', rest=""):
    text = f'[service]\nbase_url = "{account.base_url}"\nambiguity_seconds = 0\n[dataset]\n{dataset}\n{rest}'
    (account.home / "syncd.toml").write_text(text)


def folder(path, kind="modelInput"):
    return f'[[dataset.folders]]\npath = "{path}"\nmodel_id = "{MODEL}"\nimage_type = "{kind}"\n'


def fill(account, where, count=3):
    for number in range(1, count + 1):
        account.write(f"{where}/{number}.jpg", jpeg(number))


def counted(document):
    return {name: count for name, count in document["summary"].items() if count and name != "bytes"}


def sync(account, *more, code=0):
    return account.doc("sync", "--wait", "0", *more, code=code)


def test_a_set_that_lies_elsewhere_is_synced_from_there(account):
    configure(account, rest=folder("elsewhere/portraits"))
    fill(account, "elsewhere/portraits")
    fill(account, AUX, 1)
    done = sync(account)
    assert [one["folder"] for one in done["sets"]] == [AUX, "elsewhere/portraits"]
    assert counted(done) == {"upload": 4}
    assert account.doc("explain", "elsewhere/portraits/1.jpg")["state"] == "up"
    assert counted(sync(account, "elsewhere/portraits")) == {"unchanged": 3}


@pytest.mark.parametrize("dataset", ['root = "."', ""])
def test_a_folder_that_is_dropped_leaves_its_images_up_as_foreign(account, dataset):
    rest = folder("aux", "auxiliaryType")
    configure(account, dataset, rest + folder("portraits"))
    fill(account, "portraits")
    fill(account, "aux", 1)
    assert counted(sync(account)) == {"upload": 4}
    configure(account, dataset, rest)
    told = account.doc("sync", "-n")
    assert counted(told) == {"unchanged": 1, "foreign": 3}
    assert {one["detail"] for one in told["operations"]} == {"the configuration does not name its folder any more"}
    assert counted(sync(account)) == {"unchanged": 1, "foreign": 3}
    assert counted(sync(account)) == {"unchanged": 1}, "a set without a folder and a record is none"
    assert [one["image_type"] for one in account.doc("status")["sets"]] == ["auxiliaryType"]
    assert len(account.ids()) == 3
    configure(account, dataset, rest + folder("portraits"))
    assert counted(sync(account)) == {"adopt": 3, "unchanged": 1}, "no photo goes up twice"


def test_another_layout_or_root_leaves_what_it_does_not_name(account):
    fill(account, SET)
    assert counted(sync(account)) == {"upload": 3}
    configure(account, 'root = "."\nlayout = "{model_id}/{image_type}"')
    assert counted(sync(account)) == {"foreign": 3}
    configure(account)
    assert counted(sync(account)) == {"adopt": 3}
    (account.home / "other").mkdir()
    configure(account, 'root = "other"')
    assert counted(sync(account)) == {"foreign": 3}
    configure(account)
    assert counted(sync(account)) == {"adopt": 3}
    assert len(account.ids()) == 3


def test_a_layout_may_be_any_folders(account):
    configure(account, 'root = "."\nlayout = "by type/{image_type}/{model_id}"')
    fill(account, f"by type/auxiliaryType/{MODEL}", 2)
    account.write(f"{SET}/1.jpg", jpeg(9))
    done = sync(account)
    assert [one["folder"] for one in done["sets"]] == [f"by type/auxiliaryType/{MODEL}"]
    assert len(account.ids("auxiliaryType")) == 2
    assert account.ids() == []


def test_a_folder_that_is_merely_gone_is_held_also_where_the_root_was_moved(account):
    configure(account, 'root = "photos"')
    fill(account, f"photos/{SET}")
    fill(account, f"photos/{AUX}", 1)
    sync(account)
    (account.home / "photos").rename(account.home / "moved")
    shutil.rmtree(account.home / "moved" / SET)
    configure(account, 'root = "moved"')
    assert counted(sync(account, code=4)) == {"unchanged": 1, "held": 3}


def test_a_named_folder_that_is_gone_is_held_and_not_let_go(account):
    configure(account, rest=folder("portraits"))
    fill(account, "portraits")
    sync(account)
    configure(account, rest=folder("not-there"))
    assert counted(sync(account, code=4)) == {"held": 3}
    configure(account, rest=folder("portraits"))
    assert counted(sync(account)) == {"unchanged": 3}


def test_what_is_ignored_from_now_on_stays_up_and_comes_back_without_an_upload(account):
    fill(account, SET)
    sync(account)
    configure(account, 'root = "."\nignore = ["*", "!3.*"]')
    told = sync(account)
    assert counted(told) == {"unchanged": 1, "foreign": 2}
    assert account.doc("explain", f"{SET}/1.jpg")["state"] == "ignored"
    (account.home / SET / "2.jpg").unlink()
    assert counted(sync(account)) == {"unchanged": 1, "foreign": 2}
    configure(account)
    assert counted(sync(account)) == {"unchanged": 1, "adopt": 1, "foreign": 1}
    assert len(account.ids()) == 3


def test_without_deletes_everything_stays_up(account):
    configure(account, rest="[deletes]\nenabled = false\n")
    fill(account, SET)
    sync(account)
    (account.home / SET / "1.jpg").unlink()
    account.write(f"{SET}/2.jpg", jpeg(22))
    done = sync(account)
    assert (counted(done), len(account.ids())) == ({"upload": 1, "unchanged": 3}, 4)
    assert [(one["reason"], one["outcome"]) for one in done["operations"]] == [("content-changed", "done")]
    assert counted(sync(account)) == {"unchanged": 4}
