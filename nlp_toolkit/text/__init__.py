"""Text before it becomes numbers: normalization, tokenizers, language."""
