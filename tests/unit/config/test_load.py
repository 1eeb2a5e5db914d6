import os
from pathlib import Path

import pytest

from syncd.config.load import Loaded, load
from syncd.config.places import Places
from syncd.errors import ConfigError, ExitCode
from syncd.model.plan import MaxDelete

ROOT = '[dataset]\nroot = "photos"\n'


def places(folder: Path, **environ: str) -> Places:
    return Places({"HOME": str(folder / "home"), **environ}, os.fsencode(folder), os.fsencode(folder / "etc/syncd"))


def loaded(folder: Path, text: str | bytes = ROOT, options: dict[str, object] | None = None, **environ: str) -> Loaded:
    (folder / "syncd.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(places(folder, **environ), options=options)


def fault(folder: Path, text: str | bytes, options: dict[str, object] | None = None, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, options, **environ)
    assert caught.value.exit_code == ExitCode.NEEDS_A_PERSON
    assert caught.value.remedy
    assert "\n" not in caught.value.message
    assert str(folder / "syncd.toml") in caught.value.message
    return caught.value.message


def write(path: Path, text: str = ROOT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_first_place_with_a_config_is_taken(tmp_path):
    xdg = tmp_path / "xdg"
    order = [
        write(tmp_path / "given.toml"),
        write(tmp_path / "variable.toml"),
        write(tmp_path / "syncd.toml"),
        write(xdg / "syncd/config.toml"),
        write(tmp_path / "etc/syncd/config.toml"),
    ]
    environ = {"SYNCD_CONFIG": "variable.toml", "XDG_CONFIG_HOME": str(xdg)}
    found = [load(places(tmp_path, **environ), b"given.toml").path]
    found.append(load(places(tmp_path, **environ)).path)
    del environ["SYNCD_CONFIG"]
    for place in order[2:]:
        found.append(load(places(tmp_path, **environ)).path)
        place.unlink()
    assert found == [os.fsencode(place) for place in order]


def test_without_xdg_the_users_place_is_below_home(tmp_path):
    config = write(tmp_path / "home/.config/syncd/config.toml")
    assert load(places(tmp_path, XDG_CONFIG_HOME="relative/is/ignored")).path == os.fsencode(config)


def test_none_found_says_where_it_looked_and_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(places(tmp_path))
    for place in ("syncd.toml", "home/.config/syncd/config.toml", "etc/syncd/config.toml"):
        assert str(tmp_path / place) in caught.value.message
    assert "syncd init" in caught.value.remedy


def test_whoever_stands_among_the_photos_is_shown_the_way_to_the_config(tmp_path):
    (tmp_path / "syncd.toml").write_text("")
    below = tmp_path / "models/m42/modelInput"
    below.mkdir(parents=True)
    with pytest.raises(ConfigError) as raised:
        Places({"HOME": str(tmp_path / "none")}, bytes(below), bytes(tmp_path / "none")).find()
    assert raised.value.remedy == (f"There is one further up: go to {tmp_path}, or add --config {tmp_path}/syncd.toml")


@pytest.mark.parametrize("named", [{"given": b"no.toml"}, {}])
def test_a_named_config_that_is_not_there_does_not_fall_back(tmp_path, named):
    write(tmp_path / "syncd.toml")
    with pytest.raises(ConfigError, match=r"no\.toml cannot be read: No such file"):
        load(places(tmp_path, SYNCD_CONFIG="no.toml"), **named)


def test_option_goes_before_environment_before_file_before_default(tmp_path):
    text = ROOT + "[limits]\nimages_per_set = 3\nrequest_bytes = 7\n[log]\nlevel = 'error'\n"
    result = loaded(tmp_path, text, {"log.level": "debug"}, SYNCD_LIMITS_IMAGES_PER_SET="4", SYNCD_LOG_LEVEL="warning")
    assert (result.config.limits.images_per_set, result.config.limits.request_bytes) == (4, 7)
    assert (result.config.log.level, result.config.log.format) == ("debug", "auto")
    assert [
        result.sources[key]
        for key in ("log.level", "limits.images_per_set", "limits.request_bytes", "log.format", "state.url")
    ] == ["option", "env SYNCD_LIMITS_IMAGES_PER_SET", "file", "default", "default"]


def test_the_environment_may_make_a_whole_section(tmp_path):
    result = loaded(tmp_path, "", SYNCD_DATASET_ROOT="photos")
    assert result.config.dataset.root == os.fsencode(tmp_path / "photos")


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("SYNCD_DELETES_ENABLED", "no", "deletes.enabled", False),
        ("SYNCD_IMAGES_STRIP_METADATA", "TRUE", "images.strip_metadata", True),
        ("SYNCD_DATASET_SETTLE_SECONDS", "0.5", "dataset.settle_seconds", 0.5),
        ("SYNCD_DATASET_IGNORE", "*.psd, raw-*", "dataset.ignore", ("*.psd", "raw-*")),
        ("SYNCD_DATASET_IGNORE", '["a,b"]', "dataset.ignore", ("a,b",)),
        ("SYNCD_DATASET_IGNORE", "", "dataset.ignore", ()),
        ("SYNCD_DELETES_MAX_DELETE", "7", "deletes.max_delete", MaxDelete(7, percent=False)),
        ("SYNCD_STATUS_LISTEN", "", "status.listen", ""),
        ("SYNCD_NOTIFY_COMMAND", "tell 'two words'", "notify.command", ("tell", "two words")),
        ("SYNCD_SERVICE_PICTURE_HOSTS", "A.example,b.example", "service.picture_hosts", ("a.example", "b.example")),
    ],
)
def test_environment_texts_become_the_keys_type(tmp_path, variable, text, key, value):
    result = loaded(tmp_path, **{variable: text})
    section, name = key.split(".")
    assert getattr(getattr(result.config, section), name) == value
    assert result.sources[key] == f"env {variable}"


def test_folders_come_from_the_environment_too(tmp_path):
    text = '[{path = "a", model_id = "m", image_type = "modelInput"}]'
    (folder,) = loaded(tmp_path, "", SYNCD_DATASET_FOLDERS=text).config.dataset.folders
    assert (folder.path, folder.model_id, folder.image_type) == (os.fsencode(tmp_path / "a"), "m", "modelInput")


def test_relative_paths_start_at_the_config_file_not_at_the_working_folder(tmp_path):
    config = write(
        tmp_path / "conf/syncd.toml",
        '[service]\napi_key_file = "key"\n[dataset]\nroot = "../photos"\n'
        '[[dataset.folders]]\npath = "x"\nmodel_id = "m"\nimage_type = "auxiliaryType"\n'
        '[state]\nurl = "sqlite:///s.db"\n[status]\ntoken_file = "token"\n[notify]\ncommand = ["./tell", "./x"]\n',
    )
    found = load(places(tmp_path), os.fsencode(config)).config
    here = os.fsencode(tmp_path)
    assert found.service.api_key_file == here + b"/conf/key"
    assert found.dataset.root == here + b"/photos"
    assert found.dataset.folders[0].path == here + b"/conf/x"
    assert found.status.token_file == here + b"/conf/token"
    assert found.state.url == f"sqlite:///{tmp_path}/conf/s.db"
    assert found.notify.command == (f"{tmp_path}/conf/tell", "./x")


def test_paths_may_hold_any_byte(tmp_path):
    root = os.fsdecode(b"/srv/caf\xe9")
    assert loaded(tmp_path, SYNCD_DATASET_ROOT=root).config.dataset.root == b"/srv/caf\xe9"
    assert loaded(tmp_path, "[dataset]\nroot = '/srv/caf\\xE9'").config.dataset.root == b"/srv/caf\xe9"


def test_a_config_in_a_folder_whose_name_is_not_utf8_has_its_state_beside_it(tmp_path):
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)
    with open(folder + b"/syncd.toml", "w") as file:
        file.write(ROOT)
    found = load(Places({}, folder)).config
    assert os.fsencode(found.state.url) == b"sqlite:///" + folder + b"/state.db"


@pytest.mark.parametrize(
    ("config", "state"),
    [
        ("/srv/a/syncd.toml", "/srv/a/state.db"),
        ("/etc/syncd/photos.toml", "/var/lib/syncd/photos/state.db"),
        ("/etc/syncd/config.toml", "/var/lib/syncd/config/state.db"),
        ("/home/me/conf/syncd/config.toml", "/home/me/state/syncd/state.db"),
        ("/home/me/conf/other/syncd.toml", "/home/me/conf/other/state.db"),
    ],
)
def test_the_state_lies_where_the_configs_place_says(config, state):
    where = Places({"XDG_CONFIG_HOME": "/home/me/conf", "XDG_STATE_HOME": "/home/me/state"}, b"/")
    assert where.default_state(config.encode()) == state.encode()


def test_the_state_of_a_users_config_is_below_home_by_default():
    assert Places({"HOME": "/home/me"}, b"/").default_state(b"/home/me/.config/syncd/config.toml") == (
        b"/home/me/.local/state/syncd/state.db"
    )


def test_unknown_variables_are_warned_of_without_their_value(tmp_path):
    result = loaded(tmp_path, SYNCD_LOG_LEVLE="hush", SYNCD_API_KEY="k", SYNCD_CONFIG="syncd.toml", OTHER="x")
    (warning,) = result.warnings
    assert "SYNCD_LOG_LEVLE" in warning
    assert "SYNCD_LOG_LEVEL" in warning
    assert "hush" not in warning


def test_all_faults_are_told_at_once_each_with_its_line(tmp_path):
    text = (
        "[service]\nbase_urll = 'x'\n\n[limits]\nimages_per_set = 21\noverflow = 'rotat'\n"
        "[[dataset.folders]]\npath = 'a'\nmodel_id = 'm'\nimage_type = 'modelInput'\n"
        "[[dataset.folders]]\npth = 'a'\nmodel_id = '../m'\nimage_type = 'modelinput'\n[statu]\n"
    )
    message = fault(tmp_path, text, SYNCD_DELETES_ENABLED="maybe")
    for part in (
        "has 9 faults",
        "line 2: service.base_urll is not a key; did you mean service.base_url?",
        "line 5: limits.images_per_set must be a whole number from 1 to 20",
        "line 6: limits.overflow must be one of hold, rotate; did you mean rotate?",
        "line 11: dataset.folders[1].path is missing; it must be a path",
        "line 12: dataset.folders[1].pth is not a key; did you mean dataset.folders[1].path?",
        "line 13: dataset.folders[1].model_id must be a model id",
        "line 14: dataset.folders[1].image_type must be one of modelInput, auxiliaryType; did you mean modelInput?",
        "line 15: statu is not a section; did you mean [status]?",
        "env SYNCD_DELETES_ENABLED: deletes.enabled must be true or false",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[limits]\nmax_delete = 3", "deletes.max_delete"),
        ("root = 'x'", "dataset.root"),
        ("[datasets]\nroot = 'x'", "[dataset]"),
        ("[images]\nverfy = 'decode'", "images.verify"),
    ],
)
def test_the_nearest_key_is_named_also_in_another_section(tmp_path, text, meant):
    assert f"did you mean {meant}?" in fault(tmp_path, text, SYNCD_DATASET_ROOT="/x")


def test_an_unknown_key_is_told_along_with_those_that_are_allowed(tmp_path):
    assert "[schedule] takes rescan_seconds, listing_seconds" in fault(tmp_path, ROOT + "[schedule]\nevery = 3")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "dataset.root is missing"),
        ("dataset = 5", "line 1: dataset must be a table"),
        (ROOT + "settle_seconds = 1e10", "must be a number of seconds from 0 to 1000000000"),
        (ROOT + "[schedule]\nrescan_seconds = 1e10", "must be a number of seconds above 0, up to 1000000000"),
        (ROOT + "folders = 5", "line 3: dataset.folders must be tables"),
        (ROOT + "folders = [5]", "dataset.folders[0] must be a table"),
        (ROOT + "[status]\nlisten = '0.0.0.0:80'", "line 4: status.listen must be a loopback address"),
        ("[dataset]\nroot = 5", "line 2: dataset.root must be a path"),
        ("[dataset]\nroot =", "is not TOML: Invalid value (at"),
        ("[dataset]\nroot = 'x\n", "is not TOML"),
        ("a = 1\nb c\n", "line 2"),
        ("x = " + "[" * 5000, "is not TOML"),
        ("x = " + "1" * 5000, "is not TOML"),
        (b"# caf\xe9", "line 1: not UTF-8"),
    ],
)
def test_each_fault_is_told_in_words(tmp_path, text, words):
    assert words in fault(tmp_path, text)


def test_the_page_may_be_public_with_a_token(tmp_path):
    assert loaded(tmp_path, ROOT + "[status]\nlisten = '0.0.0.0:80'\ntoken_file = 't'").config.status.listen


def folder(path: str, model: str) -> str:
    return f"[[dataset.folders]]\npath = '{path}'\nmodel_id = '{model}'\nimage_type = 'modelInput'\n"


def test_a_set_lies_in_one_folder_and_a_folder_holds_one_set(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    assert "names the set m1/modelInput again" in fault(tmp_path, folder("a", "m1") + folder("b", "m1"))
    assert "names the folder" in fault(tmp_path, folder("a", "m1") + folder("./a/", "m2"))
    assert "line 5: " in fault(tmp_path, folder("a", "m1") + folder("link", "m2"))
    assert len(loaded(tmp_path, folder("a", "m1") + folder("b", "m2")).config.dataset.folders) == 2


def test_a_value_in_the_wrong_place_is_not_repeated(tmp_path):
    text = "[service]\napi_key = 'sk-hidden'\nbase_url = 'sk-hidden'\n[log]\nlevel = 'sk-hidden'"
    message = fault(tmp_path, text, SYNCD_LIMITS_OVERFLOW="sk-hidden")
    assert "hidden" not in message


def test_a_folder_or_a_place_that_cannot_be_opened_is_no_config(tmp_path):
    (tmp_path / "file").touch()
    for given, words in ((b".", "is a folder"), (b"file/syncd.toml", "cannot be read: Not a directory")):
        with pytest.raises(ConfigError, match=words):
            load(places(tmp_path), given)


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    assert loaded(tmp_path, b"\xef\xbb\xbf[dataset]\r\nroot = 'x'\r\n").config.dataset.root


def test_a_state_that_no_url_can_name_is_told(tmp_path):
    config = write(tmp_path / "what?/syncd.toml")
    with pytest.raises(ConfigError, match="question mark"):
        load(places(tmp_path), os.fsencode(config))
