"""The knowledge base: the folder admins edit, read into values that never change.

`base.load` reads it, `watch.watch` tells when it has changed, `check.check` says what is wrong."""
