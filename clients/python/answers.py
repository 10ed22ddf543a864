"""Holds every answer of HBS against its OpenAPI document: status, content type, and the body against its schema."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FORMATS = Draft202012Validator.FORMAT_CHECKER


def integer(bits: int) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, int) or -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


FORMATS.checks("int32")(integer(32))
FORMATS.checks("int64")(integer(64))


class Answers:
    """A hook for httpx that refuses answers that are not in the document, and the operations that it saw."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.registry: Registry[Any] = Registry().with_resource("document", DRAFT202012.create_resource(document))
        self.seen: list[str] = []
        # Paths with fewer variables come first: /v1/bookings/import is not the booking `import`.
        self.paths = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path)
            for path in sorted(document["paths"], key=lambda path: path.count("{"))
        ]

    def check(self, response: httpx.Response) -> None:
        response.read()
        method = response.request.method
        path = next(path for pattern, path in self.paths if pattern.fullmatch(response.request.url.path))
        try:
            self._check(["paths", path, method.lower(), "responses", str(response.status_code)], response)
        except Exception as error:
            raise AssertionError(
                f"the answer {response.status_code} to {method} {path} is not as documented: {response.text}"
            ) from error
        self.seen.append(f"{method} {path}")

    def _check(self, place: list[str], response: httpx.Response) -> None:
        answer = self._at(place)
        if "$ref" in answer:
            place = answer["$ref"].removeprefix("#/").split("/")
            answer = self._at(place)
        if "content" not in answer:
            assert not response.content, "the document has no body here"
            return
        kind = response.headers["content-type"].split(";")[0]
        assert kind in answer["content"], f"the document has no content type {kind} here"
        if not kind.endswith("json"):
            return
        schema = {"$ref": "document#" + pointer([*place, "content", kind, "schema"])}
        validator = Draft202012Validator(schema, registry=self.registry, format_checker=FORMATS)
        error = best_match(validator.iter_errors(response.json()))
        if error:
            raise error

    def _at(self, place: list[str]) -> dict[str, Any]:
        value = self.document
        for key in place:
            value = value[key]
        return value


def pointer(place: list[str]) -> str:
    return "".join("/" + quote(key.replace("~", "~0").replace("/", "~1"), safe="") for key in place)
