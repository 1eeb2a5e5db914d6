"""syncd: a folder on disk is the truth, the remote image sets follow it."""

__version__ = "0.1.0"
