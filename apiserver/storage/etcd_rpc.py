"""The calls of etcd v3 that we make: path, message types, and whether the answer is a stream.

Bound to a channel by hand, which is all that generated stubs would do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc

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

UNARY = (RANGE, TXN, COMPACT, LEASE_GRANT, ALARM)


def bind_unary(channel: grpc.aio.Channel) -> dict[str, Any]:
    """The unary calls on a channel, by path."""
    return {
        rpc.path: channel.unary_unary(
            rpc.path,
            request_serializer=rpc.request.SerializeToString,
            response_deserializer=rpc.response.FromString,
        )
        for rpc in UNARY
    }


def bind_snapshot(channel: grpc.aio.Channel) -> Any:
    """Maintenance.Snapshot on a channel: one request, a stream of pieces."""
    return channel.unary_stream(
        SNAPSHOT.path,
        request_serializer=SNAPSHOT.request.SerializeToString,
        response_deserializer=SNAPSHOT.response.FromString,
    )


def bind_watch(channel: grpc.aio.Channel) -> Any:
    """Watch.Watch on a channel: streams both ways."""
    return channel.stream_stream(
        WATCH.path,
        request_serializer=WATCH.request.SerializeToString,
        response_deserializer=WATCH.response.FromString,
    )
