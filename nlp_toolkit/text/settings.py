"""Settings of tokenizers as tuples, so that tokenizers compare, hash and go to worker processes by them."""


def as_tuples(setting: object) -> object:
    """Lists (from YAML or JSON) become tuples, inside as well; anything else stays for `check_settings` to judge.

    >>> as_tuples(["것", ["카카오페이", "NNP"]])
    ('것', ('카카오페이', 'NNP'))
    """
    return tuple(as_tuples(item) for item in setting) if isinstance(setting, list | tuple) else setting


def as_lists(setting: object) -> object:
    """The same setting with lists for tuples, as JSON has it.

    >>> as_lists(("것", ("카카오페이", "NNP")))
    ['것', ['카카오페이', 'NNP']]
    """
    return [as_lists(item) for item in setting] if isinstance(setting, tuple) else setting
