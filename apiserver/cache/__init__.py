"""The state of the store in memory, as bytes ready to be sent, and everyone who watches it change.

    store.watch("/registry/")  →  WatchCache  →  ResourceCache (one a resource)  →  Watcher (one a watch request)
                                                                                →  subscribers inside the server

- `entry`: one object as bytes plus what selectors need
- `events`: one change, encoded once for all watchers
- `resource_cache`: the objects of one resource, its recent history and its watchers
- `converted_cache`: the same objects as another version or group shows them
- `watch_cache`: follows the store and keeps every resource cache at one revision
- `watcher`: what one watch request still has to be sent
- `selection`: label and field selectors as a test on entries, and what of them an index can answer
- `collection`: the entries of one resource in order, and the indexes
- `messages`: the objects in protobuf, kept with their entries
- `shared_values`: one copy of what many entries have in common
"""
