// A logger's own transport, behind the official SDK and behind ours: the ids of the span come without a change (113).

import { randomBytes } from "node:crypto";
import { describe, expect, inject, test } from "vitest";
import { describeSender } from "../support/describe-sender.ts";
import { installSender } from "../support/install.ts";
import { including, JUST_NOW } from "../support/matchers.ts";
import { readLogs } from "../support/read-back.ts";
import { runSender } from "../support/run-sender.ts";

const sender = installSender("winston");
/** Our SDK says which conventions its resource follows. */
const OUR_CONVENTIONS = expect.stringMatching(
  /^https:\/\/opentelemetry\.io\/schemas\/1\.\d+\.0$/,
) as string;

describeSender("@opentelemetry/winston-transport 0.34", sender, () => {
  describe.each(["official", "ours"])("with the SDK that is %s", (sdk) => {
    test("lines come back as log records", async () => {
      const service = `winston ${sdk}`;
      const ids = {
        traceId: randomBytes(16).toString("hex"),
        spanId: randomBytes(8).toString("hex"),
      };
      await runSender({
        command: process.execPath,
        args: ["--conditions=@telemetry/source", "sender.mjs"],
        folder: sender.folder,
        env: {
          SDK: sdk,
          SERVICE: service,
          TRACE_ID: ids.traceId,
          SPAN_ID: ids.spanId,
          OTEL_EXPORTER_OTLP_ENDPOINT: inject("dashboard").otlpHttpUrl,
        },
      });
      const common = {
        service,
        resource: including({ "service.name": service }),
        ...(sdk === "ours" ? { resourceSchemaUrl: OUR_CONVENTIONS } : {}),
        scope: { name: "@opentelemetry/winston-transport", version: "0.34.0", attributes: {} },
        timeUnixNano: JUST_NOW,
        observedTimeUnixNano: JUST_NOW,
      };
      const records = await readLogs(service, 3);

      expect(records.toSorted((a, b) => a.severityNumber - b.severityNumber)).toEqual([
        {
          ...common,
          severityNumber: 1,
          severityText: "silly",
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
          severityNumber: 17,
          severityText: "error",
          body: "order lost",
          attributes: including({
            "exception.type": "RangeError",
            "exception.message": "no stock",
          }),
        },
      ]);
    });
  });
});
