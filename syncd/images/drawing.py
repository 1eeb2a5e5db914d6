"""Pictures drawn on the spot: people and places that nobody knows, for trying things on."""

from __future__ import annotations

import colorsys
import math
import random
from functools import cache
from io import BytesIO

import pillow_heif
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]

_GRAIN = 14
"""How far the grain of the film reaches, in steps of 256."""


def portrait(seed: int, name: str) -> bytes:
    """Return head and shoulders, 540 x 720, as `jpeg`, `png`, `webp`, `tiff`, or `heic` where `makes_heic` says so.

    Two seeds give two people, the same seed the same one.
    """
    return _encoded(_portrait(seed), name)


def landscape(seed: int, name: str) -> bytes:
    """Return a sky, its sun and rows of hills, 720 x 540; seeds and formats as for a portrait."""
    return _encoded(_landscape(seed), name)


def makes_heic() -> bool:
    """Tell whether the HEIF library of this machine came with an encoder; not every build does."""
    return bool(pillow_heif.libheif_info()["HEIF"])


_SAVING = {"jpeg": {"quality": 85}, "webp": {"quality": 80, "method": 0}, "png": {"compress_level": 1}}


def _encoded(image: Image.Image, name: str) -> bytes:
    buffer = BytesIO()
    if name == "heic":
        # The encoder's own choice takes two seconds a picture, for a tenth less of bytes.
        pillow_heif.from_pillow(image).save(buffer, quality=50, enc_params={"preset": "ultrafast"})
    else:
        image.save(buffer, name, **_SAVING.get(name, {}))
    return buffer.getvalue()


def _portrait(seed: int) -> Image.Image:
    chance = random.Random(seed)  # noqa: S311 - nobody guards anything with a drawing
    hue = seed * 0.381966 % 1
    image = _gradient((480, 640), _colour(hue, 0.35, 0.95), _colour(hue + 0.1, 0.6, 0.45))
    pen = ImageDraw.Draw(image)
    x, y, broad = chance.randint(205, 275), chance.randint(235, 285), chance.randint(78, 100)
    skin = _colour(0.065, chance.uniform(0.3, 0.6), chance.uniform(0.45, 0.95))
    hair = _colour(chance.uniform(0.02, 0.12), 0.6, chance.uniform(0.1, 0.6))
    clothes = _colour(hue + chance.uniform(0.35, 0.65), 0.65, chance.uniform(0.35, 0.9))
    long = chance.randint(20, 230)
    pen.rounded_rectangle((x - broad - 22, y - 145, x + broad + 22, y + long), broad, fill=hair)
    pen.rounded_rectangle((x - 34, y + 60, x + 34, y + 200), 30, fill=_darker(skin))
    pen.ellipse((x - 205, y + 150, x + 205, y + 640), fill=clothes)
    pen.ellipse((x - broad, y - 118, x + broad, y + 128), fill=skin)
    pen.pieslice((x - broad - 12, y - 150, x + broad + 12, y + 40), 180 + chance.randint(-18, 4), 360, fill=hair)
    _face(pen, x, y, broad, skin)
    return _developed(image, seed)


def _landscape(seed: int) -> Image.Image:
    chance = random.Random(seed)  # noqa: S311
    hue = seed * 0.381966 % 1
    image = _gradient((640, 480), _colour(hue + 0.5, 0.55, 0.85), _colour(hue + 0.05, 0.3, 1.0))
    pen = ImageDraw.Draw(image)
    x, y, broad = chance.randint(80, 560), chance.randint(60, 200), chance.randint(24, 60)
    pen.ellipse((x - broad, y - broad, x + broad, y + broad), fill=_colour(0.13, 0.25, 1.0))
    for row in range(4):
        base, height, wide, turn = 230 + 62 * row, 60 - 8 * row, chance.uniform(60, 150), chance.uniform(0, 7)
        ridge = [(at, base + height * math.sin(at / wide + turn)) for at in range(0, 641, 4)]
        pen.polygon([(0, 480), *ridge, (640, 480)], fill=_colour(hue + 0.04 * row, 0.35 + 0.1 * row, 0.75 - 0.16 * row))
    return _developed(image, seed)


def _face(pen: ImageDraw.ImageDraw, x: int, y: int, broad: int, skin: Colour) -> None:
    dark, eye = (40, 30, 30), broad * 2 // 5
    for side in (x - eye, x + eye):
        pen.ellipse((side - 14, y - 12, side + 14, y + 8), fill=(250, 250, 250))
        pen.ellipse((side - 7, y - 10, side + 7, y + 6), fill=dark)
        pen.arc((side - 20, y - 36, side + 20, y), 210, 330, fill=dark, width=5)
    pen.line((x, y + 4, x - 8, y + 42, x + 6, y + 44), fill=_darker(skin), width=4)
    pen.chord((x - 30, y + 48, x + 30, y + 90), 15, 165, fill=(176, 62, 66))


def _gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    shade = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), shade)


def _developed(image: Image.Image, seed: int) -> Image.Image:
    """Enlarge it to what is not small, soften the edges as a lens does, and add the grain of a film."""
    image = image.resize((image.width * 9 // 8, image.height * 9 // 8), Image.Resampling.BICUBIC)
    grain = ImageChops.offset(_noise(image.size), seed * 37, seed * 91)
    return ImageChops.add(image.filter(ImageFilter.SMOOTH), grain, 1, -_GRAIN // 2)


@cache
def _noise(size: tuple[int, int]) -> Image.Image:
    noise = Image.frombytes("L", size, random.Random(0).randbytes(size[0] * size[1]))  # noqa: S311
    return noise.point([value * _GRAIN // 256 for value in range(256)]).convert("RGB")


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _darker(colour: Colour) -> Colour:
    red, green, blue = colour
    return red * 4 // 5, green * 4 // 5, blue * 4 // 5
