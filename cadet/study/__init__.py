"""The study store and the Study that composes everything."""

from cadet.study.question import Asked
from cadet.study.story import last_diagnosis, story_of
from cadet.study.study import Study

__all__ = ["Asked", "Study", "last_diagnosis", "story_of"]
