"""The calls of etcd v3 that we make: path and message types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pybernetes.apiserver.storage.etcdpb import etcd_pb2 as pb


@dataclass(frozen=True, slots=True, eq=False)
class Rpc:
    """One method of one of etcd's services."""

    path: str
    request: Any
    response: Any


RANGE = Rpc("/etcdserverpb.KV/Range", pb.RangeRequest, pb.RangeResponse)
TXN = Rpc("/etcdserverpb.KV/Txn", pb.TxnRequest, pb.TxnResponse)
COMPACT = Rpc("/etcdserverpb.KV/Compact", pb.CompactionRequest, pb.CompactionResponse)
LEASE_GRANT = Rpc("/etcdserverpb.Lease/LeaseGrant", pb.LeaseGrantRequest, pb.LeaseGrantResponse)
ALARM = Rpc("/etcdserverpb.Maintenance/Alarm", pb.AlarmRequest, pb.AlarmResponse)
SNAPSHOT = Rpc("/etcdserverpb.Maintenance/Snapshot", pb.SnapshotRequest, pb.SnapshotResponse)
WATCH = Rpc("/etcdserverpb.Watch/Watch", pb.WatchRequest, pb.WatchResponse)
