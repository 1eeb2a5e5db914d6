"""How much of a picture is looked at, and at most."""

from __future__ import annotations

DECODED_PIXELS = 60_000_000
"""Above this a picture is not decoded: it would take seconds and gigabytes."""

PLAIN_PIXELS = 24_000_000
"""Up to this a picture that cannot be decoded within the limits of one is damaged.

Above it such a one may be honest: on a slow machine, or a WebP where Pillow alone can decode it.
"""

JPEG_BYTES = 420_000_000
"""A JPEG that takes more, for its pixels and what is held of it together, is decoded at an eighth of its sides."""

MAX_PIXELS = 210_000_000
"""Above this a picture is rejected, whatever its bytes; the largest phone photos have 200 million."""

READ_BYTES = 100_000_000
"""A file of more bytes is not read, even where a copy of it might fit."""

DECODE_SECONDS = 10
"""No picture takes longer to decode, and none may; a core is given as much for it as well."""

SHRINK_SECONDS = 60
"""Decoding, and coding anew a dozen times."""

DECODE_MEMORY = 540_000_000
"""What decoding one picture may take beyond what a decoding process takes in any case: 600 MB with that."""

IDLE_SECONDS = 60.0
"""A decoding process that was not asked for so long is ended."""
