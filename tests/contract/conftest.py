import io
import json
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import httpx
import pillow_heif
import pytest
from PIL import Image

from syncd.sandbox import ImageService, create_app, running

KEY = "a-key-for-tests"
TRUST = ssl.create_default_context()  # slow to make, so made once


@dataclass
class Api:
    """What a test needs to speak to a service, whichever it is. Uploads are taken back in the end."""

    client: httpx.Client
    anyone: httpx.Client  # sends no key
    model_id: str
    uploaded: list[str] = field(default_factory=list)

    def upload(self, picture, name="photo.jpg", image_type="modelInput", model_id=None):
        data = {"modelID": model_id or self.model_id, "type": image_type}
        answer = self.client.post(
            "/images/upload", files={"file": (name, picture)}, data={"data": json.dumps(data)}, timeout=60
        )
        if answer.status_code == 200:
            self.uploaded.append(answer.json()["result"]["id"])
        return answer

    def uploaded_image(self, picture, **how):
        answer = self.upload(picture, **how)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def list(self, image_type="input", **query):
        answer = self.client.get(f"/models/{self.model_id}/images", params={"imageType": image_type, **query})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self, image_type="input"):
        """Walk the pages until one is not full."""
        found, full, number = [], True, 0
        while full:
            number += 1
            page = self.list(image_type, pageNum=number, pageSize=20)
            found += [image["id"] for image in page["result"]]
            full = len(page["result"]) >= page["pageSize"]
        return found


@contextmanager
def clients(base_url, key, **how):
    headers = {"Authorization": f"Bearer {key}", "API-Version": "1"}
    open_client = partial(httpx.Client, base_url=base_url, verify=TRUST, **how)
    with open_client(headers=headers) as client, open_client() as anyone:
        yield client, anyone


@contextmanager
def in_process() -> Iterator[Api]:
    service = ImageService(api_key=KEY)
    transport = httpx.WSGITransport(create_app(service))
    with clients("http://sandbox.test/api", KEY, transport=transport) as both:
        yield Api(*both, service.create_model().id)


@contextmanager
def loopback() -> Iterator[Api]:
    service = ImageService(api_key=KEY)
    with running(service) as base_url, clients(base_url, KEY, trust_env=False) as both:
        yield Api(*both, service.create_model().id)


@contextmanager
def live() -> Iterator[Api]:
    with clients(os.environ["SYNCD_BASE_URL"], os.environ["SYNCD_API_KEY"]) as both:
        api = Api(*both, os.environ["SYNCD_LIVE_MODEL"])
        try:
            yield api
        finally:
            for image_id in api.uploaded:
                api.client.delete(f"/images/{image_id}")


SANDBOX = [pytest.param(in_process, id="in process"), pytest.param(loopback, id="loopback")]
LIVE = pytest.param(live, id="live", marks=pytest.mark.live)


LIVE_SETTINGS = {"SYNCD_BASE_URL", "SYNCD_API_KEY", "SYNCD_LIVE_MODEL"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    # `api` is any service, `sandbox` one that a test may fill, empty and train.
    live_too = metafunc.config.getoption("--live") and set(os.environ) >= LIVE_SETTINGS
    if "api" in metafunc.fixturenames:
        metafunc.parametrize("api", [*SANDBOX, LIVE] if live_too else SANDBOX, indirect=True)
    elif "sandbox" in metafunc.fixturenames:
        metafunc.parametrize("sandbox", SANDBOX, indirect=True)


@pytest.fixture
def api(request) -> Iterator[Api]:
    with request.param() as opened:
        yield opened


@pytest.fixture
def sandbox(request) -> Iterator[Api]:
    with request.param() as opened:
        yield opened


@pytest.fixture(scope="session")
def pictures() -> dict[str, bytes]:
    """One small valid picture of each accepted format, by extension."""
    pillow_heif.register_heif_opener()
    image = Image.linear_gradient("L").convert("RGB").resize((64, 48))
    kinds = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "heic": "HEIF"}
    return {name: encoded(image, kind) for name, kind in kinds.items()}


@pytest.fixture
def fresh() -> Callable[[], bytes]:
    """Makes pictures that are all different."""
    shades = count(1)
    return lambda: encoded(Image.new("RGB", (64, 48), (next(shades), 90, 160)), "PNG")


def encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()
