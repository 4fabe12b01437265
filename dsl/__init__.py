"""The expression language: text, syntax tree, typed tree, and then a value or SQL."""
