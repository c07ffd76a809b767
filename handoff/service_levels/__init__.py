"""How soon customers hear from a person: a ticket's clocks, and who is told when they run out."""
