"""Resources of the flowcontrol group: one file a resource, one for each part they share."""
