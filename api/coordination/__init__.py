"""Resources of the coordination group: one file a resource, one for each part they share."""
