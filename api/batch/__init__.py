"""Resources of the batch group: one file a resource, one for each part they share."""
