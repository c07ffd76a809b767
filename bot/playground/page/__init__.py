"""The page on which one plays."""
