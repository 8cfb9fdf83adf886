"""Resources of the autoscaling/v2 group: one file a resource, one for each part they share."""
