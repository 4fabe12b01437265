"""From candidates to verdicts: pure functions in one fixed order."""
