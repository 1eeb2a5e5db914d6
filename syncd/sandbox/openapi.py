"""The API's description as an OpenAPI 3.1 document, served where any tool may read it."""

from __future__ import annotations

from syncd.sandbox.answers import Json
from syncd.sandbox.asked import LARGEST_PAGE, PAGE_SIZE
from syncd.sandbox.values import LIMIT, REQUEST_BYTES

PATH = "/openapi.json"

_TEXT: Json = {"type": "string"}
_TIME: Json = {"type": "string", "format": "date-time"}
_MAYBE_TEXT: Json = {"type": ["string", "null"]}
_OK: Json = {"const": "OK"}
_COUNT: Json = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
_STATUS: Json = {"enum": ["new", "training", "ready", "deleted"]}


def document(base_url: str) -> Json:
    """Describe the API that answers below this address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PhotoGPT developer API: models and images, as the sandbox plays it",
            "version": "1",
            "description": f"At most {LIMIT} uploaded images of a type a model; a request below {REQUEST_BYTES} bytes.",
        },
        "servers": [{"url": base_url}],
        "security": [{"key": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "parameters": {"version": _parameter("API-Version", "header", {"const": "1"})},
            "responses": {"refusal": _answer("A refusal.", _schema("Refusal"))},
            "schemas": _schemas(),
        },
    }


def _paths() -> Json:
    model, image = _in_path("modelID"), _in_path("imageID")
    return {
        "/ping": {"get": _operation("ping", "Tell that it is there.", _object({"message": _TEXT, "status": _OK}))},
        "/models": {
            "get": _operation("listModels", "List the models.", _result({"type": "array", "items": _schema("Model")})),
            "post": _operation(
                "saveModel",
                "Make a model, or with an `id` change it.",
                _result(_schema("ModelSummary")),
                "400",
                "404",
                body={"application/json": {"schema": _schema("Wanted")}},
            ),
        },
        "/models/{modelID}": {
            "get": _operation("showModel", "Show a model.", _result(_schema("Model")), "404", of=[model]),
            "delete": _operation("deleteModel", "Delete a model and its images.", _schema("Done"), "404", of=[model]),
        },
        "/models/{modelID}/train": {
            "get": _operation(
                "train", "Begin a training.", _result({"const": "Training triggered"}), "400", "404", "409", of=[model]
            )
        },
        "/models/{modelID}/images": {
            "get": _operation("listImages", "List a model's images.", _page(), "400", "404", of=[model, *_paging()])
        },
        "/images/upload": {
            "post": _operation(
                "uploadImage",
                "Upload an image.",
                _result(_schema("Image")),
                "400",
                "404",
                "413",
                body={"multipart/form-data": {"schema": _upload()}},
            )
        },
        "/images/{imageID}": {
            "get": _operation("showImage", "Show an image.", _result(_schema("Image")), "404", of=[image]),
            "delete": _operation("deleteImage", "Delete an image.", _schema("Done"), "404", of=[image]),
        },
    }


def _operation(
    name: str, summary: str, result: Json, *refusals: str, of: list[Json] | None = None, body: Json | None = None
) -> Json:
    refusal = {"$ref": "#/components/responses/refusal"}
    made: Json = {
        "operationId": name,
        "summary": summary,
        "parameters": [{"$ref": "#/components/parameters/version"}, *(of or [])],
        "responses": {"200": _answer("Done.", result), **dict.fromkeys(sorted({"400", "401", *refusals}), refusal)},
    }
    return made if body is None else {**made, "requestBody": {"required": True, "content": body}}


def _answer(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _parameter(name: str, place: str, schema: Json, *, required: bool = True) -> Json:
    return {"name": name, "in": place, "required": required, "schema": schema}


def _in_path(name: str) -> Json:
    return _parameter(name, "path", {"type": "string", "minLength": 1})


def _paging() -> list[Json]:
    types: Json = {"enum": ["all", "input", "output", "auxiliaryType"], "default": "all"}
    size = {**_COUNT, "default": PAGE_SIZE, "description": f"A page has {LARGEST_PAGE} at most."}
    return [
        _parameter("imageType", "query", types, required=False),
        _parameter("pageNum", "query", {**_COUNT, "default": 1}, required=False),
        _parameter("pageSize", "query", size, required=False),
    ]


def _schema(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Json, *, optional: tuple[str, ...] = ()) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _result(schema: Json) -> Json:
    return _object({"result": schema, "status": _OK})


def _page() -> Json:
    images: Json = {"type": "array", "items": _schema("Image"), "maxItems": LARGEST_PAGE}
    return _object({"page": _COUNT, "pageSize": _COUNT, "result": images, "status": _OK})


def _upload() -> Json:
    data: Json = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": _object({"modelID": _TEXT, "type": {"enum": ["modelInput", "auxiliaryType"]}}),
    }
    file: Json = {"type": "string", "format": "binary", "description": "jpg, jpeg, webp, png or heic, with a file name"}
    return _object({"file": file, "data": data})


def _schemas() -> Json:
    summary: Json = {"id": _TEXT, "status": _STATUS, "modelType": _TEXT, "createdAt": _TIME, "updatedAt": _TIME}
    traits: Json = {
        "name": {"type": "string", "pattern": r"\S"},
        "age": {"type": "number", "minimum": 0, "exclusiveMaximum": 1000},
        "gender": {"enum": ["Male", "Female"]},
        "ethnicity": _MAYBE_TEXT,
        "eyeColor": _MAYBE_TEXT,
    }
    return {
        "ModelSummary": _object(summary),
        "Model": _object({**summary, **traits}),
        "Wanted": _object({**traits, "id": _MAYBE_TEXT}, optional=("ethnicity", "eyeColor", "id")),
        "Image": _object(_image()),
        "Done": _object({"message": _TEXT, "status": _OK}),
        "Refusal": _object(
            {"status": {"const": "NOK"}, "message": _TEXT, "err": _TEXT, "result": {"type": "null"}},
        ),
    }


def _image() -> Json:
    return {
        "id": _TEXT,
        "url": {"type": "string", "format": "uri"},
        "modelID": _TEXT,
        "type": {"enum": ["modelInput", "auxiliaryType", "output"]},
        "createdAt": _TIME,
        "updatedAt": _TIME,
        "data": {"type": "object"},
        "folderID": _MAYBE_TEXT,
        "liked": {"type": "boolean"},
        "publicMediaID": _MAYBE_TEXT,
        "upscaledImageID": _MAYBE_TEXT,
        "upscaledImageURL": _MAYBE_TEXT,
    }
