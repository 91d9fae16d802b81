"""Which agreement applies to a ticket, and why: one pure function for everybody who must know."""

from __future__ import annotations

from slaclock.terms.category import DEFAULTS, Category, normal
from slaclock.terms.course import course_of, in_force
from slaclock.terms.entry import CauseKind, Entry, Kind, Match, Mode
from slaclock.terms.explanation import Candidate, Verdict, considered
from slaclock.terms.owners import divided
from slaclock.terms.resolution import Binding, Reason, Terms, Ticket, Viewpoint

__all__ = [
    "DEFAULTS",
    "Binding",
    "Candidate",
    "Category",
    "CauseKind",
    "Entry",
    "Kind",
    "Match",
    "Mode",
    "Reason",
    "Terms",
    "Ticket",
    "Verdict",
    "Viewpoint",
    "considered",
    "course_of",
    "divided",
    "in_force",
    "normal",
]
