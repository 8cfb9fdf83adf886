"""Resources of the apiregistration group: one file a resource, one for each part they share."""
