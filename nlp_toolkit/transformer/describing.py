"""A checkpoint in words and numbers: its size, its embeddings, and where its special tokens go."""

from typing import Any

from nlp_toolkit.transformer.checkpoint import Checkpoint

_EXAMPLE = ("A", "B")


def describe_checkpoint(checkpoint: Checkpoint) -> dict[str, Any]:
    """Layers, width, heads and parameters; rows of each embedding; special tokens, and how a text and a pair are read.

    A pair is (token, segment) in order: token, segment and position embeddings are added up at each.
    """
    config, tokenizer = checkpoint.encoder.config, checkpoint.tokenizer
    pair = tokenizer(*([text] for text in _EXAMPLE))
    ids = pair["input_ids"][0]
    segments = pair["token_type_ids"][0] if "token_type_ids" in pair else [0] * len(ids)
    embeddings = {
        "token": int(config.vocab_size),
        "segment": int(getattr(config, "type_vocab_size", 0) or 0),
        "position": int(getattr(config, "max_position_embeddings", 0) or 0),
    }
    return {
        "type": str(config.model_type),
        "layers": int(config.num_hidden_layers),
        "hidden": int(config.hidden_size),
        "heads": int(config.num_attention_heads),
        "parameters": sum(int(weights.numel()) for weights in checkpoint.encoder.parameters()),
        "embeddings": {name: rows for name, rows in embeddings.items() if rows},
        "longest": int(checkpoint.longest),
        "special_tokens": dict(
            sorted(
                zip(tokenizer.all_special_tokens, tokenizer.all_special_ids, strict=True), key=lambda token: token[1]
            )
        ),
        "example": {
            "text": tokenizer.convert_ids_to_tokens(tokenizer(_EXAMPLE[0])["input_ids"]),
            "pair": [list(row) for row in zip(tokenizer.convert_ids_to_tokens(ids), segments, strict=True)],
        },
    }
