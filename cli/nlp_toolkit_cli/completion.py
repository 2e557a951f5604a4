"""What the shell completes an argument with; paths, which it knows itself, are left to it."""


def recipe_names(incomplete: str) -> list[str]:
    """Shipped recipes that begin with what was typed."""
    from nlp_toolkit_pipelines.library import recipe_names

    return [name for name in recipe_names() if name.startswith(incomplete)]


def stage_names(incomplete: str) -> list[str]:
    """Kinds of stages and shipped recipes that begin with what was typed."""
    from nlp_toolkit.registry import stage_kinds

    return [*(kind for kind in stage_kinds() if kind.startswith(incomplete)), *recipe_names(incomplete)]
