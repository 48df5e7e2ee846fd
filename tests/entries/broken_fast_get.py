"""Runs app.py with cacheable views that fail on the fast path, and nowhere else."""

import dataclasses

from sqlalchemy.exc import OperationalError

import app
from me_api.chat import routes as chat
from me_api.reports import routes as reports
from me_api.rest.endpoint import CacheableResult


def fail(**_):
    """Fail as a view with a bug does."""
    raise KeyError("a bug of the fast path")


def fail_to_encode(**_):
    """Return what cannot be encoded as JSON."""
    return CacheableResult(object())


def fail_to_read(**_):
    """Fail as a broken disk does."""
    raise OperationalError("SELECT 1", None, OSError("the disk is gone"))


def replace(view, function):
    """Replace the view for the fast path alone."""
    view.endpoint = dataclasses.replace(view.endpoint, cacheable=function)


replace(reports.list_reports, fail)
replace(chat.show_lobby, fail_to_encode)
replace(chat.read_history, fail_to_read)
app.main()
