import httpx
import pytest

from syncd import errors
from syncd.model.sets import ImageType, SetKey
from tests.unit.service.peer import SET, StillClock


def image(number, **more):
    return {"id": f"i{number}", "modelID": "m42", "type": "modelInput", **more}


class Shelf:
    """A service's images and its manners with pages."""

    def __init__(self, images, cap=1000, named=True, before=lambda _: None):
        self.images = list(images)
        self.cap = cap
        self.named = named
        self.before = before
        self.asked = []

    def __call__(self, request):
        self.before(self)
        query = request.url.params
        self.asked.append((request.url.path, query["imageType"], int(query["pageNum"])))
        size = min(self.cap, int(query["pageSize"]))
        start = (int(query["pageNum"]) - 1) * size
        answer = {"result": self.images[start : start + size], "status": "OK", "page": int(query["pageNum"])}
        return httpx.Response(200, json={**answer, **({"pageSize": size} if self.named else {})})


def ids(listing):
    return [image.id for image in listing.images]


def numbered(count):
    return [f"i{number}" for number in range(count)]


def test_one_short_page_is_the_whole_list(answered):
    clock = StillClock()
    shelf = Shelf(map(image, range(20)))
    listing = answered(shelf, clock).list_set(SET)
    assert ids(listing) == numbered(20)
    assert (listing.pages, listing.taken) == (1, clock.now())
    assert shelf.asked == [("/api/models/m42/images", "input", 1)]


def test_the_other_type_is_asked_by_its_own_name(answered):
    shelf = Shelf([image(1, type="auxiliaryType")])
    assert ids(answered(shelf).list_set(SetKey("m42", ImageType.AUXILIARY))) == ["i1"]
    assert shelf.asked == [("/api/models/m42/images", "auxiliaryType", 1)]


def test_an_empty_list_is_empty(answered):
    listing = answered(Shelf([])).list_set(SET)
    assert (listing.images, listing.pages) == ((), 1)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("cap", [1, 3, 7, 20, 23, 100])
def test_a_capped_page_size_loses_no_image(answered, cap, named):
    shelf = Shelf(map(image, range(23)), cap=cap, named=named)
    assert sorted(ids(answered(shelf).list_set(SET))) == sorted(numbered(23))


def test_a_full_last_page_is_followed_by_a_look_at_the_next(answered):
    shelf = Shelf(map(image, range(20)), cap=20)
    listing = answered(shelf).list_set(SET)
    assert listing.pages == 1
    assert [number for *_, number in shelf.asked] == [1, 2]


def test_an_image_that_comes_twice_is_listed_once(answered):
    def shift(shelf):
        if len(shelf.asked) == 2:
            shelf.images.insert(0, image(99))

    shelf = Shelf(map(image, range(9)), cap=1, before=shift)
    assert ids(answered(shelf).list_set(SET)) == numbered(9)


def test_a_service_that_ignores_the_page_number_is_left(answered):
    shelf = Shelf([])

    def handler(request):
        shelf(request)
        return httpx.Response(200, json={"pageSize": 3, "result": [image(n) for n in range(3)]})

    assert ids(answered(handler).list_set(SET)) == numbered(3)
    assert len(shelf.asked) == 3


def test_a_list_without_end_is_not_followed_for_ever(answered):
    count = iter(range(1_000_000))

    def handler(request):
        return httpx.Response(200, json={"pageSize": 1, "result": [image(next(count))]})

    with pytest.raises(errors.UnexpectedAnswer):
        answered(handler).list_set(SET)
    assert next(count) == 1000


def test_an_ignored_filter_lets_no_other_type_in(answered):
    kinds = ["modelInput", "output", "auxiliaryType", "input", None, "modelinput", "INPUT"]
    shelf = Shelf([image(number, type=kind) for number, kind in enumerate(kinds)], cap=2)
    listing = answered(shelf).list_set(SET)
    assert [(each.id, each.type) for each in listing.images] == [(f"i{n}", "modelInput") for n in (0, 3, 4, 5, 6)]


def test_a_page_of_other_types_does_not_end_the_list(answered):
    shelf = Shelf([image(0), *(image(n, type="output") for n in range(1, 9)), image(9)], cap=2)
    assert ids(answered(shelf).list_set(SET)) == ["i0", "i9"]


def test_all_images_of_a_model_keep_their_types(answered):
    shelf = Shelf([image(0), image(1, type="output"), image(2, type="input"), image(3, type=None)])
    listing = answered(shelf).list_model("m42")
    assert [each.type for each in listing.images] == ["modelInput", "output", "modelInput", None]
    assert shelf.asked == [("/api/models/m42/images", "all", 1)]


SHAPELESS = [
    {"result": None},
    {"result": {}},
    {},
    {"result": ["i1"]},
    {"result": [None]},
    {"result": [{"modelID": "m42"}]},
    {"result": [{"id": None}]},
    {"result": [{"id": 1.5}]},
    {"result": [{"id": True}]},
    {"result": [{"id": "../x"}]},
    {"result": [{"id": "a", "modelID": "m43"}]},
    {"result": [{"id": "a", "modelID": ["m42"]}]},
    {"result": [{"id": "a", "type": ["modelInput"]}]},
    {"result": [image(1)], "status": "NOK"},
    {"result": [image(1)], "status": None},
]


@pytest.mark.parametrize("answer", SHAPELESS)
@pytest.mark.parametrize("page", [1, 2])
def test_one_wrong_shape_spoils_the_whole_listing(answered, answer, page):
    shelf = Shelf(map(image, range(5)), cap=2)

    def handler(request):
        good = shelf(request)
        return httpx.Response(200, json={"status": "OK", **answer}) if len(shelf.asked) == page else good

    with pytest.raises(errors.UnexpectedAnswer):
        answered(handler).list_set(SET)


@pytest.mark.parametrize("size", ["100", 0, -1, None, True, 2.5])
def test_a_page_size_that_is_none_counts_as_unnamed(answered, size):
    shelf = Shelf(map(image, range(5)), cap=2)

    def handler(request):
        return httpx.Response(200, json={**shelf(request).json(), "pageSize": size})

    assert ids(answered(handler).list_set(SET)) == numbered(5)


def test_an_id_may_be_a_number(answered):
    assert ids(answered(Shelf([{"id": 17}])).list_set(SET)) == ["17"]


@pytest.mark.parametrize("status", [404, 500])
def test_a_later_page_that_fails_fails_the_listing(answered, status):
    shelf = Shelf(map(image, range(5)), cap=2)

    def handler(request):
        good = shelf(request)
        return httpx.Response(status, json={"message": "x"}) if len(shelf.asked) == 3 else good

    with pytest.raises((errors.NotFound, errors.Unreachable)):
        answered(handler).list_set(SET)


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("status", [400, 404])
def test_an_error_for_a_page_past_the_end_ends_the_list(answered, status, settled):
    shelf = Shelf(map(image, range(6)), cap=2)

    def handler(request):
        good = shelf(request)
        return good if good.json()["result"] else httpx.Response(status, json={"message": "no such page"})

    assert ids(answered(handler).list_set(SET, settled=settled)) == numbered(6)


@pytest.mark.parametrize("past_the_end", [200, 400, 503])
def test_an_error_for_a_page_that_is_there_is_no_end(answered, past_the_end):
    shelf = Shelf(map(image, range(6)), cap=2)

    def handler(request):
        good = shelf(request)
        if shelf.asked[-1][-1] == 3:
            return httpx.Response(404, json={"message": "x"})
        return good if good.json()["result"] else httpx.Response(past_the_end, json=good.json())

    with pytest.raises(errors.ServiceError):
        answered(handler).list_set(SET)


@pytest.mark.parametrize("status", [400, 404])
def test_an_error_for_the_first_page_is_no_empty_list(answered, status):
    with pytest.raises((errors.NotFound, errors.UnexpectedAnswer)):
        answered(lambda _: httpx.Response(status, json={"message": "no such page"})).list_set(SET)


@pytest.mark.parametrize("past_the_end", [200, 404])
def test_a_named_page_size_that_is_not_kept_hides_no_image_from_one_who_will_upload(answered, past_the_end):
    shelf = Shelf(map(image, range(7)), cap=3)

    def handler(request):
        good = shelf(request).json()
        if past_the_end == 404 and not good["result"]:
            return httpx.Response(404, json={"message": "no such page"})
        return httpx.Response(200, json={**good, "pageSize": 100})

    service = answered(handler)
    short = service.list_set(SET)
    assert ids(short) == numbered(3)
    assert service.overlooks(SET, short)
    assert ids(service.list_set(SET)) == ids(service.list_set(SET, settled=True)) == numbered(7)
    assert ids(answered(handler).list_set(SET, settled=True)) == numbered(7)


def test_a_short_page_is_looked_behind_only_where_it_may_be_cut_off(answered):
    shelf = Shelf(map(image, range(5)))
    service = answered(shelf)
    assert not service.overlooks(SET, service.list_set(SET))
    assert [number for *_, number in shelf.asked] == [1, 2]
    shelf.images.pop()
    assert not service.overlooks(SET, service.list_set(SET))
    shelf.images = list(map(image, range(20)))
    assert not service.overlooks(SET, service.list_set(SET))
    assert [number for *_, number in shelf.asked] == [1, 2, 1, 1]


def test_settled_takes_one_page_as_it_is(answered):
    shelf = Shelf(map(image, range(20)), cap=20)
    answered(shelf).list_set(SET, settled=True)
    assert [number for *_, number in shelf.asked] == [1, 2]


def test_settled_lists_until_two_listings_agree(answered):
    def hide(shelf):
        # The first listing misses an image that a deleted one before it pushed to an earlier page.
        if len(shelf.asked) == 1:
            shelf.images.pop(0)

    shelf = Shelf(map(image, range(7)), cap=2, before=hide)
    listing = answered(shelf).list_set(SET, settled=True)
    assert ids(listing) == [f"i{number}" for number in range(1, 7)]
    assert [number for *_, number in shelf.asked].count(1) == 3


def test_settled_gives_up_on_a_list_that_never_rests(answered):
    def churn(shelf):
        if len(shelf.asked) % 4 == 0:
            shelf.images = [image(len(shelf.asked) + number) for number in range(6)]

    shelf = Shelf([], cap=2, before=churn)
    with pytest.raises(errors.UnexpectedAnswer):
        answered(shelf).list_set(SET, settled=True)
    assert [number for *_, number in shelf.asked].count(1) == 5


def test_settled_is_not_troubled_by_images_of_other_types(answered):
    def generate(shelf):
        shelf.images.append(image(1000 + len(shelf.asked), type="output"))

    shelf = Shelf(map(image, range(4)), cap=3, before=generate)
    assert ids(answered(shelf).list_set(SET, settled=True)) == numbered(4)
