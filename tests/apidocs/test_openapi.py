"""The OpenAPI document is valid, complete, and matches the code."""

import re
from typing import Any

from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from me_api.validation import PAGE_MAX
from tests.apidocs.schemas import keywords, references, resolve
from tests.support.app import Person

UNDESCRIBED = {"/assets/<name>", "/socket.io/<name>", "/docs/", "/docs/<path:path>"}
UNDESCRIBED |= {"/favicon.ico", "/robots.txt", "/kurs/", "/kurs/<name>", "/kurs/exempel/<name>"}
UNDESCRIBED |= {"/manifest.webmanifest", "/icons/<name>"}
"""What serves files: of the me-page, socket.io-client, the page /docs, the course, and two more."""


def routes(app: Flask) -> set[tuple[str, str]]:
    """Return method and path of every route of the running app."""
    return {
        (method, re.sub(r"<(?:[^:>]*:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule not in UNDESCRIBED
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def operations(document: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """Return every operation by method and path."""
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def parameters(operation: dict[str, Any], place: str) -> dict[str, Any]:
    """Return the parameters in the path, the query or a header."""
    return {p["name"]: p for p in operation["parameters"] if p["in"] == place}


def test_is_valid(openapi: Any) -> None:
    assert openapi["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(openapi).iter_errors()] == []


def test_validator_sees_a_broken_document(openapi: Any) -> None:
    del openapi["paths"]["/login"]["post"]["responses"]["200"]["description"]
    assert list(OpenAPIV31SpecValidator(openapi).iter_errors())


def test_names_every_route_and_no_other(app: Flask, openapi: Any) -> None:
    assert set(operations(openapi)) == routes(app)


def test_references_lead_somewhere(openapi: Any) -> None:
    assert references(openapi)
    for reference in references(openapi):
        resolve(openapi, reference)


def test_every_operation_is_named_and_explained(openapi: Any) -> None:
    found = operations(openapi).values()
    assert len({operation["operationId"] for operation in found}) == len(found)
    assert all(operation["summary"].endswith(".") for operation in found)


def test_path_parameters_are_those_of_the_path(openapi: Any) -> None:
    for (_, path), operation in operations(openapi).items():
        named = parameters(operation, "path")
        assert set(named) == set(re.findall(r"{(\w+)}", path))
        assert all(parameter["required"] for parameter in named.values())
    week = parameters(openapi["paths"]["/reports/week/{week}"]["get"], "path")["week"]["schema"]
    assert week == {"type": "integer", "minimum": 0}


def test_query_parameters_carry_their_bounds(openapi: Any) -> None:
    query = parameters(openapi["paths"]["/chat/rooms/{room}/messages"]["get"], "query")
    assert set(query) == {"before", "after", "around", "at", "limit"}
    assert query["limit"]["schema"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": PAGE_MAX,
        "default": 50,
    }
    formats = [kind["format"] for kind in query["at"]["schema"]["anyOf"]]
    assert formats == ["date-time", "date"]
    assert not any(parameter["required"] for parameter in query.values())


def test_posting_takes_a_key_as_a_header(openapi: Any) -> None:
    with_key = {
        place
        for place, operation in operations(openapi).items()
        if "Idempotency-Key" in parameters(operation, "header")
    }
    assert with_key == {("POST", "/chat/rooms/{room}/messages")}


def test_answers_with_an_etag_take_it_back(openapi: Any) -> None:
    for operation in operations(openapi).values():
        header = parameters(operation, "header")
        assert ("304" in operation["responses"]) == ("If-None-Match" in header)


def test_the_position_that_any_get_takes_is_described(openapi: Any) -> None:
    described = openapi["components"]["parameters"]["X-Rev"]
    assert (described["in"], described["name"]) == ("header", "X-Rev")
    assert described["schema"]["type"] == "integer"


def test_bodies_may_be_json_or_forms(openapi: Any) -> None:
    body = openapi["paths"]["/login"]["post"]["requestBody"]
    assert body["required"]
    assert set(body["content"]) == {
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    }
    assert {kind["schema"]["$ref"] for kind in body["content"].values()} == {
        "#/components/schemas/Credentials"
    }


def test_every_error_has_the_one_shape(openapi: Any) -> None:
    for operation in operations(openapi).values():
        for status, response in operation["responses"].items():
            if status == "default" or status >= "400":
                shared = resolve(openapi, response["$ref"])
                schema = shared["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problems"}
        assert "default" in operation["responses"]


def test_errors_follow_from_what_a_route_does(openapi: Any) -> None:
    def statuses(method: str, path: str) -> set[str]:
        return set(openapi["paths"][path][method]["responses"]) - {"default"}

    assert statuses("post", "/login") == {"200", "400", "401", "415", "422", "429", "503"}
    assert statuses("get", "/chat/rooms") == {"200"}
    assert statuses("get", "/reports/changes") == {"200", "403", "410", "422"}
    assert statuses("patch", "/chat/rooms/{room}") == {
        *("200", "400", "401", "403", "404", "410", "415", "422", "503")
    }


def test_tokens_are_needed_where_the_code_needs_them(app: Flask, openapi: Any) -> None:
    schemes = openapi["components"]["securitySchemes"]
    assert (schemes["token"]["in"], schemes["token"]["name"]) == ("header", "x-access-token")
    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    assert (schemes["guest"]["in"], schemes["guest"]["name"]) == ("header", "X-Guest")
    assert openapi["security"] == [{}, {"token": []}, {"bearer": []}, {"guest": []}]
    client = app.test_client()
    for (method, path), operation in operations(openapi).items():
        real = client.open(re.sub(r"{\w+}", "1", path), method=method)
        needed = operation.get("security") == [{"token": []}, {"bearer": []}]
        assert (real.status_code == 401) == needed, (method, path)


def test_uses_no_keyword_that_readers_trip_over(openapi: Any) -> None:
    assert "properties" in keywords(openapi)
    assert not keywords(openapi) & {"discriminator", "prefixItems", "$defs"}


def test_is_built_once(app: Flask, anybody: Person) -> None:
    first = anybody.get("/openapi.json")
    kept = app.extensions["description"]["openapi"]
    assert anybody.get("/openapi.json").data == first.data
    assert app.extensions["description"]["openapi"] is kept


def test_has_an_etag(anybody: Person) -> None:
    for path in ("/openapi.json", "/asyncapi.json"):
        etag = anybody.get(path).headers["ETag"]
        assert anybody.get(path, headers={"If-None-Match": etag}).status_code == 304


def test_docs_need_no_internet(anybody: Person) -> None:
    page = anybody.get("/docs")
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert '"validatorUrl": null' in page.text
    assert '"url": "/openapi.json"' in page.text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(addresses) >= 4
    for address in addresses:
        assert address.startswith("/docs/"), address
        with anybody.get(address) as file:
            assert file.status_code == 200, address
