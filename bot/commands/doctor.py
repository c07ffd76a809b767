"""`frontdesk doctor`: what is missing before customers can be answered, and where to get it."""
