"""Runs the server with a short lease; it soon takes others for lost, and itself for cut off."""

import app
from me_api.cluster import cut_off, membership

LEASE_SECONDS = 1.5

for name in ("_REGISTER", "_RENEW"):
    usual = f"interval '{membership.LEASE_SECONDS} s'"
    statement = getattr(membership, name)
    assert usual in statement
    setattr(membership, name, statement.replace(usual, f"interval '{LEASE_SECONDS} s'"))
membership.LEASE_SECONDS = LEASE_SECONDS
membership.RENEW_SECONDS = 0.5
membership.GRACE_SECONDS = 1.0
cut_off.CUT_OFF_SECONDS = 2.0
cut_off.CONNECT_SECONDS = 1.0
app.main()
