"""Evaluates a small question-answering system over the handbook of an invented weather station.

    CONTEXTA_ENDPOINT=file:.contexta python examples/rag_evaluation/evaluate.py v1
    CONTEXTA_ENDPOINT=file:.contexta python examples/rag_evaluation/evaluate.py v2
    contexta compare prev latest

v2 has a new tokenizer. No network, no model: retrieval is BM25, an answer is a sentence of a document.
"""

import argparse
import json
import re
from collections import Counter
from pathlib import Path

from retrieval import TOKENIZERS, Index, words_and_numbers

import contexta

DATA = Path(__file__).parent / "data"
TOP_K = 3
GOOD_ANSWER = 0.6


Line = dict[str, str]
"""A document has id, title and text; a question has id, slice, question, and the document and answer expected."""


def read_lines(name: str) -> list[Line]:
    """A file of JSON lines from the example's data."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def sentences(text: str) -> list[str]:
    """A text cut after full stops."""
    return re.split(r"(?<=[.!?])\s+", text)


def overlap(told: str, expected: str) -> float:
    """F1 of the words two texts share, from 0 to 1."""
    before, after = Counter(words_and_numbers(told)), Counter(words_and_numbers(expected))
    shared = (before & after).total()
    return 2 * shared / (before.total() + after.total())


@contexta.operation("bm25", type="retrieval")
def retrieve(index: Index, question: str) -> list[str]:
    """Names of the documents that fit best."""
    return [name for name, score in index.best(question, TOP_K) if score > 0]


@contexta.operation("extract", type="generation")
def answer(found: list[str], texts: dict[str, str], question: str) -> str:
    """The sentence of the found documents that shares most words with the question, the best one's first."""
    asked = set(words_and_numbers(question))
    candidates = [sentence for name in found for sentence in sentences(texts[name])]
    return max(
        candidates,
        key=lambda each: len(asked & set(words_and_numbers(each))),
        default="I do not know.",
    )


def evaluate(question: Line, found: list[str], told: str) -> None:
    """Tell what became of one question."""
    hit = question["document"] in found
    scores = {
        "recall_at_3": float(hit),
        "answer_overlap": overlap(told, question["answer"]),
    }
    tags = [] if hit else ["document_not_found"]
    if scores["answer_overlap"] < GOOD_ANSWER:
        tags.append("wrong_answer")
    contexta.log_sample(
        question["id"],
        slices=[question["slice"]],
        scores=scores,
        status="failed" if tags else "passed",
        input_summary=question["question"],
        output_summary=told,
        expected_summary=question["answer"],
        failure_tags=tags,
        retrieval={"top_document_ids": found, "expected_document_id": question["document"]},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("version", choices=sorted(TOKENIZERS))
    version = parser.parse_args().version
    stages = ["index", "retrieve", "answer", "evaluate"]
    with contexta.run("handbook", type="evaluation", name=version, expected_stages=stages):
        contexta.log_configuration(
            {
                "retriever": {
                    "kind": "bm25",
                    "tokenizer": TOKENIZERS[version].__name__,
                    "top_k": TOP_K,
                }
            }
        )
        with contexta.stage("index"):
            contexta.log_dataset("corpus", path=DATA / "corpus.jsonl")
            documents = read_lines("corpus.jsonl")
            texts = {each["id"]: each["text"] for each in documents}
            titled = {each["id"]: f"{each['title']}. {each['text']}" for each in documents}
            index = Index(titled, TOKENIZERS[version])
            contexta.log_metric("documents", len(texts))
        with contexta.stage("retrieve"):
            contexta.log_dataset("questions", path=DATA / "questions.jsonl")
            questions = read_lines("questions.jsonl")
            found = [retrieve(index, each["question"]) for each in questions]
            hits = [each["document"] in names for each, names in zip(questions, found, strict=True)]
            contexta.log_metric(
                "recall_at_3", sum(hits) / len(hits), higher_is_better=True, sample_count=len(hits)
            )
        with contexta.stage("answer"):
            told = [
                answer(names, texts, each["question"])
                for each, names in zip(questions, found, strict=True)
            ]
        with contexta.stage("evaluate"):
            for question, names, words in zip(questions, found, told, strict=True):
                evaluate(question, names, words)
            overlaps = [
                overlap(words, each["answer"]) for each, words in zip(questions, told, strict=True)
            ]
            contexta.log_metric(
                "answer_overlap",
                sum(overlaps) / len(overlaps),
                higher_is_better=True,
                sample_count=len(overlaps),
            )


if __name__ == "__main__":
    main()
