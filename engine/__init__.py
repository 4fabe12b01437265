"""The stages of a run, from loaded facts to delivered messages."""
