"""Resources of the apps group: one file a resource, one for each part they share."""
