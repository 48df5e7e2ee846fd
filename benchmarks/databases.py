"""Databases in PostgreSQL for the benchmarks, with the tables of this version."""

from __future__ import annotations

import subprocess
import sys
import time

import psycopg

from tests.support.postgresql import Cluster
from tests.support.server import ROOT, python_environment


def make_empty(cluster: Cluster) -> str:
    """Create a database with all tables; return its name, as a template of others."""
    name = cluster.create()
    _run_flask("db", "upgrade", database_url=cluster.url(name))
    analyze(cluster.url(name))
    return name


def copy(source: str, cluster: Cluster) -> str:
    """Copy a database that no server uses into a new one, by `flask db copy`; return its URL."""
    started = time.perf_counter()
    url = cluster.url(cluster.create())
    _run_flask("db", "copy", source, url, database_url=source)
    analyze(url)
    print(f"copied in {time.perf_counter() - started:.0f} s", flush=True)
    return url


def analyze(url: str) -> None:
    """Do what autovacuum does, which the cluster of the tests has turned off."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _run_flask(*arguments: str, **settings: str) -> None:
    ours = {f"ME_API_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    subprocess.run(
        command,
        cwd=ROOT,
        env=python_environment() | ours | {"ME_API_JWT_SECRET": "benchmarks " * 4},
        stdout=subprocess.DEVNULL,
        check=True,
    )
