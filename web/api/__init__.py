"""The JSON API of the staff's side: one table of routes, and what is made from it."""
