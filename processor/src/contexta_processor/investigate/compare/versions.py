"""How far apart two versions of a package are, and which packages are known to change results."""

import re
from typing import Literal

VersionChange = Literal["major", "minor", "patch", "other", "added", "removed"]

_NUMBERS = re.compile(r"^[vV]?(?:\d+!)?(\d+(?:\.\d+)*)")
_SEPARATORS = re.compile(r"[-_.]+")

_NAMES = """
    accelerate anthropic autogluon bitsandbytes catboost chromadb cohere ctranslate2 cudf cuml cupy
    datasets deepspeed diffusers dspy evaluate fairscale faiss faiss-cpu faiss-gpu fastai flash-attn
    flax gensim google-genai gpytorch haystack-ai horovod huggingface-hub imbalanced-learn
    instructor jax jaxlib keras langchain langgraph lightgbm lightning litellm llama-cpp-python
    llama-index mistralai ml-dtypes mlx mxnet nltk numba numexpr numpy ollama onnx onnxruntime
    onnxruntime-gpu openai openai-whisper opencv-python opencv-python-headless optax optimum
    orbax-checkpoint outlines paddlepaddle pandas peft pillow polars prophet pyarrow pymc pyspark
    pytorch-lightning ragas rank-bm25 ray rouge-score sacrebleu safetensors scikit-image
    scikit-learn scipy sentence-transformers sentencepiece seqeval sglang shap spacy stanza
    statsmodels tensorflow tensorrt thinc tiktoken timm tokenizers torch torchaudio torchmetrics
    torchtext torchvision transformers treelite triton trl umap-learn unsloth vllm xformers xgboost
"""

ML_STACK = frozenset(_NAMES.split())
"""Packages whose version is known to change figures: numerics, data frames, frameworks, tokenizers, serving,
metrics, clients of hosted models. Names as `normal` gives them."""

_ML_FAMILIES = ("jax-", "langchain-", "llama-index-", "nvidia-", "tensorflow-", "torch-", "tf-")


def is_ml(package: str) -> bool:
    """Whether a package belongs to what computes, reads or scores in a machine learning job."""
    name = normal(package)
    return name in ML_STACK or name.startswith(_ML_FAMILIES)


def normal(package: str) -> str:
    """A package's name as indexes compare them: `Sentence_Transformers` is sentence-transformers."""
    return _SEPARATORS.sub("-", package).lower()


def version_change(baseline: str | None, candidate: str | None) -> VersionChange:
    """The first number of a version that changed: 1.4.2 → 1.5.0 is minor.

    Below 1.0 the second number is counted as the first: there it is where interfaces change. A change after the
    third number, of a build (`+cu121`) or a pre-release, or of a version without numbers is `other`.
    """
    if baseline is None:
        return "added"
    if candidate is None:
        return "removed"
    before, after = _numbers(baseline), _numbers(candidate)
    if before is None or after is None:
        return "other"
    unlike = next((place for place in range(3) if before[place] != after[place]), None)
    if unlike is None:
        return "other"
    if before[0] == after[0] == 0 and unlike > 0:
        unlike -= 1
    levels: tuple[VersionChange, ...] = ("major", "minor", "patch")
    return levels[unlike]


def went_up(baseline: str, candidate: str) -> bool | None:
    """Whether the candidate's version is the later one; None where the numbers don't say."""
    before, after = _numbers(baseline), _numbers(candidate)
    if before is None or after is None or before == after:
        return None
    return after > before


def _numbers(version: str) -> tuple[int, ...] | None:
    found = _NUMBERS.match(version.strip())
    if found is None:
        return None
    numbers = [int(text) for text in found[1].split(".")][:6]
    return tuple(numbers + [0] * (6 - len(numbers)))
