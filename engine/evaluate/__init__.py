"""Plays × facts → what is due, in bulk: one pass over an entity's facts for all its plays."""
