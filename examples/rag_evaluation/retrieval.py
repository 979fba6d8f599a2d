"""Okapi BM25 over a handful of documents, with either of two tokenizers.

Source: Robertson & Zaragoza 2009, The Probabilistic Relevance Framework: BM25 and Beyond.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

Tokenizer = Callable[[str], list[str]]

K1, B = 1.2, 0.75


def words_and_numbers(text: str) -> list[str]:
    """v1: every run of letters and digits."""
    return re.findall(r"[a-z0-9]+", text.lower())


def stemmed_words(text: str) -> list[str]:
    """v2: words without their endings, so that `sensors` finds `sensor`. Only letters make words."""
    return [re.sub(r"(ing|ed|es|s)$", "", word) for word in re.findall(r"[a-z]{2,}", text.lower())]


TOKENIZERS: Mapping[str, Tokenizer] = {"v1": words_and_numbers, "v2": stemmed_words}


class Index:
    """Documents by their words."""

    def __init__(self, documents: Mapping[str, str], tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._counts = {name: Counter(tokenizer(text)) for name, text in documents.items()}
        self._lengths = {name: count.total() for name, count in self._counts.items()}
        self._mean_length = sum(self._lengths.values()) / len(self._lengths)
        self._containing = Counter(word for count in self._counts.values() for word in count)

    def best(self, question: str, top_k: int) -> Sequence[tuple[str, float]]:
        """The `top_k` documents with their scores, best first; equal scores by name."""
        words = self._tokenizer(question)
        scores = {name: self._score(name, words) for name in self._counts}
        return sorted(scores.items(), key=lambda each: (-each[1], each[0]))[:top_k]

    def _score(self, name: str, words: Sequence[str]) -> float:
        counts, length = self._counts[name], self._lengths[name] / self._mean_length
        total = 0.0
        for word in words:
            found, holding = counts[word], self._containing[word]
            if found:
                rarity = math.log(1 + (len(self._counts) - holding + 0.5) / (holding + 0.5))
                total += rarity * found * (K1 + 1) / (found + K1 * (1 - B + B * length))
        return total
