"""Scripts that make the data files of bot/understanding/data; none runs with the product."""
