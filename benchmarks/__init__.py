"""How fast Frontdesk is, measured with its real parts. Not part of the tests."""
