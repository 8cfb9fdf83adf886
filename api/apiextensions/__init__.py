"""Resources of the apiextensions group: one file a resource, one for each part they share."""
