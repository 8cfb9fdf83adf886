"""The audit that a server's options ask for."""

from __future__ import annotations

from pathlib import Path

from pybernetes.apiserver.audit.auditor import Auditor, Backend
from pybernetes.apiserver.audit.batches import Batches
from pybernetes.apiserver.audit.log_file import LogFile
from pybernetes.apiserver.audit.policy import read_policy
from pybernetes.apiserver.kubeconfig_webhook import KubeconfigWebhook
from pybernetes.apiserver.options import Options
from pybernetes.component.clock import Clock


def build_auditor(options: Options, clock: Clock) -> Auditor | None:
    """None without a policy. Raises PolicyError, ValueError, OSError for files that cannot be used."""
    if not options.audit_policy_file:
        return None
    backends: list[Backend] = []
    if options.audit_log_path:
        backends.append(
            LogFile(
                options.audit_log_path,
                clock=clock,
                max_megabytes=options.audit_log_max_megabytes,
                max_backups=options.audit_log_max_backups,
                max_age_days=options.audit_log_max_age_days,
            )
        )
    if options.audit_webhook_config_file:
        webhook = KubeconfigWebhook(options.audit_webhook_config_file, clock=clock)
        backends.append(Batches(webhook, clock=clock, max_wait_seconds=options.audit_webhook_batch_max_wait_seconds))
    return Auditor(read_policy(Path(options.audit_policy_file)), backends, clock)
