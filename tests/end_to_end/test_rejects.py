import os

from tests.end_to_end.bench import SET, UPLOAD
from tests.samples import avif, bmp, gif, jpeg, png, png_bomb, tiff, truncated, zeroed


def test_every_reason_to_reject_is_reached_told_and_harmless(bench):
    bench.configure(limits={"request_bytes": 500_000})
    bad = {
        "tiff.jpg": (tiff(1), "unsupported-format"), "gif.png": (gif(2), "unsupported-format"),
        "bmp.jpg": (bmp(3), "unsupported-format"), "avif.heic": (avif(4), "unsupported-format"),
        "cut.jpg": (truncated(jpeg(5)), "corrupt"), "zeroed.png": (zeroed(png(6)), "corrupt"),
        "large.jpg": (jpeg(7).ljust(500_000, b"\0"), "too-large"), "empty.jpg": (b"", "empty"),
        "text.jpg": (b"not a photo at all", "not-an-image"), "page.jpg": (b"<html>", "not-an-image"),
        "bomb.png": (png_bomb(), "too-many-pixels"),
    }  # fmt: skip
    assert len(bad["bomb.png"][0]) < 400_000
    for name, (data, _) in bad.items():
        bench.write(name, data)
    good = bench.write("good.jpg", 8)
    done = bench.sync()
    assert done.code == 0
    assert bench.remote() == [good]
    assert done.told == {
        "good.jpg": ("upload", "new"), **{name: ("rejected", reason) for name, (_, reason) in bad.items()}
    }  # fmt: skip
    assert all(one["detail"] for one in done.operations("rejected"))
    assert bench.status()["rejected"] == len(bad)
    for name in ("bomb.png", "empty.jpg"):
        told = bench.explain(f"{SET}/{name}")
        assert (told["state"], told["reason"]) == ("rejected", bad[name][1])
        assert told["detail"]
        assert told["remedy"]
    mended = bench.write("cut.jpg", 5)
    assert bench.sync().code == 0
    assert mended in bench.remote()


def test_the_whole_request_stays_below_the_limit_to_the_byte(bench):
    bench.configure(limits={"request_bytes": 10_000})
    bench.write("a.jpg", jpeg(1))
    bench.sync()
    framing = bench.plan("-v").doc["operations"][0]["size"]
    lengths = [int(headers["Content-Length"]) for method, path, headers in bench.requests if (method, path) == UPLOAD]
    framing = lengths[0] - framing
    png_end = png(2)
    fits, over = 10_000 - framing - 1, 10_000 - framing
    bench.write("fits.jpg", jpeg(3) + os.urandom(fits - len(jpeg(3))))
    bench.write("over.jpg", jpeg(4) + os.urandom(over - len(jpeg(4))))
    done = bench.sync()
    assert done.told == {"fits.jpg": ("upload", "new"), "over.jpg": ("rejected", "too-large")}
    assert png_end
    sent = [int(headers["Content-Length"]) for method, path, headers in bench.requests if (method, path) == UPLOAD]
    assert sent[-1] == 9_999


def test_a_file_that_was_up_and_turns_bad_keeps_its_image(bench):
    digests = bench.fill(3)
    bench.sync()
    bench.write("1.jpg", b"damaged")
    os.truncate(bench.root / SET / "2.jpg", 0)
    done = bench.sync()
    assert (done.code, done.told["1.jpg"], done.told["2.jpg"]) == (
        0,
        ("rejected", "not-an-image"),
        ("rejected", "empty"),
    )
    assert bench.remote() == digests
    bench.remove("1.jpg")
    assert bench.sync().told["1.jpg"] == ("delete", "removed-locally")
