"""Records + snapshots + policy -> plan. Pure: no clock, no disk, no network, no logger."""
