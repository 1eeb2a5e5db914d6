import json

import pytest

from tests.end_to_end.bench import KEY, PICTURE, nok

COMMANDS = ["sync", "status", "explain", "approve", "forget", "retry", "config", "sandbox"]


def test_options_work_before_and_after_the_command(bench):
    bench.fill(1)
    elsewhere = bench.home / "elsewhere"
    elsewhere.mkdir()
    lines = [
        ["--json", "-c", str(bench.config), "-q", "sync", "-n"],
        ["-v", "sync", "--dry-run", "--json", "--config", "../syncd.toml", "--no-color"],
    ]
    digests = {bench.run(*line, cwd=elsewhere, SYNCD_CONFIG=None).doc["digest"] for line in lines}
    assert len(digests) == 1
    assert bench.run("sync", "-n", "--json", SYNCD_CONFIG=None).doc["digest"] in digests
    assert bench.did("upload") == 0
    quiet = bench.run("-q", "sync")
    assert (quiet.code, quiet.err) == (0, "")
    assert bench.run("--version").out.startswith("syncd ")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(bench, command):
    done = bench.run(command, "--help")
    assert done.code == 0
    assert f"syncd {command}" in done.out.partition("Example:")[2]


def test_what_is_no_command_line_is_a_usage_error(bench):
    for line in (
        ["sync", "--max-delete", "many"], ["sync", "--max-delete", "-1"], ["sync", "--wait", "soon"],
        ["sync", "--wat"], ["snyc"], ["explain"], ["forget"], ["explain", "a", "b"], ["sync", "models/none"],
        ["sync", "--wait", "nan"],
    ):  # fmt: skip
        done = bench.run(*line, "--json")
        assert (done.code, done.error, set(done.doc["error"])) == (2, "usage", {"code", "message", "remedy"}), line
        assert done.err == ""
    assert "Did you mean 'sync'" in bench.run("snyc").err
    assert bench.requests == []


def test_without_a_configuration_a_person_is_needed(bench):
    nowhere = bench.home / "nowhere"
    nowhere.mkdir()
    for line in (["sync"], ["status"], ["config", "show"], ["approve"]):
        done = bench.run(*line, "--json", cwd=nowhere, SYNCD_CONFIG=None)
        assert (done.code, done.error) == (78, "config")
        assert done.doc["error"]["remedy"]
    gone = bench.run("sync", "-c", "gone.toml", "--json")
    assert (gone.code, gone.error) == (78, "config")
    assert "gone.toml" in gone.doc["error"]["message"]


def test_all_faults_of_a_configuration_are_told_at_once(bench):
    bench.settings["service"]["tiemout_seconds"] = 5
    bench.settings["deletes"] = {"max_delete": "all", "enabled": "yes"}
    bench.settings["limts"] = {"images_per_set": 3}
    bench.configure()
    told = bench.run("sync", "--json")
    assert (told.code, told.error) == (78, "config")
    text = told.doc["error"]["message"] + told.doc["error"]["remedy"]
    for word in (
        "syncd.toml", "service.tiemout_seconds", "timeout_seconds", "deletes.max_delete", "deletes.enabled", "limts",
        "limits",
    ):  # fmt: skip
        assert word in text
    assert KEY not in text


def test_a_bad_value_from_the_environment_names_it_and_an_unknown_one_is_a_warning(bench):
    bad = bench.run("sync", "-n", "--json", SYNCD_LIMITS_IMAGES_PER_SET="21")
    assert bad.code == 78
    assert "SYNCD_LIMITS_IMAGES_PER_SET" in bad.doc["error"]["message"]
    odd = bench.run("sync", "-n", "--json", SYNCD_LIMITS_IMAGES_PER_SETT="3", SYNCD_LIMITS_IMAGES_PER_SET="2")
    assert odd.code == 0
    assert "SYNCD_LIMITS_IMAGES_PER_SETT" in odd.err
    assert odd.doc["sets"][0]["limit"] == 2


@pytest.mark.parametrize("url", ["http://example.com/api", "ftp://127.0.0.1/api", "127.0.0.1:80", "https://u:p@h/api"])
def test_a_base_url_that_would_give_the_key_away_is_refused(bench, url):
    bench.configure(service={"base_url": url})
    assert bench.run("sync", "--json").code == 78


def test_config_show_tells_where_each_value_comes_from_and_masks_the_key(bench):
    bench.configure(limits={"images_per_set": 7})
    done = bench.run("config", "show", "--json", SYNCD_DELETES_ENABLED="false")
    assert done.code == 0
    assert KEY not in done.out + done.err
    values = {one["key"]: one for one in done.doc["values"]}
    assert values["limits.images_per_set"]["value"] == 7
    assert values["limits.images_per_set"]["source"] == "file"
    assert done.doc["file"] == str(bench.config)
    assert values["deletes.enabled"]["value"] is False
    assert "SYNCD_DELETES_ENABLED" in values["deletes.enabled"]["source"]
    assert "default" in values["service.timeout_seconds"]["source"]
    assert done.doc["api_key"]["value"] == "***"
    assert KEY not in bench.run("config", "show").out


def test_the_key_comes_from_the_environment_else_a_file_that_others_cannot_read(bench):
    key = bench.home / "key"
    key.write_text(KEY + "\n")
    key.chmod(0o644)
    bench.configure(service={"api_key_file": "key"})
    bench.fill(1)
    for mode, code in ((0o644, 78), (0o604, 78), (0o640, 0), (0o600, 0)):
        key.chmod(mode)
        assert bench.plan(SYNCD_API_KEY=None).code == code, oct(mode)
    key.write_text("another")
    assert bench.plan().code == 0
    wrong = bench.plan(SYNCD_API_KEY=None)
    assert (wrong.code, wrong.halts) == (77, ["key-rejected"])
    key.unlink()
    missing = bench.plan(SYNCD_API_KEY=None)
    assert (missing.code, missing.error) == (78, "config")
    bench.configure(service={"api_key_file": ""})
    assert bench.plan(SYNCD_API_KEY=None).code == 78
    credentials = bench.home / "credentials"
    credentials.mkdir()
    (credentials / "api_key").write_text(KEY)
    (credentials / "api_key").chmod(0o400)
    del bench.settings["service"]["api_key_file"]
    bench.configure()
    assert bench.plan(SYNCD_API_KEY=None, CREDENTIALS_DIRECTORY=str(credentials)).code == 0
    assert bench.plan(SYNCD_API_KEY=None).code == 78


def echo(request):
    """A service that repeats what it was sent."""
    return nok(400, f"bad header {request.headers['Authorization']}")(request)


def test_the_key_is_nowhere(bench):
    bench.fill(2)
    bench.refuse(("POST", ".*"), echo, times=1)
    seen = [bench.run("sync", "-vv", "--wait", "0"), bench.run("sync", "-vv"), bench.run("status", "-vv")]
    bench.refuse((".*", "/api/.*"), echo)
    seen += [bench.run("sync", "-vv", "--wait", "0"), bench.run("sync", "--json", "--wait", "0")]
    everything = "".join(one.out + one.err for one in seen).encode()
    everything += b"".join(path.read_bytes() for path in bench.home.rglob("*") if path.is_file())
    for secret in (KEY, KEY.partition("/")[2], json.dumps(KEY)[1:-1]):
        assert secret.encode() not in everything
    names = [str(path) for path in bench.home.rglob("*")]
    assert not any("5up3r" in name for name in names)
    assert {headers.get("Api-Version") for method, path, headers in bench.requests if path.startswith("/api/")} == {"1"}
    assert all("5up3r" not in path for _, path, _ in bench.requests)


def test_pictures_are_asked_for_without_the_key(bench):
    bench.write("a.jpg", 1)
    bench.seed(b"\xff\xd8\xff not ours")
    assert bench.sync().code == 0
    fetched = [headers for method, path, headers in bench.requests if path.startswith("/files/")]
    assert fetched
    assert all("Authorization" not in headers and KEY not in str(headers) for headers in fetched)
    assert bench.asked(PICTURE) == 1
