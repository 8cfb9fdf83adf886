"""Resources of the rbac group: one file a resource, one for each part they share."""
