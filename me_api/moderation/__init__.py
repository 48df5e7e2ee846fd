"""Moderation: bans, purges, and the audit trail."""
