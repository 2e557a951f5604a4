"""Tuning: better parameters for a recipe, out of the space it declares, with a score that can be trusted."""
