"""The agents' side: tickets, their cards, and what people do on the desk."""
