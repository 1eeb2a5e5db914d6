"""Copies that are sent in place of files: without metadata, and of what is too large."""

from hashlib import sha256
from io import BytesIO

from PIL import Image

from tests.end_to_end.bench import MODEL, SET
from tests.samples import colours, dressed

LARGE = (320, 240)


def pictures(bench) -> dict[str, bytes]:
    found = [bench.service.picture(one.id) for one in bench.service.images(MODEL, "modelInput")]
    return {sha256(data).hexdigest(): data for data in found}


def test_copies_are_planned_sent_and_known_again_and_files_stay_as_they_are(bench):
    bench.configure(
        images={"strip_metadata": True, "oversize": "shrink", "verify": "structure"}, limits={"request_bytes": 20_000}
    )
    files = {f"{name}.{name}": dressed(name, at, turn=6) for at, name in enumerate(("jpeg", "png", "webp", "heic"))}
    files["large.jpg"] = dressed("png", 9, LARGE, turn=6)
    digests = sorted(bench.write(name, data) for name, data in files.items())
    line = next(line for line in bench.run("sync", "-n").lines if "large" in line)
    planned, done = bench.plan(), bench.sync()
    sent = pictures(bench)
    assert (done.code, len(sent), set(sent) & set(digests)) == (0, 5, set())
    assert not any(trace in data for data in sent.values() for trace in (b"xmpmeta", b"nobody", b"trailer", b"GPS"))
    assert (
        planned.doc["summary"]["bytes"] == done.doc["summary"]["bytes"] == sum(len(one) + 512 for one in sent.values())
    )
    assert sorted(one["sha256"] for one in done.operations("upload")) == digests
    assert {one["path"].rpartition("/")[2]: one["size"] for one in done.operations("upload")} == {
        name: len(data) for name, data in files.items()
    }
    opened = [Image.open(BytesIO(data)) for data in sent.values() if data[4:8] != b"ftyp"]
    (small,) = (one for one in opened if one.size == LARGE[::-1])
    assert (small.format, small.info["icc_profile"], max(map(len, sent.values())) < 20_000 - 512) == (
        "JPEG", colours(), True,
    )  # fmt: skip
    assert sorted(one.getexif().get(0x0112, 1) for one in opened) == [1, 6, 6, 6]
    assert line.endswith("a copy of 0.0 MB is sent, shrunk to fit")
    assert {name: (bench.root / SET / name).read_bytes() for name in files} == files
    for path in bench.home.glob("state.db*"):
        path.unlink()
    again = bench.sync()
    assert (again.code, again.doc["summary"]["adopt"], bench.did("upload")) == (0, 5, 5)
    assert bench.sync().doc["summary"]["unchanged"] == 5


def test_uploads_by_hand_obey_the_wishes_too(bench):
    bench.configure(images={"strip_metadata": True})
    elsewhere = bench.home / "elsewhere.jpg"
    elsewhere.write_bytes(dressed("jpeg", 1))
    bench.write("inside.jpg", dressed("jpeg", 2))
    for path in (elsewhere, bench.root / SET / "inside.jpg"):
        done = bench.run("images", "upload", str(path), "--model", MODEL, "--type", "modelInput", "--json")
        assert done.code == 0
    assert not any(b"xmpmeta" in data or b"trailer" in data for data in pictures(bench).values())
    summary = bench.sync().doc["summary"]
    assert (summary["unchanged"], summary["foreign"], summary["bytes"]) == (1, 1, 0)
