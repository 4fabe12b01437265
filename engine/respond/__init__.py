"""What customers do: signed links, answers, quotes. The ledger keeps what came of it."""
