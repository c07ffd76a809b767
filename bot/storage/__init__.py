"""Tables, the database thread, and migrations."""
