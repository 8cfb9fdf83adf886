"""Resources of the core group: one file a resource, one for each part they share."""
