"""The modules of a package, what they import, and what they define, read from their source."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def modules(package: Path) -> dict[str, Path]:
    """Return the files of a package by the dotted names of its modules."""
    return {_name(path, package.parent): path for path in sorted(package.rglob("*.py"))}


def _name(path: Path, above: Path) -> str:
    parts = path.relative_to(above).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(package: Path) -> dict[str, set[str]]:
    """Return the modules that each module of a package imports, anywhere in it, from the package.

    `from a.b import c` imports the module `a.b.c`, if there is one, and `a.b` otherwise.
    """
    files = modules(package)
    return {
        name: {target for node in ast.walk(_parse(path)) for target in _targets(node, files)}
        for name, path in files.items()
    }


def _targets(node: ast.AST, files: dict[str, Path]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name in files]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"a relative import in line {node.lineno}"
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        found = [name if name in files else str(node.module) for name in names]
        return [name for name in found if name in files]
    return []


def classes(package: Path) -> dict[str, list[Path]]:
    """Return the files that define each class of a package, by the class's name."""
    found: dict[str, list[Path]] = {}
    for path in modules(package).values():
        for node in ast.walk(_parse(path)):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(path)
    return found


def defines(path: Path, name: str) -> bool:
    """Return whether a module defines a class, function, method or variable: `Tail.deliver`."""
    body = _parse(path).body
    *outer, last = name.split(".")
    for owner in outer:
        body = next((n.body for n in body if isinstance(n, ast.ClassDef) and n.name == owner), [])
    return any(last in _bound(node) for node in body)


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))
