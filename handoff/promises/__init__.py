"""What customers are promised, by when, and whether it was kept."""
