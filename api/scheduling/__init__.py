"""Resources of the scheduling group: one file a resource, one for each part they share."""
