"""The app's home: my tickets, the queue, today's figures, with buttons."""
