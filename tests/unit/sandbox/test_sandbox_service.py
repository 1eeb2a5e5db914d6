import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from syncd.sandbox import ApiError, Event, ImageService, ImageType

INPUT, AUXILIARY, OUTPUT = ImageType.MODEL_INPUT, ImageType.AUXILIARY, ImageType.OUTPUT


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=[False, True], ids=["in memory", "in a folder"])
def service(make, request):
    return make(kept=request.param)


def test_a_picture_comes_back_as_it_was_given(service, picture):
    model, sent = service.create_model().id, picture()
    image = service.add_image(model, "modelInput", sent)
    assert service.picture(image.id) == sent
    assert service.images(model, "modelInput") == [image] == service.images(model)


def test_twenty_of_each_uploaded_type_and_no_more(service, picture):
    model = service.create_model("m42").id
    for image_type in (INPUT, AUXILIARY):
        for _ in range(20):
            service.add_image(model, image_type, picture())
        for add in (service.add_image, service.upload):
            with pytest.raises(ApiError) as refused:
                add(model, image_type, picture())
            assert refused.value.status == 400
    assert len(service.images(model)) == 40


def test_output_images_take_no_slot_and_have_no_limit(service, picture):
    model = service.create_model().id
    for _ in range(25):
        service.add_image(model, "output", picture())
    service.upload(model, INPUT, picture())
    assert len(service.images(model, OUTPUT)) == 25


def test_threads_share_the_twenty_slots(service, picture):
    model, pictures = service.create_model().id, [picture() for _ in range(200)]

    def upload(sent):
        try:
            return service.upload(model, INPUT, sent).id
        except ApiError:
            return None

    with ThreadPoolExecutor(16) as many:
        made = [image_id for image_id in many.map(upload, pictures) if image_id]
    assert len(made) == len(set(made)) == 20
    assert sorted(made) == sorted(image.id for image in service.images(model))


def test_the_events_tell_who_did_what(service, picture):
    model = service.create_model("m42").id
    first, second = picture(), picture()
    uploaded, seeded = service.upload(model, INPUT, first), service.add_image(model, "output", second)
    service.delete_image(uploaded.id)
    service.remove_image(seeded.id)
    with pytest.raises(ApiError):
        service.delete_image(uploaded.id)
    digests = [hashlib.sha256(sent).hexdigest() for sent in (first, second)]
    assert service.events == [
        Event("model-created", "m42", "m42"),
        Event("upload", uploaded.id, "m42", INPUT, digests[0]),
        Event("seeded", seeded.id, "m42", OUTPUT, digests[1]),
        Event("delete", uploaded.id, "m42", INPUT, digests[0]),
        Event("removed", seeded.id, "m42", OUTPUT, digests[1]),
    ]


def test_a_refused_upload_leaves_no_event_and_no_file(make, tmp_path, picture):
    service = make(kept=True)
    model = service.create_model().id
    before = service.events, files_below(tmp_path)
    for sent, where in ((b"text", model), (picture(), "nobody")):
        with pytest.raises(ApiError):
            service.upload(where, INPUT, sent)
    assert (service.events, files_below(tmp_path)) == before


def test_given_ids_and_time_a_run_repeats_itself(make, picture):
    def run(service):
        model = service.create_model()
        return model, service.upload(model.id, INPUT, b"\xff\xd8\xff\xe0"), service.events

    assert run(make()) == run(make())


@pytest.mark.parametrize("taken", ["m42", "", "..", "a/b", "a b", ".hidden", "x" * 129])
def test_an_id_that_cannot_be_is_not_given(service, taken):
    service.create_model("m42")
    with pytest.raises(ValueError, match="cannot be the id"):
        service.create_model(taken)


def test_training_ends_by_the_clock(make, clock, picture):
    service = make(training_seconds=90)
    model = service.create_model().id
    for _ in range(12):
        service.upload(model, INPUT, picture())
    service.train(model)
    clock.seconds += 89
    assert service.model(model).status == "training"
    with pytest.raises(ApiError) as refused:
        service.train(model)
    assert refused.value.status == 409
    clock.seconds += 1
    assert service.model(model).status == "ready" == service.models()[0].status
    service.train(model)
    assert service.model(model).status == "training"


# What is kept in a folder


def test_all_is_there_again_after_a_restart(make, clock, picture):
    service = make(kept=True)
    for name in ("m2", "m1"):
        service.create_model(name, name=name.upper())
    sent = [picture() for _ in range(12)]
    made = [service.upload("m1", INPUT, one) for one in sent]
    service.add_image("m2", "output", sent[0])
    service.delete_image(made.pop(3).id)
    del sent[3]
    gone = service.create_model("m3")
    service.delete_model(gone.id)
    again = make(kept=True)
    assert again.models() == service.models()
    assert [model.id for model in again.models()] == ["m2", "m1"]
    assert again.model("m3").status == "deleted"
    assert again.images("m1") == made
    assert [again.picture(image.id) for image in again.images("m1")] == sent
    assert again.images("m2") == service.images("m2")


def test_after_a_restart_ids_do_not_repeat_and_order_goes_on(make, picture):
    service = make(kept=True)
    model = service.create_model("m").id
    before = [service.upload(model, INPUT, picture()) for _ in range(3)]
    again = make(kept=True)
    after = again.upload(model, INPUT, picture())
    assert again.images(model) == [*before, after]
    assert len({image.id for image in again.images(model)}) == 4


def test_an_upload_writes_two_files_and_a_delete_removes_them(make, tmp_path, picture):
    service = make(kept=True)
    model = service.create_model("m").id
    service.upload(model, INPUT, picture())
    before = {path: (tmp_path / path).stat().st_mtime_ns for path in files_below(tmp_path)}
    image = service.upload(model, INPUT, picture())
    assert files_below(tmp_path) - set(before) == {f"data/images/{image.id}.json", f"data/pictures/{image.id}.jpg"}
    service.delete_image(image.id)
    assert {path: (tmp_path / path).stat().st_mtime_ns for path in files_below(tmp_path)} == before


def test_what_an_interrupted_write_left_is_no_image(make, tmp_path, picture):
    service = make(kept=True)
    model = service.create_model("m").id
    service.upload(model, INPUT, picture())
    (tmp_path / "data/images/x.json.new").write_bytes(b'{"id": "x"')
    (tmp_path / "data/pictures/x.jpg").write_bytes(picture())
    assert make(kept=True).images(model) == service.images(model)


def test_a_folder_of_someone_else_is_refused_and_left_alone(make, tmp_path):
    foreign = tmp_path / "data/images/holiday.json"
    foreign.parent.mkdir(parents=True)
    foreign.write_text('{"place": "Rome"}')
    (foreign.parent / "holiday.jpg").write_bytes(b"photo")
    with pytest.raises(ValueError, match=r"holiday\.json was not written by the sandbox"):
        make(kept=True)
    assert files_below(tmp_path) == {"data/images/holiday.json", "data/images/holiday.jpg"}


def test_a_key_is_made_where_none_is_given():
    keys = {ImageService().api_key for _ in range(3)}
    assert len(keys) == 3
    assert all(len(key) >= 32 for key in keys)


def test_the_folder_is_its_owners_alone(make, tmp_path):
    make(kept=True)
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "data").iterdir()} == {0}
