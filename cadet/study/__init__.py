"""The study store and the Study that composes everything."""
