"""The rules on how a definition's versions are converted.

Errors of the webhook's parts are told at the places that they have in Kubernetes' internal form of a definition.

Counterpart: apiextensions-apiserver/pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

import base64
import re

from pybernetes.api.admissionregistration.rule_validation import validate_service, validate_url
from pybernetes.api.field import ErrorList
from pybernetes.api.names import dns_label_1035
from pybernetes.api.object import Json

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_STRATEGIES = ("None", "Webhook")
_REVIEW_VERSIONS = ("v1", "v1beta1")
_ONLY_WITH_WEBHOOK = "should not be set when strategy is not set to Webhook"


def validate_conversion(conversion: Json, path: str, errors: ErrorList) -> None:
    strategy, webhook = conversion.get("strategy") or "", conversion.get("webhook") or {}
    config, versions = webhook.get("clientConfig"), webhook.get("conversionReviewVersions") or []
    if not strategy:
        errors.required(f"{path}.strategy")
    elif strategy not in _STRATEGIES:
        errors.not_supported(f"{path}.strategy", strategy, _STRATEGIES)
    if strategy == "Webhook":
        _validate_client(config, f"{path}.webhookClientConfig", errors)
        _validate_review_versions(versions, f"{path}.conversionReviewVersions", errors)
        return
    if config is not None:
        errors.forbidden(f"{path}.webhookClientConfig", _ONLY_WITH_WEBHOOK)
    if versions:
        errors.forbidden(f"{path}.conversionReviewVersions", _ONLY_WITH_WEBHOOK)


def _validate_client(config: Json | None, path: str, errors: ErrorList) -> None:
    if config is None:
        errors.required(path, "required when strategy is set to Webhook")
        return
    url, service = config.get("url"), config.get("service")
    if (url is None) == (service is None):
        errors.required(path, "exactly one of url or service is required")
    elif url is not None:
        validate_url(url, f"{path}.url", errors)
    elif service is not None:
        validate_service(service, f"{path}.service", errors)


def validate_bundle(crd: Json, path: str, errors: ErrorList) -> None:
    wrong = wrong_bundle(crd)
    if wrong:
        errors.invalid(f"{path}.webhookClientConfig.caBundle", _bundle(crd), wrong)


def _bundle(crd: Json) -> str:
    webhook = (crd["spec"].get("conversion") or {}).get("webhook") or {}
    return (webhook.get("clientConfig") or {}).get("caBundle") or ""


def wrong_bundle(crd: Json) -> str:
    """Why the certificates that a conversion webhook is trusted by are none; empty if they are, or there are none."""
    bundle = _bundle(crd)
    if not bundle:
        return ""
    from cryptography import x509

    why = "unable to load root certificates: "
    blocks = _CERTIFICATE.findall(base64.b64decode(bundle))
    if not blocks:
        return why + "unable to parse bytes as PEM block"
    for block in blocks:
        try:
            x509.load_pem_x509_certificate(block)
        except ValueError as error:
            wrong = str(error)
        else:
            return ""
    return f"{why}failed to parse certificate: {wrong}"


def _validate_review_versions(versions: list[str], path: str, errors: ErrorList) -> None:
    if not versions:
        errors.required(path)
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            errors.invalid(f"{path}[{index}]", version, "duplicate version")
        else:
            errors.each_invalid(f"{path}[{index}]", version, dns_label_1035(version))
    if not set(versions) & set(_REVIEW_VERSIONS):
        errors.invalid(path, versions, f"must include at least one of {', '.join(_REVIEW_VERSIONS)}")
