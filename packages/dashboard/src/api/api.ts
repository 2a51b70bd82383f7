// api.ts — the HTTP API and the page, as one Hono app for every HTTP port.
//
//   request ─▶ headers ─▶ access ─▶ input checked ─▶ query, live, views … ─▶ JSON, event stream or file
//
// docs/guide/api.md documents every route for people; contract.ts has the shapes. Nothing is computed here:
// a route reads its input, asks one station and writes what that says.

import type { Signal } from "@telemetry/otlp";
import { Hono } from "hono";
import type { Context, MiddlewareHandler } from "hono";
import type {
  DisplayPush,
  HealthAnswer,
  MetricCatalogue,
  PipelineStatus,
  ServiceList,
  ViewList,
} from "../contract/contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Live } from "../live/live.ts";
import { compilePredicate, parseFilter } from "../query/filter/filter.ts";
import { parseTimeRange, UnavailableError, type Query } from "../query/query.ts";
import type { Station } from "../self/self.ts";
import type { Views } from "../views/views.ts";
import type { Access } from "./access.ts";
import { answerError, AnswerError } from "./errors.ts";
import { securityHeaders } from "./headers.ts";
import { inputs, readBody, readPath, readQuery } from "./input.ts";
import { findPageDirectory, Page } from "./page.ts";
import { streamLive } from "./stream-live.ts";
import { streamTrace } from "./stream-trace.ts";

export { Access, type AccessOptions, type AccessRequest, type Refusal } from "./access.ts";

/** The stations that the API speaks for. */
export interface ApiDeps {
  readonly access: Access;
  readonly engine: Pick<Engine, "state">;
  readonly query: Query;
  readonly live: Live;
  readonly views: Views;
  readonly pipeline: () => PipelineStatus;
  /** Counts the answers. */
  readonly station: Station;
  /** Told of errors that nobody foresaw. */
  readonly tell: (error: unknown) => void;
  /** Folder of the built page. Default: where a build puts it. */
  readonly pageDirectory?: string;
}

export function createApi(deps: ApiDeps): Hono {
  const app = new Hono();
  app.use(countAnswers(deps.station));
  app.use(securityHeaders);
  app.use(async (context, next) => {
    refuse(context, deps.access);
    await next();
  });
  app.onError((error, context) => answerError(context, error, deps.tell));
  app.get("/health", (context) => context.json<HealthAnswer>(health(deps)));
  app.route("/api/v1", createRoutes(deps));
  app.all("/api/*", (context) => {
    const { method, path } = context.req;
    throw new AnswerError(404, "no_route", `Cannot ${method} "${path}": there is no such route`);
  });
  const page = new Page(deps.pageDirectory ?? findPageDirectory());
  app.get("*", (context) => page.answer(context));
  app.notFound(({ req: { method, path } }) => {
    throw new AnswerError(
      404,
      "no_route",
      `Cannot ${method} "${path}": OTLP is received at /v1/traces, /v1/metrics, /v1/logs, the API is under /api/v1`,
    );
  });
  return app;
}

/** `answers` has all of them, `refused` those with a 4xx, `later` those with a 503. */
function countAnswers(station: Station): MiddlewareHandler {
  return async (context, next) => {
    await next();
    const { status } = context.res;
    station.count("answers");
    if (status >= 500) station.count("later");
    else if (status >= 400) station.count("refused");
  };
}

/** Throws AnswerError 401 or 403. */
function refuse({ req }: Context, access: Access): void {
  const { method, path } = req;
  const refusal = access.refuse({ method, path, header: (name) => req.header(name) });
  if (refusal !== undefined) throw new AnswerError(refusal.status, refusal.code, refusal.message);
}

function health({ engine }: ApiDeps): HealthAnswer {
  const status = engine.state === "ready" ? "ok" : "degraded";
  return { status, product: "telemetry", engine: engine.state };
}

function createRoutes(deps: ApiDeps): Hono {
  const { access, live, views } = deps;
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    if (!context.res.headers.has("Cache-Control")) context.header("Cache-Control", "no-store");
  });

  addQueries(app, deps);

  app.get("/live", (context) => {
    const { topics, filter: text, after } = readQuery(context, inputs.live);
    const filter = parseFilter(text);
    const request = {
      topics: topics.split(",").map((topic) => topic.trim()),
      filter: { text, predicate: (signal: Signal) => compilePredicate(filter, signal) },
      afterId: context.req.header("last-event-id") ?? after ?? "",
    };
    const body = streamLive(live, request);
    context.header("Content-Type", "text/event-stream; charset=utf-8");
    // Some proxies gather an answer before they pass it on.
    context.header("X-Accel-Buffering", "no");
    return context.body(body);
  });
  app.post("/display", async (context) => {
    readQuery(context, inputs.none);
    return context.json<DisplayPush>(await live.display());
  });

  app.get("/views", async (context) => {
    readQuery(context, inputs.none);
    return context.json<ViewList>({ views: await views.list() });
  });
  app.post("/views", async (context) => {
    const definition = await readBody(context, inputs.view);
    return context.json(views.register(definition), 201);
  });
  app.delete("/views/:id", (context) => {
    const id = context.req.param("id");
    if (views.delete(id)) return context.body(null, 204);
    throw new AnswerError(
      404,
      "unknown_view",
      `Cannot delete view "${id}": there is none of that id`,
    );
  });

  app.get("/pipeline", (context) => {
    readQuery(context, inputs.none);
    return context.json<PipelineStatus>(deps.pipeline());
  });

  app.post("/session", async (context) => {
    const { token } = await readBody(context, inputs.session);
    if (access.needsToken) {
      if (!access.isToken(token)) {
        throw new AnswerError(401, "token_wrong", "Cannot open a session: the token is wrong");
      }
      context.header("Set-Cookie", access.sessionCookie(isHttps(context)));
    }
    return context.body(null, 204);
  });
  return app;
}

/** By TLS of our own, or of a proxy before us. */
function isHttps({ req }: Context): boolean {
  return req.url.startsWith("https:") || req.header("x-forwarded-proto") === "https";
}

/** What is answered from ClickHouse: at once "later" while it does not answer. */
function addQueries(app: Hono, { engine, query }: ApiDeps): void {
  const signalOf = (context: Context) => {
    if (engine.state !== "ready") {
      throw new UnavailableError(`Cannot answer the query: ClickHouse is ${engine.state}`);
    }
    return context.req.raw.signal;
  };

  app.get("/services", async (context) => {
    const { from, to } = readQuery(context, inputs.services);
    const range = parseTimeRange(from, to);
    const services = await query.services(range, signalOf(context));
    return context.json<ServiceList>({ services });
  });

  app.get("/traces", async (context) => {
    const { filter, from, to, ...rest } = readQuery(context, inputs.traces);
    const question = { ...rest, filter: parseFilter(filter), range: parseTimeRange(from, to) };
    return context.json(await query.traces(question, signalOf(context)));
  });

  app.get("/traces/:traceId", async (context) => {
    readQuery(context, inputs.none);
    const asked = context.req.param("traceId");
    const traceId = readPath(inputs.traceId, asked, `trace id "${asked}"`);
    const trace = await query.trace(traceId, signalOf(context));
    if (trace === undefined) {
      throw new AnswerError(
        404,
        "unknown_trace",
        `Cannot find trace "${traceId}": no span and no log of it is stored`,
      );
    }
    context.header("Content-Type", "application/json");
    return context.body(await streamTrace(traceId, trace));
  });

  app.get("/logs", async (context) => {
    const { filter, from, to, traceId, ...rest } = readQuery(context, inputs.logs);
    // A trace's logs are wanted from wherever they are in time.
    const range = parseTimeRange(from ?? (traceId === undefined ? "-1h" : "0"), to);
    const question = { ...rest, traceId, filter: parseFilter(filter), range };
    return context.json(await query.logs(question, signalOf(context)));
  });

  app.get("/metrics", async (context) => {
    const { from, to, name } = readQuery(context, inputs.metrics);
    const range = parseTimeRange(from, to);
    const metrics = await query.metrics({ range, name }, signalOf(context));
    return context.json<MetricCatalogue>({ metrics });
  });

  app.get("/metrics/query", async (context) => {
    const { filter, from, to, groupBy, ...rest } = readQuery(context, inputs.metricQuery);
    const question = {
      ...rest,
      groupBy: groupBy === "" ? [] : groupBy.split(",").map((key) => key.trim()),
      filter: parseFilter(filter),
      range: parseTimeRange(from, to),
    };
    return context.json(await query.series(question, signalOf(context)));
  });

  app.get("/facets", async (context) => {
    const { filter, from, to, key, ...rest } = readQuery(context, inputs.facets);
    const question = { ...rest, filter: parseFilter(filter), range: parseTimeRange(from, to) };
    const signal = signalOf(context);
    return key === undefined
      ? context.json(await query.keys(question, signal))
      : context.json(await query.values(key, question, signal));
  });

  app.post("/query/sql", async (context) => {
    const { query: statement } = await readBody(context, inputs.sql);
    return context.json(await query.sql(statement, signalOf(context)));
  });
}
