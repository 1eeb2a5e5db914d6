import os
from io import BytesIO

from PIL import Image
from PIL.ImageFilter import GaussianBlur

from syncd.images.drawing import portrait
from syncd.model.clock import MachineClock
from syncd.model.sets import ImageType, SetKey
from tests.samples import gif, saved
from tests.unit.cli.conftest import MODEL, SET


def photo(seed):
    return Image.open(BytesIO(portrait(seed, "png"))).resize((600, 800))


def test_status_tells_what_is_poor_to_learn_from_out_of_the_state_alone(account):
    account.write(f"{SET}/a.jpg", saved(photo(1), "JPEG"))
    account.write(f"{SET}/b.webp", saved(photo(1).transpose(Image.Transpose.ROTATE_90), "WEBP"))
    account.write(f"{SET}/c.jpg", saved(photo(3).filter(GaussianBlur(9)).resize((300, 400)), "JPEG"))
    account.write(f"{SET}/same.jpg", saved(photo(1), "JPEG"))
    account.write(f"{SET}/no.jpg", gif(1))
    account.doc("sync")
    asked = account.asked
    (told,) = account.doc("status")["sets"]
    assert [(one["path"].rpartition("/")[2], one["warning"]) for one in told["warnings"]] == [
        ("b.webp", "near-duplicate"),
        ("c.jpg", "small"),
        ("c.jpg", "blurred"),
    ]
    lines = account.run("status").stdout.splitlines()
    assert f"{SET}/b.webp is the same picture as a.jpg, nearly: keep the better of the two" in lines
    assert f"{SET}/c.jpg is blurred: take a sharper one" in lines
    assert f"{SET}/c.jpg is small, a side below 512 pixels: take a larger copy" in lines
    assert account.asked == asked
    (account.home / SET / "b.webp").unlink()
    account.doc("sync")
    assert [one["warning"] for one in account.doc("status")["sets"][0]["warnings"]] == ["small", "blurred"]


def test_status_tells_of_files_that_cannot_be_read_and_the_way_out_of_held_deletes(account):
    account.write(f"{SET}/a.jpg", saved(photo(1), "JPEG"))
    account.doc("sync")
    assert "what to do" not in account.run("status").stdout
    now, key = MachineClock().now(), SetKey(MODEL, ImageType.MODEL_INPUT)
    with account.state() as store:
        lease = store.leases.acquire(key, now)
        how = {"folder": os.fsencode(account.home / SET), "root_uuid": "u", "limit": 20, "remote": 3, "halt": None}
        store.sets.save_pass(lease, key, **how, counts={"up": 1, "held": 2, "failed": 1}, now=now, success=False)
        store.leases.release(lease)
    (told,) = account.doc("status")["sets"]
    assert (told["up"], told["held"], told["failed"]) == (1, 2, 1)
    shown = account.run("status").stdout
    assert "1 up, 2 held, 1 failed" in shown
    assert shown.count("what to do about held deletes") == 1
    assert "syncd approve PATH" in shown
