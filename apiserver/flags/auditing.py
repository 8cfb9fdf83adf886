"""What is told of requests, and to whom."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.component.flag_set import flag


@dataclass(frozen=True)
class AuditOptions:
    """Without a policy nothing is audited."""

    SECTION = "Auditing"

    audit_policy_file: str = flag("", "audit.k8s.io/v1 Policy")
    audit_log_path: str = flag("", "file of audit events, - for standard output")
    audit_log_max_megabytes: int = flag(
        0, "megabytes at which the file is turned over; 0 for 100", name="audit-log-maxsize"
    )
    audit_log_max_backups: int = flag(0, "old audit files to keep; 0 for all", name="audit-log-maxbackup")
    audit_log_max_age_days: int = flag(0, "days to keep old audit files for; 0 for ever", name="audit-log-maxage")
    audit_webhook_config_file: str = flag("", "kubeconfig of a webhook that audit events are sent to")
    audit_webhook_batch_max_wait_seconds: float = flag(
        30.0, "how long an event may wait for its batch", name="audit-webhook-batch-max-wait", duration=True
    )
    audit_webhook_batch_buffer_size: int = flag(10_000, "events that may wait; further ones are lost")
    audit_webhook_batch_max_size: int = flag(400, "events in a batch at most")
    audit_webhook_initial_backoff_seconds: float = flag(
        10.0, "pause before a batch is sent again", name="audit-webhook-initial-backoff", duration=True
    )
    audit_log_truncate_enabled: bool = flag(False, "make events in the file smaller that are too large")
    audit_log_truncate_max_event_size: int = flag(102_400, "bytes of an event in the file at most")
    audit_webhook_truncate_enabled: bool = flag(False, "make events to the webhook smaller that are too large")
    audit_webhook_truncate_max_event_size: int = flag(102_400, "bytes of an event to the webhook at most")
