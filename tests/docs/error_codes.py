"""Every error code that the code of me_api can answer with, read from its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import me_api
from me_api import errors
from me_api.errors import ApiError
from me_api.storage import failures

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, ApiError)
}
OF_THE_WEB_SERVER = {"bad_request": 400, "method_not_allowed": 405, "request_entity_too_large": 413}
"""What Flask itself refuses, beside not_found and unsupported_media_type."""


def codes() -> dict[str, int]:
    """Return each code with its status; fail where a code has two."""
    found = OF_THE_WEB_SERVER | dict.fromkeys(failures.REASONS.values(), 503)
    found |= {kind.code: int(kind.status) for kind in CLASSES.values()}
    for code, kind in _used():
        status = int(CLASSES[kind].status)
        assert found.setdefault(code, status) == status, code
    return found


def _used() -> Iterator[tuple[str, str]]:
    """Return each code with the error class that carries it."""
    for path in Path(me_api.__file__).parent.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                yield from _used_in(function)


def _used_in(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in CLASSES:
            for keyword in call.keywords:
                if keyword.arg == "code":
                    for code in _values(keyword.value, function):
                        yield code, call.func.id  # type: ignore[attr-defined]


def _values(value: ast.expr, function: ast.FunctionDef) -> list[str]:
    """Return the text of a literal, or every text that is assigned to a variable."""
    if isinstance(value, ast.Constant):
        return [value.value]
    assert isinstance(value, ast.Name), ast.unparse(value)
    found = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            assert isinstance(node.value, ast.Tuple)
            for target, given in zip(node.targets[0].elts, node.value.elts, strict=True):
                if getattr(target, "id", "") == value.id and isinstance(given, ast.Constant):
                    found.append(given.value)
    assert found, f"{function.name} sets {value.id} in a way that is not understood here"
    return found
