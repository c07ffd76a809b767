"""Looking back: everything ever said with a customer, and how it is found."""
