"""`create service`: one command a type of service."""
