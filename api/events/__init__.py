"""Resources of the events group: one file a resource, one for each part they share."""
