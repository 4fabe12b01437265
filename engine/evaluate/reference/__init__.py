"""The reference evaluation: what SQL finds in bulk, found record by record with the interpreter."""
