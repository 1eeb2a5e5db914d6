import pytest

from syncd.model.sets import ImageType, SetKey
from syncd.scan.discover import Folder
from syncd.scan.whose import Whose

M1 = SetKey("m1", ImageType.MODEL_INPUT)
APART = SetKey("apart", ImageType.AUXILIARY)
FOLDERS = [Folder(APART, b"/apart"), Folder(APART, b"/srv", (b"inside", b"x"))]
WHOSE = Whose(b"/srv/", "models/{model_id}/{image_type}", FOLDERS)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (b"/srv/models/m1/modelInput", M1),
        (b"/srv/models/m1/modelInput/a.jpg", M1),
        (b"/srv/models/m1/modelInput/\xff.jpg", M1),
        (b"/srv/models/m1/auxiliaryType/a.jpg", SetKey("m1", ImageType.AUXILIARY)),
        (b"/apart", APART),
        (b"/apart/a.jpg", APART),
        (b"/srv/inside/x/a.jpg", APART),
        (b"/srv/models/m1/modelInput/deeper/a.jpg", None),
        (b"/srv/models/m1", None),
        (b"/srv/models/m1/modelinput/a.jpg", None),
        (b"/srv/models/m 1/modelInput/a.jpg", None),
        (b"/srv/models/m1~/modelInput/a.jpg", None),
        (b"/srv/other/m1/modelInput/a.jpg", None),
        (b"/srv", None),
        (b"/srvmodels/m1/modelInput", None),
        (b"/elsewhere/a.jpg", None),
    ],
)
def test_a_path_belongs_to_the_set_that_it_lies_in(path, key):
    assert WHOSE.set_of(path) == key


def test_without_a_root_only_named_folders_are_sets():
    whose = Whose(None, "models/{model_id}/{image_type}", FOLDERS)
    assert whose.set_of(b"/apart/a.jpg") == APART
    assert whose.set_of(b"/srv/models/m1/modelInput") is None


def test_the_root_may_be_the_root_of_all():
    assert Whose(b"/", "{model_id}/{image_type}").set_of(b"/m1/modelInput/a.jpg") == M1
