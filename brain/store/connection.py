"""The type of what a transaction's work is handed, for rooms that name it but know nothing of SQLAlchemy."""

from sqlalchemy import Connection

__all__ = ("Connection",)
