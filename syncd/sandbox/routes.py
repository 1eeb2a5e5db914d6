"""Every operation of the documentation, one function each."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.routing import BaseConverter

from syncd.sandbox import asked
from syncd.sandbox.answers import Json, image_document, model_document, model_summary
from syncd.sandbox.service import ImageService
from syncd.sandbox.values import ApiError


def model_routes(service: ImageService) -> Blueprint:
    """Return what concerns models, and the ping."""
    routes = Blueprint("models", __name__)

    @routes.get("/ping")
    def ping() -> Json:
        return {"message": "pong!", "status": "OK"}

    @routes.get("/models")
    def list_models() -> Json:
        return _ok([model_document(model) for model in service.models()])

    @routes.post("/models")
    def save_model() -> Json:
        model_id, traits = asked.model(request)
        model = service.update_model(model_id, traits) if model_id else service.create_model(traits=traits)
        return _ok(model_summary(model))

    @routes.get("/models/<model_id>")
    def show_model(model_id: str) -> Json:
        return _ok(model_document(service.model(model_id)))

    @routes.delete("/models/<model_id>")
    def delete_model(model_id: str) -> Json:
        service.delete_model(model_id)
        return {"message": "Model deleted", "status": "OK"}

    @routes.get("/models/<model_id>/train")
    def train(model_id: str) -> Json:
        service.train(model_id)
        return _ok("Training triggered")

    return routes


class ImageId(BaseConverter):
    """What may stand for an image in an address; `upload` is the place for something else."""

    regex = "(?!upload(?:/|$))[^/]+"


def image_routes(service: ImageService) -> Blueprint:
    """Return what concerns images."""
    routes = Blueprint("images", __name__)

    @routes.post("/images/upload")
    def upload() -> Json:
        wanted = asked.upload(request)
        image = service.upload(wanted.model_id, wanted.type, wanted.picture)
        return _ok(image_document(image, host_url()))

    @routes.get("/models/<model_id>/images")
    def list_images(model_id: str) -> Json:
        page, here = asked.page(request), host_url()
        images = service.images(model_id, page.type)
        shown = images[(page.number - 1) * page.size : page.number * page.size]
        documents = [image_document(image, here) for image in shown]
        return {"page": page.number, "pageSize": page.size, **_ok(documents)}

    @routes.get("/images/<image_id:image_id>")
    def show_image(image_id: str) -> Json:
        return _ok(image_document(service.image(image_id), host_url()))

    @routes.delete("/images/<image_id:image_id>")
    def delete_image(image_id: str) -> Json:
        service.delete_image(image_id)
        return {"message": "Image deleted", "status": "OK"}

    return routes


def picture_routes(service: ImageService) -> Blueprint:
    """Return where the `url` of an image leads: its bytes, for whoever knows the address."""
    routes = Blueprint("files", __name__)

    @routes.get("/files/<image_id>/<file_name>")
    def picture(image_id: str, file_name: str) -> Response:
        image = service.image(image_id)
        if file_name != image.file_name:
            raise ApiError(404, "There is no such picture")
        return Response(service.picture(image_id), content_type=image.format.content_type)

    return routes


def _ok(result: object) -> Json:
    return {"result": result, "status": "OK"}


def host_url() -> str:
    """Return where this service is, as its caller named it, with a slash at its end."""
    return f"{request.scheme}://{request.host}/"
