"""Where the API server keeps its state: one ordered, multi-version map from keys to bytes, in two makes.

- `interface`: what the rest of the API server sees of a store, and the errors it raises
- `open`: from the words of an option (`sqlite`, `etcd=URL,...`) to an open store
- `watch_hub`: hands committed changes to watchers; both makes use it

The embedded store, the default:

- `sqlite`: the store, reading and writing
- `sqlite_file`: the file, its tables and every SQL statement
- `sqlite_committer`: brings rows to the disk while the event loop goes on
- `kernel_sync`: a sync that the kernel does meanwhile, without a thread
- `group_commit`: gathers concurrent writes into one commit, each with its own revision
- `key_index`: the current keys, sorted, in memory
- `expiry`: removes keys whose time is up

etcd v3, for clusters with more than one control-plane machine:

- `etcd`: the store, reading and writing
- `etcd_endpoints`: connections, which one to use, and what an error says about the outcome of a request
- `etcd_keyspace`: between our keys and events and etcd's messages
- `shared_call`: one request for all who ask the current revision
- `etcd_rpc`: the names and message types of the calls
- `rpc`: gRPC over HTTP/2
- `etcd_watch`: the stream of changes, across failing members
- `etcd_feed`: the one stream that all watchers share
- `etcd_leases`: time limits of keys
- `etcd_certificates`: the files of a TLS connection
- `etcdpb`: the messages, generated from our own subset of etcd's protocol

Importing one make never imports what only the other needs.
"""
