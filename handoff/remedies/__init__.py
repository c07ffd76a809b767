"""What customers are given for a complaint: proposed, approved, given."""
