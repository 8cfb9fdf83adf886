"""Admission policies: expressions that refuse requests or change objects, without a webhook.

- `compiled`: a policy and a binding, worked out when they change
- `sources`: all of one sort, and which a kind of request can concern
- `plugin`: what the two plugins have in common; `late`: they are imported with the first policy
- `parameters`: the objects that a binding gives a policy
- `validating`: the plugin that refuses; `decisions`: what follows from a validation
- `mutating`: the plugin that changes; `patches`: what its expressions make of an object
- `type_checking`, `status`: what is wrong with expressions for the kinds that they are for, told in the status
- `acceptance`: whether a policy may be written as it is: its expressions compile

Counterpart: apiserver/pkg/admission/plugin/policy.
"""
