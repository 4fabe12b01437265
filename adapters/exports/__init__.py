"""Where the ledger's tables may go."""
