"""Resources of the discovery group: one file a resource, one for each part they share."""
