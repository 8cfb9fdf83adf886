"""Resources of the certificates group: one file a resource, one for each part they share."""
