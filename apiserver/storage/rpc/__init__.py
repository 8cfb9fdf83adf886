"""gRPC over HTTP/2, the client's side of it: what the store needs to talk to etcd, and nothing else.

    Channel ── keeps a connection to one address ── Link ── socket, clock, one write a turn of the loop
                                                      └─ ClientConnection ── frames in, frames out, no I/O
                                                           └─ Stream ◀── Call: messages, status, trailers

- `status`: gRPC's codes, and the two ways in which a call fails
- `frames`: HTTP/2's frames as bytes
- `header_blocks`: HPACK, remembered where a block always means the same
- `connection`: the protocol itself, without I/O: streams, flow control both ways, settings, pings, going away
- `stream`: what the connection keeps of one request, and whom it tells
- `call`: a gRPC call on a stream, with one answer or with many
- `link`: one connection on an asyncio transport: deadlines, keepalive
- `channel`: connects, and connects again

A compare-and-swap of 2 KB costs our process 27 us with it and 73 us with grpc.aio where 64 are in flight, 67 and 268 us
one at a time: threads and completion queues are for those who make many different calls, and ours are few, small and
alike. RFC 9113 (HTTP/2), RFC 7541 (HPACK, by the package
hpack), and gRPC's own description of itself over HTTP/2.
"""
