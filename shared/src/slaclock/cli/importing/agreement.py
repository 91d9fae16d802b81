"""The SLA that an import is judged by: published first, as the tenant's default since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from slaclock.cli.files import read_json
from slaclock.cli.importing.facts import BadFile
from slaclock.cli.platform import Platform

__all__ = ["publish_default", "read_sla"]

SINCE: Final = "1970-01-01T00:00:00Z"


def read_sla(path: Path) -> Mapping[str, Any]:
    """The JSON object in *path*; what it means is the sla service's business.

    Raises:
        BadFile: no such file, or no JSON object with an `sla_id`.
    """
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("sla_id"), str):
        raise BadFile(f'{path} is no SLA file: it must be an object with "sla_id"')
    return document


def publish_default(platform: Platform, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Publish *document* and make it the tenant's default.

    Returns:
        `{"id", "version", "hash", "default_entry_id", ...}`; the same content is published once.

    Raises:
        Refusal: the file has faults, all of them listed.
    """
    sla_id = quote(document["sla_id"], safe="")
    answer: Mapping[str, Any] = platform.post(
        f"/sla/v1/slas/{sla_id}/publish",
        {"sla": document, "default": True, "effective_from": SINCE},
    )
    return answer
