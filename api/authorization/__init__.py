"""Resources of the authorization group: one file a resource, one for each part they share."""
