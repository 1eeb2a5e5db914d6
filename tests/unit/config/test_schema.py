from typing import Any

import pytest
from pydantic import ValidationError

from syncd.config.schema import Config, Folder, keys, section_type
from syncd.config.values import Allowed

ACCEPTED: list[tuple[str, Any, Any]] = [
    ("service.base_url", "https://api.example.com/v1/", "https://api.example.com/v1"),
    ("service.base_url", "http://127.0.0.1:8788", "http://127.0.0.1:8788"),
    ("service.base_url", "http://localhost/api", "http://localhost/api"),
    ("service.base_url", "http://[::1]:1/api", "http://[::1]:1/api"),
    ("service.ambiguity_seconds", 0, 0),
    ("service.picture_hosts", ["CDN.example.com.", "10.0.0.1"], ("cdn.example.com", "10.0.0.1")),
    ("dataset.layout", "{image_type}/by/{model_id}/", "{image_type}/by/{model_id}"),
    ("dataset.ignore", ["*.psd", "!*.part", "# remark"], ("*.psd", "!*.part", "# remark")),
    ("limits.images_per_set", 1, 1),
    ("limits.request_bytes", 20_000_000, 20_000_000),
    ("deletes.grace_seconds", 0.5, 0.5),
    ("state.url", "sqlite:////abs/s.db", "sqlite:////abs/s.db"),
    ("state.url", "sqlite+pysqlite:///s.db?timeout=3", "sqlite+pysqlite:////base/s.db?timeout=3"),
    ("state.url", "postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
    ("status.listen", "", ""),
    ("status.listen", "[::1]:0", "[::1]:0"),
    ("notify.command", "tell me", ("tell", "me")),
]

REJECTED: list[tuple[str, Any]] = [
    ("service.base_url", "http://api.example.com"),
    ("service.base_url", "http://127.0.0.1.example.com"),
    ("service.base_url", "ftp://127.0.0.1"),
    ("service.base_url", "https://"),
    ("service.base_url", "https://user:pw@api.example.com"),
    ("service.base_url", "https://api.example.com?x=1"),
    ("service.base_url", "https://api.exam\tple.com"),
    ("service.base_url", "https://api.example.com:99999"),
    ("service.timeout_seconds", 0),
    ("service.timeout_seconds", "60"),
    ("service.timeout_seconds", True),
    ("service.timeout_seconds", float("inf")),
    ("service.ambiguity_seconds", -1),
    ("service.max_concurrency", 0),
    ("service.requests_per_second", -0.1),
    ("service.picture_hosts", ["https://cdn.example.com"]),
    ("service.picture_hosts", "cdn.example.com"),
    ("dataset.root", ""),
    ("dataset.root", "a\0b"),
    ("dataset.layout", "{model_id}"),
    ("dataset.layout", "{model_id}/{image_type}/{model_id}"),
    ("dataset.layout", "m-{model_id}/{image_type}"),
    ("dataset.layout", "/{model_id}/{image_type}"),
    ("dataset.layout", "../{model_id}/{image_type}"),
    ("dataset.layout", "{name}/{model_id}/{image_type}"),
    ("dataset.watch", "Auto"),
    ("dataset.ignore", "*.psd"),
    ("dataset.ignore", ["!"]),
    ("dataset.ignore", [3]),
    ("limits.images_per_set", 0),
    ("limits.images_per_set", 21),
    ("limits.images_per_set", 5.0),
    ("limits.request_bytes", 20_000_001),
    ("limits.request_bytes", 0),
    ("deletes.enabled", 1),
    ("deletes.max_delete", "101%"),
    ("deletes.max_delete", "-1"),
    ("deletes.max_delete", -1),
    ("deletes.max_delete", "1.5"),
    ("deletes.max_delete", True),
    ("deletes.max_delete", 0.5),
    ("deletes.max_delete", "half"),
    ("images.strip_metadata", "yes"),
    ("state.url", "/var/lib/state.db"),
    ("state.url", "sqlite://"),
    ("state.url", "sqlite:///:memory:"),
    ("status.listen", "127.0.0.1"),
    ("status.listen", ":8787"),
    ("status.listen", "127.0.0.1:port"),
    ("status.listen", "127.0.0.1:99999"),
    ("notify.command", "unclosed '"),
    ("notify.command", [1]),
]


def read(key: str, value: object) -> object:
    section, name = key.split(".")
    config = Config.model_validate({section: {name: value}}, context={"base": b"/base"})
    return getattr(getattr(config, section), name)


@pytest.mark.parametrize(("key", "written", "value"), ACCEPTED)
def test_values_are_read(key, written, value):
    assert read(key, written) == value


@pytest.mark.parametrize(("key", "written"), REJECTED)
def test_values_that_cannot_be_meant_are_faults(key, written):
    with pytest.raises(ValidationError):
        read(key, written)


@pytest.mark.parametrize(
    ("written", "up", "held_from"), [("50%", 10, 6), ("0", 10, 1), (7, 10, 8), ("12.5%", 16, 3), ("100%", 10, 11)]
)
def test_the_brake_is_a_share_or_a_number(written, up, held_from):
    brake = read("deletes.max_delete", written)
    assert [brake.exceeded_by(held_from - 1, up), brake.exceeded_by(held_from, up)] == [False, True]


def test_every_key_says_what_it_takes():
    fields = [section_type(section).model_fields[name] for section, name in keys().values()]
    for field in [*fields, *Folder.model_fields.values()]:
        assert any(isinstance(one, Allowed) and one.words for one in field.metadata)


def test_every_default_is_itself_accepted():
    for key, (section, name) in keys().items():
        default = section_type(section).model_fields[name].default
        if default not in (None, "", ()):
            assert read(key, str(default) if key == "deletes.max_delete" else default) == default


def test_the_configuration_cannot_be_changed():
    with pytest.raises(ValidationError):
        Config().limits.images_per_set = 3
