"""Sources: where tables of facts come from."""
