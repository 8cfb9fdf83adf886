"""What is special about single resources: one file each, through the hooks of the generic verbs.

`table.hooks_by_resource` gathers them.
"""
