"""The status page, metrics and health: read-only, out of the state alone."""
