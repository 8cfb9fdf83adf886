"""Who else has a say in a write: plugins that change an object on its way in, or refuse it.

One file a plugin; `chain.PLUGINS` is the order, which is Kubernetes'. All changes come before all refusals.
"""
