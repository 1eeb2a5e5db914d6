"""Stays, watches the folders, and brings each set in line when something changed, when its time has come, or again."""
