"""Small valid pictures of every format, and broken ones, made in memory: a seed gives the same bytes every time.

Two seeds give pictures that nobody and no thumbnail confuses. `size` is (width, height).
"""

import random
from functools import cache
from io import BytesIO
from struct import pack
from zlib import compress, crc32

import pillow_heif
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

SIZE = (64, 48)
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@cache
def picture(seed, size=SIZE, mode="RGB"):
    """Large patches of colour with noise on top. Shared: do not change it."""
    chance = random.Random(seed)
    patches = Image.frombytes("RGB", (4, 4), chance.randbytes(48)).resize(size, Image.Resampling.BICUBIC)
    noise = Image.frombytes("RGB", size, chance.randbytes(3 * size[0] * size[1]))
    return Image.blend(patches, noise, 0.15).convert(mode)


def saved(image, name, **options):
    buffer = BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def exif(orientation, *, position=False):
    """An EXIF block with an orientation, and a GPS position if wanted."""
    block = Image.Exif()
    block[0x0112] = orientation
    if position:
        block[0x8825] = {1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)}
    return block.tobytes()


@cache
def jpeg(seed, size=SIZE, *, quality=90, orientation=None, position=False, progressive=False, gray=False):
    extra = {} if orientation is None and not position else {"exif": exif(orientation or 1, position=position)}
    image = picture(seed, size, "L" if gray else "RGB")
    return saved(image, "JPEG", quality=quality, progressive=progressive, **extra)


@cache
def cmyk_jpeg(seed, size=SIZE):
    return saved(picture(seed, size, "CMYK"), "JPEG", quality=90)


@cache
def mpo(seed, size=SIZE):
    """A JPEG with a second picture behind the first."""
    return saved(picture(seed, size), "MPO", save_all=True, append_images=[picture(seed + 1000, size)], quality=90)


@cache
def png(seed, size=SIZE, *, orientation=None):
    extra = {} if orientation is None else {"exif": exif(orientation)}
    return saved(picture(seed, size), "PNG", compress_level=1, **extra)


@cache
def png16(seed, size=SIZE):
    """16-bit grey."""
    gray = picture(seed, size, "L").tobytes()
    low = random.Random(seed).randbytes(len(gray))
    both = bytes(value for pair in zip(low, gray, strict=True) for value in pair)
    return saved(Image.frombytes("I;16", size, both), "PNG")


@cache
def palette_png(seed, size=SIZE):
    return saved(picture(seed, size).quantize(64), "PNG")


@cache
def alpha_png(seed, size=SIZE):
    """From fully transparent on the left to opaque on the right; there is colour below what is transparent."""
    image = picture(seed, size).copy()
    image.putalpha(Image.linear_gradient("L").rotate(90).point(lambda alpha: max(0, alpha - 64)).resize(size))
    return saved(image, "PNG")


@cache
def animated_png(seed, size=SIZE):
    return saved(picture(seed, size), "PNG", save_all=True, append_images=[picture(seed + 1000, size)])


@cache
def webp(seed, size=SIZE, *, lossless=False, orientation=None):
    extra = {} if orientation is None else {"exif": exif(orientation)}
    return saved(picture(seed, size), "WEBP", lossless=lossless, quality=85, method=0, **extra)


@cache
def animated_webp(seed, size=SIZE):
    return saved(picture(seed, size), "WEBP", save_all=True, append_images=[picture(seed + 1000, size)], method=0)


@cache
def heic(seed, size=SIZE, *, quality=60, orientation=None):
    extra = {} if orientation is None else {"exif": exif(orientation)}
    return _heif(pillow_heif.from_pillow(picture(seed, size)), quality=quality, **extra)


@cache
def grid_heic(seed, size=(192, 128)):
    """Made of tiles, as phones do it."""
    return _heif(pillow_heif.from_pillow(picture(seed, size)), quality=60, tile_size=64)


@cache
def heic10(seed, size=SIZE):
    """10 bits a colour."""
    deep = bytes(value for each in picture(seed, size).tobytes() for value in (0, each))
    return _heif(pillow_heif.from_bytes("RGB;16", size, deep), quality=60)


@cache
def avif(seed, size=SIZE):
    return saved(picture(seed, size), "AVIF", speed=10)


@cache
def gif(seed, size=SIZE):
    return saved(picture(seed, size).quantize(64), "GIF")


@cache
def tiff(seed, size=SIZE):
    return saved(picture(seed, size), "TIFF")


@cache
def bmp(seed, size=SIZE):
    return saved(picture(seed, size), "BMP")


@cache
def colours():
    """The ICC profile of sRGB, without the moment at which it was made."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + bytes(12) + made[36:]


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf exif:GPSLatitude="48,51.49N"/></x:xmpmeta>'


@cache
def dressed(name, seed, size=SIZE, *, turn=1, **options):
    """A picture (jpeg, png, webp, heic) with all that may come with one: EXIF, position, XMP, colours, a comment."""
    extra = {"exif": exif(turn, position=True), "icc_profile": colours(), **options}
    if name == "heic":
        return _heif(pillow_heif.from_pillow(picture(seed, size)), quality=60, xmp=XMP, **extra)
    if name == "png":
        text = PngInfo()
        text.add_text("Author", "nobody", zip=False)
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        return saved(picture(seed, size), "PNG", pnginfo=text, compress_level=1, **extra) + b"a trailer"
    more = {"comment": b"nobody", "quality": 90} if name == "jpeg" else {"method": 0}
    return saved(picture(seed, size), name, xmp=XMP, **more, **extra) + b"a trailer"


def truncated(data, share=0.7):
    """The first part of a file."""
    return data[: int(len(data) * share)]


def zeroed(data, share=0.7):
    """A file of the right length whose end never arrived."""
    return truncated(data, share).ljust(len(data), b"\0")


def png_chunk(kind, payload=b""):
    return pack(">I", len(payload)) + kind + payload + pack(">I", crc32(kind + payload))


@cache
def png_bomb(width=60_000, height=60_000):
    """One bit a pixel, all black: small as a file. Beyond 128 megapixels only the beginning of them is in it."""
    header = png_chunk(b"IHDR", pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return PNG_SIGNATURE + header + png_chunk(b"IDAT", _zeros((width // 8 + 1) * height)) + png_chunk(b"IEND")


def _zeros(count):
    # Deflating hundreds of megabytes takes seconds, and nobody may ever inflate them.
    return compress(bytes(min(count, 1 << 24)), 9)


def _heif(image, **options):
    buffer = BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()
