"""`set`: change one part of objects that have a pod template."""
