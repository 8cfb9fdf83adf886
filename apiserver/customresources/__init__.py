"""Custom resources: kinds that are declared by an object instead of a module.

    a CustomResourceDefinition → names (`naming`) → established → a definition a version (`kind`) → caches → served
                               → deleted → instances go (`removal`) → withdrawn

- `kind`: what one version of a custom resource is, as the same `Definition` that built-in kinds have
- `decoding`: from what a client sent to an object in the schema's shape
- `columns`: the columns of its Table
- `version_cache`: the objects as one version shows them
- `conversion_review`, `conversion_webhook`, `conversion_metrics`, `converting_cache`: what a webhook is asked, asking
  it, counting that, and the objects of a version that it converts
- `scale`: the scale subresource, at the paths that the definition names
- `naming`: which names a definition gets, and what its conditions say; pure
- `rules`, `rule_admission`, `rule_validation`: expressions in schemas: compiled, allowed in a definition, and run
- `definitions`: what is special about writing a definition
- `registry`: follows the definitions and serves what they declare
- `removal`: the end of a definition and of all its objects
"""
