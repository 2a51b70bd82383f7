// Several processes and languages send at once, and one chart shows them beside each other (35).

import { expect, inject, test } from "vitest";
import { until } from "../../support/api.ts";
import { Story } from "../story/expected-story.ts";
import { describeSender } from "../support/describe-sender.ts";
import { installPython, installSender } from "../support/install.ts";
import { readLastByService } from "../support/read-back.ts";
import { runSender, type Program } from "../support/run-sender.ts";

const js2 = installSender("otel-js-2");
const js3 = installSender("otel-js-3");
const python = installPython();
const missing = js2.missing ?? js3.missing ?? python.missing;

describeSender("two of JavaScript and one of Python", { ...python, missing }, () => {
  test("are three series of one metric", async () => {
    const script = { command: process.execPath, args: ["sender.mjs"] };
    const programs: Record<string, Program> = {
      "together js 2": { ...script, folder: js2.folder },
      "together js 3": { ...script, folder: js3.folder },
      "together python": {
        command: python.program,
        args: ["story.py"],
        folder: python.folder,
      },
    };
    const services = Object.keys(programs);
    await Promise.all(
      services.map((service) =>
        runSender({
          ...programs[service]!,
          env: {
            ...new Story(service).env,
            OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
            OTEL_EXPORTER_OTLP_ENDPOINT: inject("dashboard").otlpGrpcUrl,
          },
        }),
      ),
    );

    const values = await until("all three services", async () => {
      const all = await readLastByService("orders");
      return services.every((service) => all.has(service)) && all;
    });
    // 3 of the free plan and 5 of the paid one.
    expect(services.map((service) => values.get(service))).toEqual([8, 8, 8]);
  });
});
