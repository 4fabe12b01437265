"""A period played through ahead of time: what customers are assumed to do, and what it comes to."""
