"""The command line: kubectl's commands, flags, texts and exit codes.

A command starts, does one thing and ends, so what counts first is how little it has to import. The road of a call:

    __main__ → registry (which module has this command) → flags (what was said) → commands/<command>.py
             → session (kubeconfig, connection, namespace: each made when first asked for)

- `registry` names every command and the module that holds it; nothing else of a command is known before it runs
- `flags` reads arguments as pflag does; `global_flags` are those that all commands share
- `kubeconfig`, `connection` (`http1`, `websocket`): where the cluster is and how to talk to it, without asyncio
- `naming` turns ``po``, ``deployments.apps`` and kinds into resources; `targets` turns arguments into objects to read;
  `manifests` reads objects out of files, folders, URLs and standard input
- `output/` prints: tables, YAML, JSON, names, JSONPath, custom columns
- `failures` says what went wrong in kubectl's words

`get` of a table imports neither yaml nor pydantic nor aiohttp; tests/pyctl holds it to that.
"""
