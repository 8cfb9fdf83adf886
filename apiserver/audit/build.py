"""The audit that a server's options ask for."""

from __future__ import annotations

from pathlib import Path

from pybernetes.apiserver.audit.auditor import Auditor, Backend
from pybernetes.apiserver.audit.batches import Batches
from pybernetes.apiserver.audit.log_file import LogFile
from pybernetes.apiserver.audit.policy import read_policy
from pybernetes.apiserver.audit.truncation import Truncation
from pybernetes.apiserver.kubeconfig_webhook import KubeconfigWebhook
from pybernetes.apiserver.options import Options
from pybernetes.component.clock import Clock


def build_auditor(options: Options, clock: Clock) -> Auditor | None:
    """None without a policy. Raises PolicyError, ValueError, OSError for files that cannot be used."""
    if not options.audit_policy_file:
        return None
    backends: list[Backend] = []
    if options.audit_log_path:
        file: Backend = LogFile(
            options.audit_log_path,
            clock=clock,
            max_megabytes=options.audit_log_max_megabytes,
            max_backups=options.audit_log_max_backups,
            max_age_days=options.audit_log_max_age_days,
        )
        limit = options.audit_log_truncate_max_event_size if options.audit_log_truncate_enabled else 0
        backends.append(Truncation(file, limit) if limit else file)
    if options.audit_webhook_config_file:
        webhook = KubeconfigWebhook(options.audit_webhook_config_file, clock=clock)
        batches: Backend = Batches(
            webhook,
            clock=clock,
            buffer_size=options.audit_webhook_batch_buffer_size,
            max_batch=options.audit_webhook_batch_max_size,
            max_wait_seconds=options.audit_webhook_batch_max_wait_seconds,
            first_pause_seconds=options.audit_webhook_initial_backoff_seconds,
        )
        limit = options.audit_webhook_truncate_max_event_size if options.audit_webhook_truncate_enabled else 0
        backends.append(Truncation(batches, limit) if limit else batches)
    return Auditor(read_policy(Path(options.audit_policy_file)), backends, clock)
