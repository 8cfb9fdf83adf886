"""Resources of the networking group: one file a resource, one for each part they share."""
