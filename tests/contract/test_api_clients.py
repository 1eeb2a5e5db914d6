import json
import shutil
import subprocess
import urllib.request

import httpx
import pytest

from syncd.sandbox import ImageService, running

NODE = shutil.which("node")
SCRIPT = """
const [base, key, modelID, path] = process.argv.slice(1);
const headers = { Authorization: `Bearer ${key}`, 'API-Version': '1' };
const form = new FormData();
form.append('file', new Blob([require('fs').readFileSync(path)]), 'photo.jpg');
form.append('data', JSON.stringify({ modelID, type: 'modelInput' }));
fetch(`${base}/images/upload`, { method: 'POST', headers, body: form })
  .then(answer => answer.json())
  .then(answer => console.log(JSON.stringify(answer)));
"""


@pytest.fixture
def service():
    made = ImageService(api_key="a-key")
    made.create_model("m42")
    return made


def test_the_documented_python_client_works(service, pictures, tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(pictures["jpg"])
    headers = {"Authorization": "Bearer a-key", "API-Version": "1"}
    with running(service) as base, photo.open("rb") as file:
        answer = httpx.post(
            f"{base}/images/upload",
            headers=headers,
            files={"file": file},
            data={"data": json.dumps({"modelID": "m42", "type": "auxiliaryType"})},
            trust_env=False,
        )
    assert service.picture(answer.json()["result"]["id"]) == pictures["jpg"]


def test_multipart_written_by_hand_works(service, pictures):
    body = b"\r\n".join(
        [
            b"--4f1c9d",
            b'Content-Disposition: form-data; name="data"',
            b"",
            b'{"modelID": "m42", "type": "modelInput"}',
            b"--4f1c9d",
            b'Content-Disposition: form-data; name="file"; filename="photo.jpg"',
            b"",
            pictures["jpg"],
            b"--4f1c9d--",
            b"",
        ]
    )
    headers = {
        "Authorization": "Bearer a-key",
        "API-Version": "1",
        "Content-Type": "multipart/form-data; boundary=4f1c9d",
    }
    with running(service) as base:
        request = urllib.request.Request(f"{base}/images/upload", body, headers)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            image = json.load(answer)["result"]
    assert service.picture(image["id"]) == pictures["jpg"]


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_documented_javascript_client_works(service, pictures, tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(pictures["jpg"])
    with running(service) as base:
        ran = subprocess.run(
            [NODE, "-e", SCRIPT, base, "a-key", "m42", photo], capture_output=True, text=True, check=True, timeout=60
        )
    image = json.loads(ran.stdout)["result"]
    assert (image["modelID"], image["type"]) == ("m42", "modelInput")
    assert service.picture(image["id"]) == pictures["jpg"]
