"""Reports: figures of groups of records, computed by the engine that holds the facts."""
