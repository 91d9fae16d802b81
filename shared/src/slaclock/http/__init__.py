"""HTTP as every service speaks it: one application shape, one kind of problem, the same limits."""

from slaclock.http.app import Lifespan, create_app
from slaclock.http.body import BODY_LIMIT, MIB, body_limit, raw_body
from slaclock.http.conditional import (
    IfMatch,
    IfNoneMatch,
    etag,
    is_known,
    meant_by,
    require_match,
)
from slaclock.http.fields import Cursor, Id, IdInPath, Limit, Page, VersionInPath
from slaclock.http.health import Readiness
from slaclock.http.idempotency import Answers, IdempotencyKey, once
from slaclock.http.keeping import AnswerKeeper, Keeping
from slaclock.http.missing import NotFound
from slaclock.http.problems import problem, problem_of

__all__ = [
    "BODY_LIMIT",
    "MIB",
    "AnswerKeeper",
    "Answers",
    "Cursor",
    "Id",
    "IdInPath",
    "IdempotencyKey",
    "IfMatch",
    "IfNoneMatch",
    "Keeping",
    "Lifespan",
    "Limit",
    "NotFound",
    "Page",
    "Readiness",
    "VersionInPath",
    "body_limit",
    "create_app",
    "etag",
    "is_known",
    "meant_by",
    "once",
    "problem",
    "problem_of",
    "raw_body",
    "require_match",
]
