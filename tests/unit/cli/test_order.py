"""The same folders and the same remote are told in the same order, however they came to be."""

import shutil

from tests.samples import jpeg
from tests.unit.cli.conftest import MODEL, SET

NATURAL = ["img1.jpg", "IMG2.jpg", "img2b.jpg", "img10.jpg", "zebra.jpg", "Äpfel.jpg"]


def told(account, names, models):
    shutil.rmtree(account.home / "models", ignore_errors=True)
    for model in models:
        for name in names:
            account.write(f"models/{model}/modelInput/{name}", jpeg(NATURAL.index(name), (64, 64)))
    plan = account.doc("sync", "-n")
    return [one["path"] for one in plan["operations"]], [one["folder"] for one in plan["sets"]]


def test_a_plan_is_told_in_natural_order_however_the_files_came(account):
    account.service.create_model("m1", "Berta")
    folders = ["models/m1/modelInput", SET]
    expected = [f"{folder}/{name}" for folder in folders for name in NATURAL], folders
    assert told(account, NATURAL[::-1], ("m1", MODEL)) == expected
    assert told(account, [*NATURAL[3:], *NATURAL[:3]], (MODEL, "m1")) == expected
    account.doc("sync")
    assert [one["folder"] for one in account.doc("status")["sets"]] == folders
    lines = (["status"], ["models"], ["images", "list", MODEL], ["history"])
    assert [account.run(*line).stdout for line in lines] == [account.run(*line).stdout for line in lines]
