import json
import os
from io import BytesIO

from click.testing import CliRunner, Result
from PIL import Image
from PIL.ImageFilter import GaussianBlur

from syncd.cli.main import cli
from syncd.images.drawing import landscape, portrait
from tests.samples import gif, heic, jpeg, mpo, png, png_bomb, saved, truncated, webp

LARGE = (520, 600)


def check(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", *arguments])


def files(*arguments: str, code: int = 0) -> list[dict]:
    done = check("--json", *arguments)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)["files"]


def told(*arguments: str, code: int = 0) -> dict[str, object]:
    """The reason by path, or the warnings of what is good."""
    return {one["path"]: one["reason"] or one["warnings"] for one in files(*arguments, code=code)}


def lay_out(folder, **contents: bytes) -> None:
    for name, data in contents.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def test_every_file_is_judged_by_its_content_in_natural_order(nothing):
    lay_out(
        nothing, a10_jpg=jpeg(1, LARGE), a2_jpeg=mpo(2, LARGE), b_heic=heic(3, LARGE, orientation=6),
        c_png=webp(4, LARGE), d_jpg=gif(1), e_jpg=truncated(jpeg(5)), f=b"",
        g_txt=b"words", h__i_txt=png(6, LARGE), z_png=png_bomb(),
    )  # fmt: skip
    found = files(".")
    assert [(one["path"], one["verdict"], one["reason"], one["format"], one["warnings"]) for one in found] == [
        ("./a2.jpeg", "accept", None, "jpeg", []),
        ("./a10.jpg", "accept", None, "jpeg", []),
        ("./b.heic", "accept", None, "heic", []),
        ("./c.png", "accept", None, "webp", ["extension-mismatch"]),
        ("./d.jpg", "reject", "unsupported-format", "gif", []),
        ("./e.jpg", "reject", "corrupt", "jpeg", []),
        ("./f", "reject", "empty", None, []),
        ("./g.txt", "reject", "not-an-image", None, []),
        ("./h/i.txt", "accept", None, "png", ["extension-mismatch"]),
        ("./z.png", "reject", "too-many-pixels", "png", []),
    ]
    assert list(found[0]) == ["path", "verdict", "reason", "detail", "format", "width", "height", "size", "warnings"]
    assert (found[2]["width"], found[2]["height"], found[2]["size"]) == (
        *LARGE[::-1],
        (nothing / "b.heic").stat().st_size,
    )
    assert all(one["detail"] for one in found if one["verdict"] == "reject")


def test_paths_are_told_as_they_were_named_each_file_once(nothing):
    lay_out(nothing, a_jpg=jpeg(1, LARGE), sub__b_jpg=jpeg(2, LARGE))
    full = str(nothing / "a.jpg")
    assert [one["path"] for one in files()] == ["a.jpg", "sub/b.jpg"]
    assert [one["path"] for one in files("sub/", full, ".", "../here/a.jpg")] == ["sub/b.jpg", full]
    odd = os.fsencode(nothing) + b"/\xff.jpg"
    with open(odd, "wb") as file:
        file.write(jpeg(3, LARGE))
    assert [one["path"] for one in files(r"\xff.jpg")] == [r"\xff.jpg"]


def test_the_same_bytes_are_a_duplicate_in_one_folder_and_not_in_two(nothing):
    lay_out(nothing, a10_jpg=jpeg(1, LARGE), a2_jpg=jpeg(1, LARGE), sub__c_jpg=jpeg(1, LARGE), x_jpg=b"no", y_jpg=b"no")
    expected = {
        "a10.jpg": ["duplicate"],
        "a2.jpg": [],
        "sub/c.jpg": [],
        "x.jpg": "not-an-image",
        "y.jpg": "not-an-image",
    }
    assert told() == expected
    assert told("a10.jpg", "a2.jpg") == {"a10.jpg": ["duplicate"], "a2.jpg": []}
    assert "a2.jpg" in next(one["detail"] for one in files() if one["path"] == "a10.jpg")


def test_what_is_odd_about_a_good_picture_is_a_warning(nothing):
    lay_out(
        nothing, small_jpg=jpeg(1, (511, 600)), just_jpg=jpeg(2, (512, 600)), where_jpg=jpeg(3, LARGE, position=True),
        huge_png=png_bomb(9000, 9000), noending=jpeg(4, LARGE), shout_JPG=jpeg(5, LARGE),
    )  # fmt: skip
    assert told() == {
        "small.jpg": ["small"], "just.jpg": [], "where.jpg": ["has-position"], "huge.png": ["not-decoded"],
        "noending": [], "shout.JPG": [],
    }  # fmt: skip


def glare(level: int) -> int:
    return min(255, level * 8)


def test_what_makes_a_picture_poor_to_learn_from_is_a_warning_in_its_folder(nothing):
    image = Image.open(BytesIO(portrait(1, "png"))).convert("RGB").resize((600, 800))
    lay_out(
        nothing, a2_jpg=saved(image, "JPEG"), a10_png=saved(image.resize((540, 720)), "PNG"),
        b_jpg=saved(Image.open(BytesIO(landscape(1, "png"))).resize((800, 600)).filter(GaussianBlur(9)), "JPEG"),
        c_jpg=saved(Image.open(BytesIO(landscape(3, "png"))).resize((800, 600)).point(lambda v: v // 8), "JPEG"),
        d_jpg=saved(image.resize((480, 640)).transpose(Image.Transpose.FLIP_TOP_BOTTOM).point(glare), "JPEG"),
        sub__a_webp=saved(image.transpose(Image.Transpose.ROTATE_90), "WEBP"),
        e_jpg=saved(image.transpose(Image.Transpose.ROTATE_90), "JPEG"),
    )  # fmt: skip
    assert told() == {
        "a2.jpg": [], "a10.png": ["near-duplicate"], "b.jpg": ["blurred"], "c.jpg": ["dark"],
        "d.jpg": ["small", "bright"], "e.jpg": ["near-duplicate"], "sub/a.webp": [],
    }  # fmt: skip
    line = next(line for line in check().stdout.splitlines() if "a10.png" in line)
    assert line.endswith("the same picture as a2.jpg, nearly: keep the better of the two")


def test_what_no_request_can_carry_is_too_large_to_the_byte(nothing):
    photo = jpeg(1, LARGE)
    lay_out(nothing, fits_jpg=photo.ljust(19_999_487, b"\0"), large_jpg=photo.ljust(19_999_488, b"\0"))
    assert told() == {"fits.jpg": [], "large.jpg": "too-large"}


def test_links_are_told_and_not_followed_and_pipes_are_no_images(nothing):
    lay_out(nothing, real__a_jpg=jpeg(1, LARGE), b_jpg=jpeg(2, LARGE))
    (nothing / "link.jpg").symlink_to("b.jpg")
    (nothing / "way").symlink_to("real")
    os.mkfifo(nothing / "pipe.jpg")
    done = check("--json")
    assert [one["path"] for one in json.loads(done.stdout)["files"]] == ["b.jpg", "pipe.jpg", "real/a.jpg"]
    assert told()["pipe.jpg"] == "not-an-image"
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["link.jpg", "way"]
    assert (told("way"), told("link.jpg")) == ({"way/a.jpg": []}, {})


def test_ignored_names_are_left_out_also_folders(nothing):
    lay_out(nothing, a_jpg=jpeg(1, LARGE), b_jpg_part=jpeg(2), Thumbs_db=b"x", sub__c_tmp=b"x")
    lay_out(nothing / ".hidden", d_jpg=jpeg(3, LARGE))
    assert told() == {"a.jpg": []}
    assert told(".hidden") == {".hidden/d.jpg": []}
    named = check("b.jpg.part", "--json")
    assert (json.loads(named.stdout)["files"], "ignored" in named.stderr) == ([], True)


def test_a_file_that_cannot_be_read_is_told_beside_the_others_and_exits_1(nothing):
    lay_out(nothing, a_jpg=jpeg(1, LARGE))
    assert told("gone.jpg", "a.jpg", "a.jpg/b", code=1) == {
        "gone.jpg": "unreadable",
        "a.jpg": [],
        "a.jpg/b": "unreadable",
    }
    assert check("").exit_code == 2


def test_no_configuration_is_needed_and_nothing_is_touched(nothing, monkeypatch):
    monkeypatch.setenv("SYNCD_CONFIG", str(nothing / "broken.toml"))
    lay_out(nothing, broken_toml=b"[", a_jpg=jpeg(1, LARGE))
    before = {path: path.stat().st_mtime_ns for path in (nothing, *nothing.rglob("*"))}
    assert told("a.jpg") == {"a.jpg": []}
    assert {path: path.stat().st_mtime_ns for path in (nothing, *nothing.rglob("*"))} == before


def test_people_get_a_line_a_file_and_a_sum_and_with_quiet_only_what_is_wrong(nothing):
    lay_out(nothing, a_jpg=jpeg(1), b_jpg=gif(1))
    lines = check().stdout.splitlines()
    assert [line.split()[:3] for line in lines[:2]] == [["+", "a.jpg", "jpeg"], ["!", "b.jpg", "rejected"]]
    assert lines[2] == "2 files: 1 can go up, 1 of them with a remark, 1 rejected."
    assert [line.split()[1] for line in check("-q").stdout.splitlines()] == ["b.jpg"]
