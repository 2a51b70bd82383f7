"""The story of story.mjs, told with OpenTelemetry Python over the protocol that OTEL_EXPORTER_OTLP_PROTOCOL names.

Python has integers beyond 2^53 and tells 3.0 from 3, so the first span has two attributes more.
"""

import os

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.metrics import Observation
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

START_NANO = int(os.environ["STORY_START_NANO"])
SCOPE = ("story", "4.5.6")
SCHEMA_URL = "https://example.com/story/1.0"

resource = Resource.create(
    {
        "service.name": os.environ["STORY_SERVICE"],
        "service.version": "1.2.3",
        "deployment.environment.name": "test",
        "host.cpu.count": 2,
        "host.ip": ["10.0.0.1", "::1"],
    }
)
traces = TracerProvider(resource=resource)
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
exponential = View(
    instrument_name="order.size", aggregation=ExponentialBucketHistogramAggregation()
)
metrics = MeterProvider(
    resource=resource,
    metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter())],
    views=[exponential],
)
logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))


def after(ms: int) -> int:
    return START_NANO + ms * 1_000_000


def tell_spans() -> Context:
    tracer = traces.get_tracer(*SCOPE, schema_url=SCHEMA_URL)
    carrier = {"traceparent": os.environ["STORY_TRACEPARENT"], "tracestate": "vendor=abc,other=1"}
    caller = TraceContextTextMapPropagator().extract(carrier, context=Context())

    order = tracer.start_span(
        "POST /orders",
        context=caller,
        kind=SpanKind.SERVER,
        start_time=after(0),
        attributes={
            "text": "Grüße, 你好 🎈",
            "empty": "",
            "yes": True,
            "no": False,
            "count": 42,
            "negative": -7,
            "big": 9007199254740991,
            "ratio": 0.1,
            "strings": ["a", "b"],
            "ints": [1, 2, 3],
            "doubles": [0.5, 1.5],
            "bools": [True, False],
            "huge": 9223372036854775807,
            "whole": 3.0,
        },
    )
    order.add_event("cache miss", {"key": "user:7", "attempt": 2}, timestamp=after(1))
    in_order = trace.set_span_in_context(order, Context())

    select = tracer.start_span(
        "SELECT orders",
        context=in_order,
        kind=SpanKind.CLIENT,
        start_time=after(10),
        attributes={"db.system.name": "postgresql"},
    )
    select.record_exception(ValueError("connection reset"), timestamp=after(50))
    select.set_status(Status(StatusCode.ERROR, "connection reset"))
    select.end(after(60))

    publish = tracer.start_span(
        "publish order", context=in_order, kind=SpanKind.PRODUCER, start_time=after(70)
    )
    publish.set_status(Status(StatusCode.OK))
    publish.end(after(80))
    order.end(after(250))

    link = Link(publish.get_span_context(), {"messaging.batch.index": 0})
    process = tracer.start_span(
        "process order",
        context=Context(),
        kind=SpanKind.CONSUMER,
        start_time=after(90),
        links=[link],
    )
    process.end(after(100))
    return in_order


def tell_logs(in_order: Context) -> None:
    logger = logs.get_logger(*SCOPE, schema_url=SCHEMA_URL)
    logger.emit(
        LogRecord(
            timestamp=after(2),
            observed_timestamp=after(3),
            severity_number=SeverityNumber.INFO,
            severity_text="INFO",
            body="order 42 taken",
            attributes={"order.id": 42, "ratio": 0.5, "tags": ["new", "paid"], "gift": True},
            context=in_order,
        )
    )
    logger.emit(
        LogRecord(
            timestamp=after(4),
            observed_timestamp=after(5),
            severity_number=SeverityNumber.ERROR,
            severity_text="ERROR",
            body={"code": 7, "parts": ["a", 1.5, True], "nested": {"deep": "yes"}},
            context=Context(),
        )
    )
    logger.emit(
        LogRecord(
            timestamp=after(6),
            observed_timestamp=after(7),
            severity_number=SeverityNumber.DEBUG,
            severity_text="DEBUG",
            event_name="order.placed",
            context=Context(),
        )
    )


def tell_metrics(in_order: Context) -> None:
    meter = metrics.get_meter(*SCOPE, schema_url=SCHEMA_URL)
    orders = meter.create_counter("orders", unit="{order}", description="Taken")
    orders.add(1, {"plan": "free"})
    orders.add(5, {"plan": "paid", "trial": False})
    orders.add(2, {"plan": "free"})
    revenue = meter.create_counter("revenue", unit="EUR")
    revenue.add(0.25)
    revenue.add(12.5)
    queue = meter.create_up_down_counter("queue.size")
    queue.add(5)
    queue.add(-8)
    temperature = meter.create_gauge("temperature", unit="Cel")
    temperature.set(20.0, {"room": "a"})
    temperature.set(21.5, {"room": "a"})
    duration = meter.create_histogram(
        "duration", unit="s", explicit_bucket_boundaries_advisory=[0.1, 0.5, 1]
    )
    for seconds in (0.0625, 0.25, 0.125):
        duration.record(seconds)
    duration.record(0.75, context=in_order)
    size = meter.create_histogram("order.size")
    for items in (1, 2, 4, 0):
        size.record(items)
    meter.create_observable_counter(
        "uptime", callbacks=[lambda _options: [Observation(120, {"process.pid": 7})]], unit="s"
    )


in_order = tell_spans()
tell_logs(in_order)
tell_metrics(in_order)
traces.shutdown()
logs.shutdown()
metrics.shutdown()
