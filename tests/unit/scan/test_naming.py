import pytest

from syncd.images.judge import judge
from syncd.scan.naming import in_view_of
from tests import samples


@pytest.mark.parametrize(
    ("name", "data", "beginning"),
    [
        (b"a.jpg", samples.gif(1), "a GIF inside, although named .jpg: GIF is not accepted"),
        (b"a.HEIC", samples.avif(1), "an AVIF inside, although named .heic: AVIF is not accepted"),
        (b"\xff.Png", samples.tiff(1), "a TIFF inside, although named .png: TIFF is not accepted"),
        (b"a.gif", samples.gif(1), "GIF is not accepted"),
        (b"a.tif", samples.gif(1), "GIF is not accepted"),
        (b"a", samples.gif(1), "GIF is not accepted"),
        (b"a.jpg", b"words", "text, not a picture"),
        (b"a.jpg", samples.png(1), ""),
    ],
)
def test_a_name_that_promises_what_may_go_up_is_told(name, data, beginning):
    judged = judge(data)
    told = in_view_of(name, judged)
    assert told.detail.startswith(beginning)
    assert (told.reason, told.format, told.likeness) == (judged.reason, judged.format, judged.likeness)
