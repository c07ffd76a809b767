"""What a message may mean: its language, the articles that fit it, and what was heard besides.

Pure: no storage, network, clock or event loop. `reading.Understanding` is the way in."""

import os

# Linear algebra on one core: its threads wait for each other by spinning, which on the small
# machines this runs on takes longer than it saves, and takes it from those who are being answered.
# And how sums are shared out between threads changes their last digits: every process decides the
# same. It is read when numpy is first imported.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
