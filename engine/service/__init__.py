"""The use cases: what the command line, the web pages and the tests call. Each gives frozen values."""
