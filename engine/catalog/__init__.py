"""The catalogue: entities, fields, relations, recipients and scores."""
