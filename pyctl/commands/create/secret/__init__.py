"""`create secret`: generic ones, TLS pairs and credentials for registries."""
