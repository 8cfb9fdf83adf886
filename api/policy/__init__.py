"""Resources of the policy group: one file a resource, one for each part they share."""
