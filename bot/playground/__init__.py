"""Local stand-ins of the messengers, for the tests and for `make demo`."""
