// tls.ts — the certificates of the options and of OTEL_EXPORTER_OTLP_{CERTIFICATE,CLIENT_CERTIFICATE,CLIENT_KEY}, read
// and tried once at start, so that a wrong one is said where it was written and not by every request.

import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { Environment } from "./environment.ts";
import type { SignalName, TlsOptions, TlsTexts } from "./export-options.ts";

type Field = keyof TlsTexts;

/** What belongs together comes from one place: the app's code, or the environment. */
const GROUPS: readonly (readonly Field[])[] = [["ca"], ["cert", "key"]];

const VARIABLES: Readonly<Record<Field, string>> = {
  ca: "CERTIFICATE",
  cert: "CLIENT_CERTIFICATE",
  key: "CLIENT_KEY",
};

/** Something that was written, and where. */
interface Source {
  readonly field: Field;
  readonly value: string;
  readonly name: string;
}

/** What one signal uses; `name` is the option's. Throws a TypeError for a wrong option; a wrong variable is said and ignored. */
export function resolveTls(
  given: TlsOptions,
  environment: Environment,
  signal: SignalName,
  name: string,
): TlsTexts {
  const texts: Record<string, string> = {};
  for (const group of GROUPS) {
    const inCode = group.flatMap((field) => optionOf(given, field, name));
    if (inCode.length > 0) {
      Object.assign(texts, readGroup(inCode, group));
      continue;
    }
    try {
      const inVariables = group.flatMap((field) => variableOf(environment, signal, field));
      Object.assign(texts, readGroup(inVariables, group));
    } catch (error) {
      environment.say(`${(error as Error).message}; it is ignored`);
    }
  }
  return texts;
}

function optionOf(given: TlsOptions, field: Field, name: string): Source[] {
  const value = given[field];
  return value === undefined ? [] : [{ field, value, name: `option ${name}.${field}` }];
}

function variableOf(environment: Environment, signal: SignalName, field: Field): Source[] {
  for (const prefix of [`${signal.toUpperCase()}_`, ""]) {
    const name = `OTEL_EXPORTER_OTLP_${prefix}${VARIABLES[field]}`;
    const value = environment.text(name);
    if (value !== undefined) return [{ field, value, name }];
  }
  return [];
}

function readGroup(sources: readonly Source[], group: readonly Field[]): TlsTexts {
  const [first] = sources;
  if (first === undefined) return {};
  if (sources.length < group.length) {
    throw new TypeError(`Cannot use ${first.name}: a certificate and its key are needed together`);
  }
  const texts = Object.fromEntries(sources.map((source) => [source.field, pemOf(source)]));
  try {
    createSecureContext(texts);
  } catch (error) {
    throw new TypeError(`Cannot use ${first.name}: ${(error as Error).message}`, { cause: error });
  }
  return texts;
}

/** A PEM text as it is, or that of a file. */
function pemOf({ value, name }: Source): string {
  if (value.trimStart().startsWith("-----BEGIN ")) return value;
  try {
    return readFileSync(value, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TypeError(`Cannot use ${name} "${value}": ${code ?? message}`, { cause: error });
  }
}
