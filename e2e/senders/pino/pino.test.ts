import { randomBytes } from "node:crypto";
import { describe, expect, inject, test } from "vitest";
import { describeSender } from "../support/describe-sender.ts";
import { installSender } from "../support/install.ts";
import { including, JUST_NOW } from "../support/matchers.ts";
import { readLogs } from "../support/read-back.ts";
import { runSender } from "../support/run-sender.ts";

const sender = installSender("pino");

describeSender("pino-opentelemetry-transport 4.0", sender, () => {
  describe.each(["http/protobuf", "http/json", "grpc"])("over %s", (protocol) => {
    test("lines come back as log records", async () => {
      const service = `pino ${protocol}`;
      const ids = {
        traceId: randomBytes(16).toString("hex"),
        spanId: randomBytes(8).toString("hex"),
      };
      const { otlpHttpUrl, otlpGrpcUrl } = inject("dashboard");
      await runSender({
        command: process.execPath,
        args: ["sender.mjs"],
        folder: sender.folder,
        env: {
          SERVICE: service,
          TRACE_ID: ids.traceId,
          SPAN_ID: ids.spanId,
          OTEL_NODE_RESOURCE_DETECTORS: "env",
          OTEL_RESOURCE_ATTRIBUTES: "service.version=1.2.3",
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_ENDPOINT: protocol === "grpc" ? otlpGrpcUrl : otlpHttpUrl,
        },
      });
      const common = {
        service,
        resource: { "service.name": service, "service.version": "1.2.3", "host.cpu.count": 2 },
        scope: { name: "shop", version: "4.5.6", attributes: {} },
        timeUnixNano: JUST_NOW,
        observedTimeUnixNano: JUST_NOW,
      };
      const records = await readLogs(service, 3);

      // Three lines of the same millisecond have no order in time.
      expect(records.toSorted((a, b) => a.severityNumber - b.severityNumber)).toEqual([
        {
          ...common,
          severityNumber: 1,
          severityText: "trace",
          body: "",
          attributes: { user: { plan: "free", seats: 2 } },
        },
        {
          ...common,
          severityNumber: 9,
          severityText: "info",
          body: "order taken",
          attributes: { "order.id": 42, ratio: 0.5, gift: true, tags: ["a", "b"] },
        },
        {
          ...common,
          ...ids,
          flags: 1,
          severityNumber: 21,
          severityText: "fatal",
          body: "order lost",
          attributes: { err: including({ type: "RangeError", message: "no stock" }) },
        },
      ]);
    });
  });
});
