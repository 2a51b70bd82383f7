"""An app that knows only the api. `opentelemetry-instrument` does the rest, as the README says."""

import logging

from opentelemetry import metrics, trace

with trace.get_tracer("app").start_as_current_span("work") as span:
    span.set_attribute("order.id", 42)
    logging.getLogger("app").warning("low stock")
metrics.get_meter("app").create_counter("orders").add(1)
