import os
import re
import socket

from tests.end_to_end.bench import SET, UPLOAD, nok
from tests.samples import heic, mpo, png, webp

HOSTILE = [
    b"\x1b[31mred\x1b[0m.jpg",
    b"line\nbreak.jpg",
    "gpj.\u202eevil".encode(),
    b"not utf-8 \xff\xfe.jpg",
    b"-n",
    b"--json",
    b"two  spaces .jpg",
    b"tab\there.jpg",
    rb"literal \x41.jpg",
    b"a" * 251 + b".jpg",
    "ÄÖ ü 日本.jpg".encode(),
    b"%2e%2e;rm -rf $HOME`id`'\".jpg",
    b"~user.jpg",
    b"*.jpg",
]


def test_hostile_names_go_up_are_escaped_for_people_and_accepted_back(bench):
    digests = {name: bench.write(name, number) for number, name in enumerate(HOSTILE, 1)}
    plan = bench.run(b"sync", b"-n")
    assert plan.code == 0
    assert len(plan.lines) == len(HOSTILE) + 1
    assert all(character.isprintable() or character == "\n" for character in plan.out)
    assert "\u202e" not in plan.out
    done = bench.sync()
    assert done.code == 0
    assert bench.remote() == sorted(digests.values())
    assert not any(headers.get("Content-Disposition") for _, _, headers in bench.requests)
    paths = {one["sha256"]: one["path"] for one in done.operations()}
    for name, digest in digests.items():
        assert paths[digest] == f"{SET}/" + name.decode("utf-8", "backslashreplace")
    assert os.listdir(os.fsencode(bench.root / SET)).sort() == HOSTILE.sort()
    people = bench.run("status").out + bench.run("sync", "-v", "-n").out
    assert all(character.isprintable() or character == "\n" for character in people)
    for name in (b"not utf-8 \xff\xfe.jpg", rb"literal \x41.jpg", b"line\nbreak.jpg"):
        for path in (paths[digests[name]], bench.root.as_posix().encode() + f"/{SET}/".encode() + name):
            told = bench.explain(path)
            assert (told["state"], told["path"]) == ("up", paths[digests[name]])
    dashed = bench.run("explain", "--json", "--", "--json", cwd=bench.root / SET)
    assert dashed.doc["path"] == f"{SET}/--json"


def test_what_is_sent_has_a_generated_name_of_its_true_format(bench):
    sent = []

    def keep(request):
        body = request.get_data()
        sent.append(re.search(rb'filename="([^"]+)"\r\nContent-Type: ([^\r]+)\r\n', body).groups())
        return nok(422)()

    bench.refuse(UPLOAD, keep)
    bench.write("holiday.jpg", png(1))
    bench.write("b.png", mpo(2))
    bench.write("c.jpeg", webp(3))
    bench.write("no ending", heic(4))
    bench.write("PHOTO.JPG", 5)
    done = bench.sync("-v")
    assert sorted((name.rpartition(b".")[2], kind) for name, kind in sent) == [
        (b"heic", b"image/heic"), (b"jpg", b"image/jpeg"), (b"jpg", b"image/jpeg"), (b"png", b"image/png"),
        (b"webp", b"image/webp"),
    ]  # fmt: skip
    assert not any(word in name for name, _ in sent for word in (b"holiday", b"PHOTO", b"no ending"))
    assert (done.code, done.doc["summary"]["upload"], done.doc["summary"]["failed"]) == (1, 5, 5)


def test_links_pipes_sockets_and_what_lies_beside_sets(bench, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    bench.write("good.jpg", 1)
    bench.write("outside.jpg", 2, str(elsewhere))
    folder = bench.root / SET
    (folder / "link.jpg").symlink_to(elsewhere / "outside.jpg")
    (folder / "dangling.jpg").symlink_to("nowhere")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "twice.jpg").symlink_to("good.jpg")
    os.mkfifo(folder / "pipe.jpg")
    here = os.getcwd()
    os.chdir(folder)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket.jpg")
    os.chdir(here)
    bench.write("deep.jpg", 3, f"{SET}/inner")
    bench.write("a.jpg", 4, "models/m42/ModelInput")
    bench.write("stray.jpg", 5, "models/m42")
    bench.write("stray.jpg", 6, ".")
    (bench.root / "models" / "linked").symlink_to(elsewhere)
    (bench.root / "models" / "m42" / "auxiliaryType").symlink_to(elsewhere)
    bench.write(".hidden.jpg", 7)
    bench.write("half.jpg.part", 8)
    bench.write("Thumbs.db", b"x")
    done = bench.sync()
    assert done.code == 0
    assert bench.did("upload") == 1
    assert done.told == {
        "good.jpg": ("upload", "new"),
        "pipe.jpg": ("rejected", "not-an-image"),
        "socket.jpg": ("rejected", "not-an-image"),
    }
    notes = sorted((one["path"], one["reason"]) for one in done.doc["notes"])
    assert notes == sorted(
        [
            *((f"{SET}/{name}.jpg", "link") for name in ("link", "dangling", "loop", "twice")),
            (f"{SET}/inner", "not-in-a-set"),
            ("models/m42/ModelInput", "not-in-a-set"),
            ("models/m42/stray.jpg", "not-in-a-set"),
            ("stray.jpg", "not-in-a-set"),
            ("models/linked", "link"),
            ("models/m42/auxiliaryType", "link"),
        ]
    )
    assert bench.explain(f"{SET}/link.jpg")["state"] == "link"
    assert bench.explain(f"{SET}/inner/deep.jpg")["state"] == "not-in-a-set"
    assert bench.explain(f"{SET}/.hidden.jpg")["state"] == "ignored"


def test_natural_order_decides_who_gets_the_last_slots(bench):
    bench.configure(images={"verify": "structure"}, limits={"images_per_set": 3})
    for number, name in enumerate(["img10.jpg", "img2.jpg", "IMG1.jpg", "img02.jpg", "b.jpg"], 1):
        bench.write(name, number)
    done = bench.sync()
    assert [one["path"].rpartition("/")[2] for one in done.operations("upload")] == ["b.jpg", "IMG1.jpg", "img02.jpg"]
    waiting = [(one["path"].rpartition("/")[2], one["rank"]) for one in done.operations("waiting")]
    assert waiting == [("img2.jpg", 1), ("img10.jpg", 2)]
    assert done.code == 0
    bench.configure(limits={"images_per_set": 1})
    assert bench.sync("--detailed-exitcode", "-n").code == 0
