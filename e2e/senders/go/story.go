// The story of story.mjs, told with OpenTelemetry Go over the protocol that OTEL_EXPORTER_OTLP_PROTOCOL names.
//
// Go has integers beyond 2^53, tells 3.0 from 3, and has bytes and maps, so the first span has four attributes more.
package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	scope     = "story"
	version   = "4.5.6"
	schemaURL = "https://example.com/story/1.0"
)

var startNano = must(strconv.ParseInt(os.Getenv("STORY_START_NANO"), 10, 64))

func main() {
	ctx := context.Background()
	traceExporter, metricExporter, logExporter := exporters(ctx)
	described := must(resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", os.Getenv("STORY_SERVICE")),
		attribute.String("service.version", "1.2.3"),
		attribute.String("deployment.environment.name", "test"),
		attribute.Int("host.cpu.count", 2),
		attribute.StringSlice("host.ip", []string{"10.0.0.1", "::1"}),
	)))
	traces := sdktrace.NewTracerProvider(
		sdktrace.WithResource(described),
		sdktrace.WithBatcher(traceExporter),
	)
	metrics := sdkmetric.NewMeterProvider(
		sdkmetric.WithResource(described),
		sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metricExporter)),
		sdkmetric.WithView(sdkmetric.NewView(
			sdkmetric.Instrument{Name: "order.size"},
			sdkmetric.Stream{Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}},
		)),
	)
	logs := sdklog.NewLoggerProvider(
		sdklog.WithResource(described),
		sdklog.WithProcessor(sdklog.NewBatchProcessor(logExporter)),
	)

	inOrder := tellSpans(traces.Tracer(scope,
		trace.WithInstrumentationVersion(version), trace.WithSchemaURL(schemaURL)))
	tellLogs(inOrder, logs.Logger(scope,
		log.WithInstrumentationVersion(version), log.WithSchemaURL(schemaURL)))
	tellMetrics(inOrder, metrics.Meter(scope,
		metric.WithInstrumentationVersion(version), metric.WithSchemaURL(schemaURL)))
	check(errors.Join(traces.Shutdown(ctx), metrics.Shutdown(ctx), logs.Shutdown(ctx)))
}

func exporters(ctx context.Context) (sdktrace.SpanExporter, sdkmetric.Exporter, sdklog.Exporter) {
	if os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc" {
		return must(otlptracegrpc.New(ctx)), must(otlpmetricgrpc.New(ctx)), must(otlploggrpc.New(ctx))
	}
	return must(otlptracehttp.New(ctx)), must(otlpmetrichttp.New(ctx)), must(otlploghttp.New(ctx))
}

func tellSpans(tracer trace.Tracer) context.Context {
	carrier := propagation.MapCarrier{
		"traceparent": os.Getenv("STORY_TRACEPARENT"),
		"tracestate":  "vendor=abc,other=1",
	}
	caller := propagation.TraceContext{}.Extract(context.Background(), carrier)

	inOrder, order := tracer.Start(caller, "POST /orders",
		trace.WithSpanKind(trace.SpanKindServer),
		trace.WithTimestamp(after(0)),
		trace.WithAttributes(
			attribute.String("text", "Grüße, 你好 🎈"),
			attribute.String("empty", ""),
			attribute.Bool("yes", true),
			attribute.Bool("no", false),
			attribute.Int("count", 42),
			attribute.Int("negative", -7),
			attribute.Int64("big", 9007199254740991),
			attribute.Float64("ratio", 0.1),
			attribute.StringSlice("strings", []string{"a", "b"}),
			attribute.IntSlice("ints", []int{1, 2, 3}),
			attribute.Float64Slice("doubles", []float64{0.5, 1.5}),
			attribute.BoolSlice("bools", []bool{true, false}),
			attribute.Int64("huge", 9223372036854775807),
			attribute.Float64("whole", 3),
			attribute.ByteSlice("bytes", []byte{0, 1, 2, 3}),
			attribute.Map("map", attribute.Bool("deep", false)),
		))
	order.AddEvent("cache miss", trace.WithTimestamp(after(1)), trace.WithAttributes(
		attribute.String("key", "user:7"), attribute.Int("attempt", 2)))

	_, query := tracer.Start(inOrder, "SELECT orders",
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithTimestamp(after(10)),
		trace.WithAttributes(attribute.String("db.system.name", "postgresql")))
	query.RecordError(errors.New("connection reset"), trace.WithTimestamp(after(50)))
	query.SetStatus(codes.Error, "connection reset")
	query.End(trace.WithTimestamp(after(60)))

	_, publish := tracer.Start(inOrder, "publish order",
		trace.WithSpanKind(trace.SpanKindProducer), trace.WithTimestamp(after(70)))
	publish.SetStatus(codes.Ok, "")
	publish.End(trace.WithTimestamp(after(80)))
	order.End(trace.WithTimestamp(after(250)))

	_, process := tracer.Start(context.Background(), "process order",
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithTimestamp(after(90)),
		trace.WithLinks(trace.Link{
			SpanContext: publish.SpanContext(),
			Attributes:  []attribute.KeyValue{attribute.Int("messaging.batch.index", 0)},
		}))
	process.End(trace.WithTimestamp(after(100)))
	return inOrder
}

func tellLogs(inOrder context.Context, logger log.Logger) {
	var taken log.Record
	taken.SetTimestamp(after(2))
	taken.SetObservedTimestamp(after(3))
	taken.SetSeverity(log.SeverityInfo)
	taken.SetSeverityText("INFO")
	taken.SetBody(attribute.StringValue("order 42 taken"))
	taken.AddAttributes(
		attribute.Int("order.id", 42),
		attribute.Float64("ratio", 0.5),
		attribute.StringSlice("tags", []string{"new", "paid"}),
		attribute.Bool("gift", true))
	logger.Emit(inOrder, taken)

	var failed log.Record
	failed.SetTimestamp(after(4))
	failed.SetObservedTimestamp(after(5))
	failed.SetSeverity(log.SeverityError)
	failed.SetSeverityText("ERROR")
	failed.SetBody(attribute.MapValue(
		attribute.Int("code", 7),
		attribute.Slice("parts", attribute.StringValue("a"), attribute.Float64Value(1.5), attribute.BoolValue(true)),
		attribute.Map("nested", attribute.String("deep", "yes"))))
	logger.Emit(context.Background(), failed)

	var placed log.Record
	placed.SetTimestamp(after(6))
	placed.SetObservedTimestamp(after(7))
	placed.SetSeverity(log.SeverityDebug)
	placed.SetSeverityText("DEBUG")
	placed.SetEventName("order.placed")
	logger.Emit(context.Background(), placed)
}

func tellMetrics(inOrder context.Context, meter metric.Meter) {
	ctx := context.Background()
	free := metric.WithAttributes(attribute.String("plan", "free"))
	paid := metric.WithAttributes(attribute.String("plan", "paid"), attribute.Bool("trial", false))
	orders := must(meter.Int64Counter("orders", metric.WithUnit("{order}"), metric.WithDescription("Taken")))
	orders.Add(ctx, 1, free)
	orders.Add(ctx, 5, paid)
	orders.Add(ctx, 2, free)
	revenue := must(meter.Float64Counter("revenue", metric.WithUnit("EUR")))
	revenue.Add(ctx, 0.25)
	revenue.Add(ctx, 12.5)
	queue := must(meter.Int64UpDownCounter("queue.size"))
	queue.Add(ctx, 5)
	queue.Add(ctx, -8)
	temperature := must(meter.Float64Gauge("temperature", metric.WithUnit("Cel")))
	roomA := metric.WithAttributes(attribute.String("room", "a"))
	temperature.Record(ctx, 20, roomA)
	temperature.Record(ctx, 21.5, roomA)
	duration := must(meter.Float64Histogram("duration", metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(0.1, 0.5, 1)))
	for _, seconds := range []float64{0.0625, 0.25, 0.125} {
		duration.Record(ctx, seconds)
	}
	duration.Record(inOrder, 0.75)
	size := must(meter.Float64Histogram("order.size"))
	for _, items := range []float64{1, 2, 4, 0} {
		size.Record(ctx, items)
	}
	must(meter.Int64ObservableCounter("uptime", metric.WithUnit("s"), metric.WithInt64Callback(
		func(_ context.Context, observer metric.Int64Observer) error {
			observer.Observe(120, metric.WithAttributes(attribute.Int("process.pid", 7)))
			return nil
		})))
}

func after(ms int64) time.Time {
	return time.Unix(0, startNano+ms*1_000_000)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
