"""Messages counted by the family of their subject, never by the tenant that ends it.

FastStream's own label is the whole subject: a series per tenant. Hot consumers count for
themselves (`Metrics`): this middleware doubles the cost of a single message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from faststream.message import StreamMessage
from faststream.nats.prometheus.provider import (
    BatchNatsMetricsSettingsProvider,
    NatsMetricsSettingsProvider,
)
from faststream.prometheus import ConsumeAttrs, PrometheusMiddleware
from faststream.response import PublishCommand
from nats.aio.msg import Msg

from slaclock.telemetry.metrics import Metrics

__all__ = ["bus_middleware", "family"]


def family(subject: str) -> str:
    """`sla.clock.breached.v1.acme` -> `sla.clock.breached.v1`."""
    return ".".join(subject.split(".")[:4])


class _Single(NatsMetricsSettingsProvider):
    __slots__ = ()

    def get_consume_attrs_from_message(self, msg: StreamMessage[Msg]) -> ConsumeAttrs:
        found = super().get_consume_attrs_from_message(msg)
        return {**found, "destination_name": family(found["destination_name"])}

    def get_publish_destination_name_from_cmd(self, cmd: PublishCommand) -> str:
        return family(super().get_publish_destination_name_from_cmd(cmd))


class _Batch(BatchNatsMetricsSettingsProvider):
    __slots__ = ()

    def get_consume_attrs_from_message(self, msg: StreamMessage[list[Msg]]) -> ConsumeAttrs:
        found = super().get_consume_attrs_from_message(msg)
        return {**found, "destination_name": family(found["destination_name"])}

    def get_publish_destination_name_from_cmd(self, cmd: PublishCommand) -> str:
        return family(super().get_publish_destination_name_from_cmd(cmd))


def _provider(msg: Msg | Sequence[Msg] | None) -> _Single | _Batch | None:
    if isinstance(msg, Sequence):
        return _Batch()
    if isinstance(msg, Msg) or msg is None:
        return _Single()
    return None  # watchers of key-value and object stores: FastStream counts none either


def bus_middleware(metrics: Metrics) -> PrometheusMiddleware[Any, Any]:
    """For `make_broker(..., middlewares=[...])`; counts into the service's own registry."""
    return PrometheusMiddleware(
        settings_provider_factory=_provider,
        registry=metrics.registry,
        app_name="slaclock",
        metrics_prefix=f"{metrics.prefix}bus",
    )
