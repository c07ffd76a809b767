"""What is sent later: rows with a time; APScheduler only ticks."""
