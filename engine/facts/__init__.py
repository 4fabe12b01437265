"""From sources to an immutable snapshot and its entity tables."""
