// Cross-origin headers: whatever the npm package `cors` does, this does.
import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import cors, { type CorsOptions as UpstreamOptions } from "cors";
import { applyCors } from "../../../durable-objects/shared/cors.ts";
import type { CorsOptions, CorsOptionsDelegate } from "../../../glue/engine/cors-options.ts";
import { ALLOWED, CORS_SETTINGS, OTHER } from "../../support/cors-settings.ts";

interface Outcome {
  status: number | undefined;
  error: unknown;
  headers: Record<string, string>;
}

const REQUESTS: [string, string, Record<string, string>][] = [
  ["a request from an allowed origin", "GET", { origin: ALLOWED }],
  ["a request from another origin", "GET", { origin: OTHER }],
  ["a request from no origin", "GET", {}],
  ["a POST", "POST", { origin: ALLOWED }],
  ["a preflight", "OPTIONS", { origin: ALLOWED, "access-control-request-headers": "x-p, x-q" }],
  ["a preflight from another origin", "OPTIONS", { origin: OTHER }],
  ["a preflight without origin", "OPTIONS", {}],
];

function makeRequest(method: string, headers: Record<string, string>) {
  const request = new IncomingMessage(new Socket());
  return Object.assign(request, { method, url: "/socket.io/", headers, _query: {} });
}

async function upstream(
  setting: unknown,
  method: string,
  headers: Record<string, string>,
): Promise<Outcome> {
  const request = makeRequest(method, headers);
  const response = new ServerResponse(request);
  const outcome: Outcome = { status: undefined, error: undefined, headers: {} };
  await new Promise<void>((resolve) => {
    response.end = (() => {
      outcome.status = response.statusCode;
      resolve();
    }) as never;
    cors(setting as UpstreamOptions)(request, response, (error?: unknown) => {
      outcome.error = error ?? undefined;
      resolve();
    });
  });
  for (const [name, value] of Object.entries(response.getHeaders())) {
    outcome.headers[name] = String(value);
  }
  return outcome;
}

async function ours(
  setting: CorsOptions | CorsOptionsDelegate | boolean,
  method: string,
  fields: Record<string, string>,
): Promise<Outcome> {
  const headers = new Headers();
  const outcome: Outcome = { status: undefined, error: undefined, headers: {} };
  try {
    outcome.status = await applyCors(setting, makeRequest(method, fields), headers);
  } catch (error) {
    outcome.error = error;
  }
  outcome.headers = Object.fromEntries(headers);
  return outcome;
}

for (const [what, setting] of CORS_SETTINGS) {
  for (const [which, method, headers] of REQUESTS) {
    test(`${what}, ${which}: as upstream`, async () => {
      const expected = await upstream(setting, method, headers);
      const actual = await ours(setting, method, headers);
      assert.deepEqual(actual, expected);
    });
  }
}

test("off, there is not a header", async () => {
  assert.deepEqual((await ours(false, "OPTIONS", { origin: ALLOWED })).headers, {});
});
