"""Priority and fairness: how many requests are served at a time, and whose turn it is when there are more.

A flow schema sorts a request into a priority level and, there, into a flow. A level has seats; a request that finds
none free waits in one of the level's queues, or is refused with 429.

- `matching`: which flow schema a request belongs to (pure)
- `width`: how many seats a request takes (pure)
- `shares`: how the server's seats are divided between the levels, and lent (pure)
- `shuffle`: which queues a flow may use (pure)
- `fair_queue`: the queues of one level, and who is next (pure)
- `level`: one priority level: seats, queues and those who wait
- `control`: all of it for one server, kept up with the API's objects
- `in_flight`: what there is instead where it is turned off
- `dump`: what the levels are doing, for people
- `upkeep`: the objects that every cluster has, and what is told in the status of a flow schema

Counterpart: apiserver/pkg/util/flowcontrol and server/filters/priority-and-fairness.go.
"""
