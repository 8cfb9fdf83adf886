"""Resources of the resource group: one file a resource, one for each part they share."""
