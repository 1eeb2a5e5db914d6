"""The disk: which folders are sets, and what each of them holds. Nothing here writes, but the marker."""
