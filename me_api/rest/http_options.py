"""How the web server answers the requests of an application."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from me_api.config import Settings
from me_api.eventlog import EventLog
from me_api.rest.direct_views import DirectViews
from me_api.storage.versioned_cache import VersionedCache
from me_api.transport import (
    MAX_CACHE_BYTES,
    AccessLog,
    CacheableRequest,
    EncodedResponse,
    HttpLimits,
    HttpOptions,
    size_in_cache,
)

ADDRESS_SHARE = 4
"""One address may hold the open files of the process, divided by this, as HTTP connections."""


def make_http_options(app: Flask, put: Callable[[bytes], None]) -> HttpOptions:
    """Return the options of the web server; the lines of the access log are passed to `put`."""
    settings: Settings = app.config["SETTINGS"]
    return HttpOptions(
        DirectViews(app, settings),
        make_response_cache(app.extensions["log"]),
        _limits(settings),
        app.extensions["metrics"].http_error,
        _access_log(settings, put),
    )


def make_response_cache(log: EventLog) -> VersionedCache[CacheableRequest, EncodedResponse]:
    """Create the cache of responses, which are valid until the next commit."""
    return VersionedCache(lambda: log.version, MAX_CACHE_BYTES, size_in_cache)


def _limits(settings: Settings) -> HttpLimits:
    """Return the limits of HTTP connections. Those of a proxy are not counted by its address."""
    return HttpLimits(
        head_seconds=settings.head_timeout,
        body_seconds=settings.body_timeout,
        idle_seconds=settings.idle_timeout,
        address_share=None if settings.trusted_proxies else ADDRESS_SHARE,
    )


def _access_log(settings: Settings, put: Callable[[bytes], None]) -> AccessLog | None:
    if settings.access_log == "off":
        return None
    return AccessLog(settings.access_log, put, settings.trusted_proxies)
