"""Server-side apply: who owns which field, and what follows from that. All of it pure.

    field_set   sets of field paths, in the form they have on the wire (FieldsV1)
    extract     the fields that an object has, by its shape
    compare     the fields that differ between two objects
    merge       a configuration merged into a live object, and fields taken out of one
    managers    the owners: what an update or an apply does to them, and when an apply conflicts

Counterpart: sigs.k8s.io/structured-merge-diff and apimachinery/pkg/util/managedfields.
"""
