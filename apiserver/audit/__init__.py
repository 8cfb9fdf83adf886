"""The audit log: who did what, when, and what came of it.

- `policy`: how much is told of a request, by the rules of a file (pure)
- `event`: an event as a JSON value (pure)
- `auditor`: from requests and their answers to events, stage by stage
- `log_file`: events as lines of a file that is turned over when it is large
- `batches`: events in batches to a webhook, without holding requests up; `truncation`: events that are too large
- `build`: the audit that the options ask for

Without a policy there is no auditor, and a request pays nothing. Counterpart: apiserver/pkg/audit and
plugin/pkg/audit.
"""
