"""Where the configuration is looked for, and where the state lies that belongs to it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from syncd.errors import ConfigError
from syncd.model.names import shown

SYSTEM = b"/etc/syncd"
_SYSTEM_STATE = b"/var/lib/syncd"


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one call: its environment, its working folder, and the system's folder of configurations."""

    environ: Mapping[str, str]
    cwd: bytes
    system: bytes = SYSTEM

    def find(self, given: bytes | None = None) -> bytes:
        """Return the absolute path of the config; ConfigError tells where it was looked for.

        One that was named, as `given` or in $SYNCD_CONFIG, is taken without a look at the others.
        """
        named = given or os.fsencode(self.environ.get("SYNCD_CONFIG", ""))
        if named:
            return self._absolute(named)
        for place in self.searched():
            if os.path.lexists(place):
                return place
        raise ConfigError(
            f"No configuration found; looked for {', '.join(map(shown, self.searched()))}",
            self._remedy(),
        )

    def _remedy(self) -> str:
        above = self._absolute(b"syncd.toml")
        while (folder := os.path.dirname(os.path.dirname(above))) != os.path.dirname(above):
            above = os.path.join(folder, b"syncd.toml")
            if os.path.isfile(above):
                return f"There is one further up: go to {shown(folder)}, or add --config {shown(above)}"
        return "Run `syncd init` to make one, or name one with --config FILE or $SYNCD_CONFIG."

    def searched(self) -> tuple[bytes, ...]:
        """Return the places where it is looked for, in order, when none was named."""
        user = os.path.join(self._xdg("XDG_CONFIG_HOME", b".config"), b"syncd", b"config.toml")
        return self._absolute(b"syncd.toml"), user, os.path.join(self.system, b"config.toml")

    def default_state(self, config: bytes) -> bytes:
        """Return the SQLite file of a config that names none."""
        folder, name = os.path.split(config)
        if folder == self.system:
            return os.path.join(_SYSTEM_STATE, os.path.splitext(name)[0], b"state.db")
        home = self._xdg("XDG_CONFIG_HOME", b".config")
        if folder in {home, os.path.join(home, b"syncd")}:
            return os.path.join(self._xdg("XDG_STATE_HOME", b".local/state"), b"syncd", b"state.db")
        return os.path.join(folder, b"state.db")

    def _xdg(self, variable: str, below_home: bytes) -> bytes:
        # The XDG standard has relative values ignored.
        value = os.fsencode(self.environ.get(variable, ""))
        if os.path.isabs(value):
            return os.path.normpath(value)
        home = self.environ.get("HOME") or os.path.expanduser("~")
        return os.path.join(os.path.normpath(os.fsencode(home)), below_home)

    def _absolute(self, path: bytes) -> bytes:
        return os.path.normpath(os.path.join(self.cwd, os.path.expanduser(path)))
