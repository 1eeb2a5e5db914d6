"""The whole configuration: each section a class, each key a field, and here alone its default."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict

from syncd.config import values as v
from syncd.model.plan import MaxDelete, Overflow


class Section(BaseModel):
    """A table of keys. Unknown keys are faults, and no value is bent to fit its type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Service(Section):
    """The image service and how it is spoken to. Rates 0: no cap."""

    base_url: v.BaseUrl = "https://developer.photogptai.com/api"
    api_key_file: v.OptionalPath = None
    timeout_seconds: v.Period = 60
    ambiguity_seconds: v.Seconds = 60
    max_concurrency: v.Concurrency = 64
    requests_per_second: v.Cap = 0
    bytes_per_second: v.Cap = 0
    picture_hosts: v.PictureHosts = ()


class Folder(Section):
    """A set that lies elsewhere than the layout says."""

    path: v.FilePath
    model_id: v.ModelId
    image_type: v.SetType


class Dataset(Section):
    """Where the sets lie, and which files count. `root` may be None only where there are `folders`."""

    root: v.OptionalPath = None
    layout: v.Layout = "models/{model_id}/{image_type}"
    watch: Annotated[Literal["auto", "native", "poll"], v.one_of("auto", "native", "poll")] = "auto"
    settle_seconds: v.Seconds = 2
    ignore: v.Patterns = ()
    folders: Annotated[
        tuple[Folder, ...], BeforeValidator(v.tables), v.Allowed("tables [[dataset.folders]], one for each set")
    ] = ()


class Limits(Section):
    """What the service takes at most."""

    images_per_set: v.Limit = 20
    request_bytes: v.RequestBytes = 20_000_000
    overflow: v.Slots = Overflow.HOLD


class Deletes(Section):
    """Whether and how cautiously images are deleted there."""

    enabled: v.YesNo = True
    max_delete: v.Brake = MaxDelete(50, percent=True)
    grace_seconds: v.Seconds = 30


class Images(Section):
    """How pictures are judged and what is sent of them."""

    verify: Annotated[Literal["decode", "structure"], v.one_of("decode", "structure")] = "decode"
    oversize: Annotated[Literal["reject", "shrink"], v.one_of("reject", "shrink")] = "reject"
    strip_metadata: v.YesNo = False


class Schedule(Section):
    """How often everything is looked at again."""

    rescan_seconds: v.Period = 300
    listing_seconds: v.Period = 900


class State(Section):
    """Where the state lives. Empty: by the rule that follows the config's own place, which `load` applies."""

    url: v.StateUrl = ""


class Status(Section):
    """The status page, metrics and health. `listen` empty: off."""

    listen: v.Listen = "127.0.0.1:8787"
    token_file: v.OptionalPath = None


class Notify(Section):
    """What is run when a set halts or holds, and when it clears. Empty: nothing."""

    command: v.Command = ()


class Log(Section):
    """How much is logged, and in which form."""

    level: Annotated[Literal["debug", "info", "warning", "error"], v.one_of("debug", "info", "warning", "error")] = (
        "info"
    )
    format: Annotated[Literal["auto", "text", "json"], v.one_of("auto", "text", "json")] = "auto"


class Config(Section):
    """Everything that the user wants. Paths are absolute bytes, times seconds, sizes bytes."""

    service: Service = Service()
    dataset: Dataset = Dataset()
    limits: Limits = Limits()
    deletes: Deletes = Deletes()
    images: Images = Images()
    schedule: Schedule = Schedule()
    state: State = State()
    status: Status = Status()
    notify: Notify = Notify()
    log: Log = Log()


def keys() -> dict[str, tuple[str, str]]:
    """Return every key as `section.key`, with its section and its name."""
    return {
        f"{section}.{name}": (section, name)
        for section in Config.model_fields
        for name in section_type(section).model_fields
    }


def section_type(section: str) -> type[Section]:
    """Return the class of a section."""
    return cast("type[Section]", Config.model_fields[section].annotation)
