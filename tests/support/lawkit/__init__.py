"""Two implementations, one meaning: what tests of the language's meaning share.

``memory`` holds records for the interpreter, ``database`` puts the same records into an engine, ``company``
is a small schema, ``generate`` makes random typed expressions and records for it.
"""
