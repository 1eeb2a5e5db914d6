"""Frozen values that everyone speaks in; no behaviour that touches the world."""
