"""What a message may mean: its language, the articles that fit it, and what was heard besides.

Pure: no storage, network, clock or event loop. `reading.Understanding` is the way in."""
