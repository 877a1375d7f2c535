"""A receiver of OTLP over HTTP on loopback: takes what the exporters of OpenTelemetry's SDK really send.

Example:

    with Receiver() as receiver:
        exporter = OTLPMetricExporter(endpoint=receiver.url("metrics"))
        ...
        assert receiver.metrics()["guardc.guard.runs"]
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

__all__ = ["Receiver", "attributes", "carried"]

_KINDS = {
    "/v1/metrics": (ExportMetricsServiceRequest, ExportMetricsServiceResponse),
    "/v1/traces": (ExportTraceServiceRequest, ExportTraceServiceResponse),
}


class Receiver:
    """Keeps every request, as bytes and decoded."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.decoded: list[Any] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request, response = _KINDS[self.path]
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.bodies.append(body)
                receiver.decoded.append(request.FromString(body))
                answer = response().SerializeToString()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name that it has
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def url(self, kind: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1/{kind}"

    def metrics(self) -> dict[str, Any]:
        """The metrics of the last export, by name."""
        last = [request for request in self.decoded if isinstance(request, ExportMetricsServiceRequest)][-1]
        return {
            metric.name: metric
            for resource in last.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def spans(self) -> dict[str, Any]:
        """All spans, by name; the last of each."""
        return {span.name: span for span in self._spans()}

    def spans_named(self, name: str) -> list[Any]:
        """All of one name, as they came."""
        return [span for span in self._spans() if span.name == name]

    def _spans(self) -> Iterator[Any]:
        for request in self.decoded:
            if isinstance(request, ExportTraceServiceRequest):
                for resource in request.resource_spans:
                    for scope in resource.scope_spans:
                        yield from scope.spans

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def attributes(holder: Any) -> dict[str, Any]:
    """Of a span, event or point."""
    return {each.key: _value(each.value) for each in holder.attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return [_value(item) for item in value.array_value.values] if kind == "array_value" else getattr(value, kind)


def carried(request: Any) -> str:
    """The span that a request says it belongs to, by its `traceparent`."""
    (said,) = (value for name, value in request.headers.items() if name.lower() == "traceparent")
    return str(said.split("-")[2])
