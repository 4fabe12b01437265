"""The canonical layout of YAML files: the same words, comments and grouping, laid out one way."""
