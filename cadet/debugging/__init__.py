"""The questions: what to measure, what to try, does it work, what of it is needed."""

from cadet.debugging.design import Design, initial_design
from cadet.debugging.question import Question, Session
from cadet.debugging.session import debug

__all__ = ["Design", "Question", "Session", "debug", "initial_design"]
