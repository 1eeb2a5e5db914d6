"""How the service speaks: its JSON documents."""

from __future__ import annotations

from datetime import UTC, datetime

from syncd.sandbox.values import Image, Model

Json = dict[str, object]

MODEL_TYPE = "person"


def image_document(image: Image, host_url: str) -> Json:
    """Return an image as the API tells of it; `host_url` is where this service is, with a slash at its end."""
    created = timestamp(image.created)
    return {
        "id": image.id,
        "url": f"{host_url}files/{image.id}/{image.file_name}",
        "modelID": image.model_id,
        "type": image.type,
        "createdAt": created,
        "updatedAt": created,
        "data": {},
        "folderID": None,
        "liked": False,
        "publicMediaID": None,
        "upscaledImageID": None,
        "upscaledImageURL": None,
    }


def model_summary(model: Model) -> Json:
    """Return what a model's creation answers."""
    return {
        "id": model.id,
        "status": model.status,
        "modelType": MODEL_TYPE,
        "createdAt": timestamp(model.created),
        "updatedAt": timestamp(model.updated),
    }


def model_document(model: Model) -> Json:
    """Return a model as the API tells of it."""
    traits = model.traits
    return {
        **model_summary(model),
        "name": traits.name,
        "age": traits.age,
        "gender": traits.gender,
        "ethnicity": traits.ethnicity,
        "eyeColor": traits.eye_color,
    }


def refusal(message: str, err: str) -> Json:
    """Return the document of every answer that is not a result."""
    return {"status": "NOK", "message": message, "err": err, "result": None}


def timestamp(seconds: float) -> str:
    """Write seconds since 1970 as RFC 3339 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
