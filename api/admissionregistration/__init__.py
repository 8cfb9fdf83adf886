"""Resources of the admissionregistration group: one file a resource, one for each part they share."""
