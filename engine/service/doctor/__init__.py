"""What `doctor` looks at, a kind of thing a file. Each gives checks; none raises for a user's mistake."""
