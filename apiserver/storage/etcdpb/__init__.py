"""The messages of etcd's protocol that we use. `etcd_pb2` is generated from `etcd.proto` by hack/generate-protos."""
