// What the plays of this folder begin with: a client that holds each answer against the document, and small helpers.
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import createClient from "openapi-fetch";
import { answersOf, type Document } from "./answers.js";
import type { components, paths } from "./generated/schema.js";

export type Schemas = components["schemas"];
export type Client = ReturnType<typeof client>;

const HBS = process.env["HBS_URL"] ?? "http://127.0.0.1:8080";

const document = await fetch(`${HBS}/openapi.json`).then((answer) => answer.json() as Promise<Document>);
const answers = answersOf(document);

/** What is asked for: what an operation can also give as a file is none of it. */
type Json = "application/json" | "application/problem+json";

export function client(token?: string) {
  const client = createClient<paths, Json>({ baseUrl: HBS, headers: token ? { Authorization: `Bearer ${token}` } : {} });
  client.use(answers);
  return client;
}

/** What an operation answered if it succeeded. */
export function ok<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (!answer.response.ok) throw new Error(`${answer.response.url}: ${JSON.stringify(answer.error)}`);
  return answer.data as T;
}

/** A client of somebody of the demo. */
export async function signIn(name: string) {
  const body = { login: `${name}@demo.example`, password: "demo-password" };
  return client(ok(await client().POST("/v1/auth/login", { body })).access_token);
}

export function plusDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The sum in cents: money is text, so nothing is lost on the way. */
export function cents(...amounts: Schemas["Money"][]): number {
  return amounts.reduce((sum, { amount, currency }) => {
    assert.equal(currency, "EUR");
    assert.match(amount, /^-?\d+\.\d\d$/);
    return sum + Number(amount.replace(".", ""));
  }, 0);
}

/** What is asked for again and again until it is there, for ten seconds. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = await ask();
    if (found !== undefined) return found;
    await setTimeout(50);
  }
  throw new Error("it is not there after ten seconds");
}

/** What was seen of the API. */
export function report(): string {
  return `${answers.seen.length} answers of ${new Set(answers.seen).size} operations are as documented`;
}
