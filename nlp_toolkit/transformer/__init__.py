"""BERT and its kin: checkpoints, batches, pooling, masked-language modelling and fine-tuning (extra `bert`)."""
