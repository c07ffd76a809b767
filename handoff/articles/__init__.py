"""An article made on the desk, of a customer's question and a colleague's answer."""
