"""How much of an answer is taken in, where the configuration says nothing else."""

MAX_ANSWER_BYTES = 1 << 30
MAX_OBJECTS = 5_000_000
