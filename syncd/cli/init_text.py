"""What `syncd init` writes: the short part of the configuration that most people change."""

from __future__ import annotations

import json

KEY_FILE = "api_key"

_TEXT = """\
# syncd: what you need to set is the API key; the rest may stay. Relative paths are relative to this file.
# `syncd config show` lists every key, what is in force and why; config.example.toml of the project describes each.

[service]
# Where the API is. http:// is accepted for this machine alone (a sandbox).
{base_url}

# A file with nothing but the API key, closed to others (chmod 600). The key is taken from $SYNCD_API_KEY, else from
# this file, else from the systemd credential `api_key`.
{key_file}

[dataset]
# The folder that holds the photos: those of a model lie in models/<model id>/modelInput (training images) and
# models/<model id>/auxiliaryType (reference images). `syncd models` lists the ids.
root = "."

# gitignore-style patterns on file names, added to the built-in list of unfinished and hidden files.
# ignore = ["*.draft.*"]

[limits]
# Who gets the slots of a full set: "hold": those who have them. "rotate": the newest files; our oldest are taken down.
# overflow = "hold"

[deletes]
# false: upload only.
# enabled = true

# The brake. More deletes at once than this share ("50%") or number (10) are held until `syncd approve`.
# max_delete = "50%"
"""


def config_text(base_url: str | None, *, key_file: bool) -> str:
    """Return the configuration. `base_url` None: the real service; `key_file`: the key lies beside it."""
    # A JSON string is a TOML string.
    address = f"base_url = {json.dumps(base_url)}" if base_url else f"# base_url = {json.dumps(_DEFAULT)}"
    key = f"api_key_file = {json.dumps(KEY_FILE)}"
    return _TEXT.format(base_url=address, key_file=key if key_file else f"# {key}")


_DEFAULT = "https://developer.photogptai.com/api"
