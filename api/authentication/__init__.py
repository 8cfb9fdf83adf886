"""Resources of the authentication group: one file a resource, one for each part they share."""
