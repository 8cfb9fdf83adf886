"""`auth`: who we are, and what we may do."""
