"""Pictures brought to the few modes, and the sizes, that are worked with."""

from __future__ import annotations

from PIL import Image


def is_plain(image: Image.Image) -> bool:
    """Whether `normal` returns the picture as it is."""
    return image.mode in ("L", "RGB", "RGBX") and not image.has_transparency_data


def normal(image: Image.Image) -> Image.Image:
    """Return the picture as L, RGB, RGBX, or RGBa where it is not opaque; 16-bit grey by its upper 8 bits."""
    if image.mode == "I;16":
        # Converting would clip: everything above 255 would be white.
        return Image.frombytes("L", image.size, image.tobytes(), "raw", "L;16")
    if image.has_transparency_data:
        clear = image if image.mode == "RGBA" else image.convert("RGBA")
        return clear.convert("RGB" if clear.getchannel("A").getextrema() == (255, 255) else "RGBa")
    return image if is_plain(image) else image.convert("RGB")


def sampled(image: Image.Image, side: int) -> Image.Image:
    """Return the picture with so many pixels on its longer side, each one of its own; a smaller one as it is."""
    longer = max(image.size)
    if longer <= side:
        return image
    size = max(1, image.width * side // longer), max(1, image.height * side // longer)
    return image.resize(size, Image.Resampling.NEAREST)
