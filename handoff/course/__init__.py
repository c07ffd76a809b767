"""A ticket's course: who has it, when it rests, when it is over, and when it comes back."""
