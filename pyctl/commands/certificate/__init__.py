"""`certificate`: saying yes or no to certificate signing requests."""
