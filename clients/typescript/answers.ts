// Holds every answer of HBS against its OpenAPI document: status, content type, and the body against its schema.
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { Middleware } from "openapi-fetch";

interface Answer {
  $ref?: string;
  content?: Record<string, unknown>;
}

export interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Answer> }>>;
}

/** A middleware that refuses answers that are not in the document, and the operations that it saw. */
export function answersOf(document: Document): Middleware & { seen: string[] } {
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
  formats.default(ajv);
  // Words of OpenAPI that say nothing about what is valid: `oneOf` has what `discriminator` repeats.
  ajv.addVocabulary([...Object.keys(document), "discriminator", "example"]);
  ajv.addSchema(document, "document");

  function check(path: string, method: string, status: number, type: string | undefined, text: string) {
    let place = ["paths", path, method, "responses", String(status)];
    let answer = document.paths[path]?.[method]?.responses[status];
    if (!answer) throw new Error(`the document has no such status: ${text}`);
    if (answer.$ref) {
      place = answer.$ref.slice(2).split("/");
      answer = at(document, place) as Answer;
    }
    if (!answer.content) {
      if (text) throw new Error(`the document has no body here: ${text}`);
      return;
    }
    if (!type || !(type in answer.content)) throw new Error(`the document has no such content type: ${type}`);
    if (!type.endsWith("json")) return;
    const validate = ajv.compile({ $ref: `document#${pointer([...place, "content", type, "schema"])}` });
    if (!validate(JSON.parse(text))) throw new Error(`${ajv.errorsText(validate.errors)}: ${text}`);
  }

  const seen: string[] = [];
  return {
    seen,
    async onResponse({ request, response, schemaPath }) {
      const operation = `${request.method} ${schemaPath}`;
      const type = response.headers.get("content-type")?.split(";")[0];
      try {
        check(schemaPath, request.method.toLowerCase(), response.status, type, await response.clone().text());
      } catch (cause) {
        throw new Error(`the answer ${response.status} to ${operation} is not as documented`, { cause });
      }
      seen.push(operation);
    },
  };
}

function at(value: unknown, place: string[]): unknown {
  return place.reduce((value, key) => (value as Record<string, unknown>)[key], value);
}

function pointer(place: string[]): string {
  return place.map((key) => "/" + encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))).join("");
}
