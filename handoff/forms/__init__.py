"""The forms that agents fill in."""
