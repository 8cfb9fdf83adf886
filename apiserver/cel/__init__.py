"""Expressions in CEL: what the rules of custom resources, admission policies and match conditions are written in.

    environment.compile(text) → Program;  program.evaluate(bindings, limit) → value, cost

No Python library gives what Kubernetes needs of CEL: its static types with a schema's fields, its costs before and
while an expression runs, and its wording of errors. So the engine is here, small and without I/O:

- `environment`: what an expression may use; `KUBERNETES` has what all of Kubernetes' expressions have
- `lexer`, `parser`, `macros`, `ast`: from text to a tree; `syntax` words what is wrong with text that is none
- `types`, `unification`, `checker`, `literals`: static types, and the errors that they find
- `functions`, `standard`, `operators`, `conversions`, `numbers`, `moments`, `regular`: what can be called
- `library`: Kubernetes' own functions
- `program`: the tree as something that runs on a `frame`, and what it costs; its parts are `constants`, `fields`,
  `calls`, `branches`, `making` (what is written out) and `folds` (what the macros become)
- `values`, `errors`: what goes in and what comes out
"""
