"""Responses whose body is sent while it is made.

Once the body has begun, no status can report an error: the body is cut off, without its last chunk
(RFC 9112, section 7.1), so that the client does not take it for complete.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from itertools import chain

from flask import Response, request, stream_with_context

from me_api.errors import ApiError
from me_api.metrics import metrics
from me_api.storage.failures import to_api_error

logger = logging.getLogger(__name__)


def stream(chunks: Iterator[bytes], content_type: str, headers: Mapping[str, str]) -> Response:
    """Return a response with these chunks as its body.

    The first one is made now: an error before it is answered like any other.
    """
    first = next(chunks, b"")
    body = stream_with_context(chain([first] if first else [], _logged(chunks)))
    return Response(body, content_type=content_type, headers=headers)


def _logged(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the chunks; an error is logged and counted, once."""
    try:
        yield from chunks
    except Exception as error:
        # What is unexpected is logged by the conversion, with its traceback.
        refusal = error if isinstance(error, ApiError) else to_api_error(error)
        logger.warning("the response to %s was cut off: %s", request.path, refusal.detail)
        metrics.cut.inc()
        # The web server logs no `ApiError`.
        raise refusal from error
