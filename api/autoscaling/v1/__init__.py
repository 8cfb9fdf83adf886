"""Resources of the autoscaling/v1 group: one file a resource, one for each part they share."""
