"""Resources of the node group: one file a resource, one for each part they share."""
