"""Routes whose declaration cannot be kept."""

from typing import Any

import pytest

from me_api.rest.endpoint import endpoint
from me_api.validation import Input


class Body(Input):
    """A body without any field."""


@pytest.mark.parametrize(
    "unenforced",
    [
        {"limit": "search"},
        {"token": True},
        {"body": Body},
        {"limit": "search", "token": True, "body": Body},
        {"responses": {201: Body}},
        {"responses": {200: Body, 204: None}},
    ],
    ids=str,
)
def test_a_cacheable_route_declares_only_what_the_fast_path_keeps(
    unenforced: dict[str, Any],
) -> None:
    """F39: the fast path ignored it, so that there was no limit and no token was needed."""
    with pytest.raises(ValueError, match="a cacheable route"):
        endpoint(**({"responses": {200: Body, 304: None}} | unenforced), cacheable=True)


def test_a_limit_has_to_exist() -> None:
    """F39: an unknown name was an error of the first request."""
    with pytest.raises(ValueError, match="no rate limit 'serach'"):
        endpoint(responses={200: Body}, limit="serach")
