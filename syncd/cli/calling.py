"""How a shell is to find the program that is running."""

from __future__ import annotations

import os
import shlex
import shutil


def path_line(program: str, search: str | None = None) -> str | None:
    """Return the line after which a shell finds `syncd`, and no other; None where it does already.

    `program`: what the process was started as; `search`: where shells look, $PATH by default.
    """
    place = os.path.abspath(program)
    found = shutil.which("syncd", path=search)
    if os.path.basename(place) != "syncd" or (found is not None and os.path.realpath(found) == os.path.realpath(place)):
        return None
    return f'export PATH={shlex.quote(os.path.dirname(place))}:"$PATH"'
