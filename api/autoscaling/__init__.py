"""Resources of the autoscaling group: one file a resource, one for each part they share."""
