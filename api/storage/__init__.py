"""Resources of the storage group: one file a resource, one for each part they share."""
