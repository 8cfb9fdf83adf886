"""Resources of the meta group: one file a resource, one for each part they share."""
