"""Fine-tune a sentence-transformers model on the sentence pairs of a release.

    pip install 'sentence-transformers[train]'
    python train_sentence_transformer.py --release dist/demo/0.1.0 --output my-model --epochs 1
    python train_sentence_transformer.py --release your-org/your-dataset --revision 1.2.0 --output my-model \
        --model sentence-transformers/LaBSE --model-revision COMMIT

Every pair of a batch has the other pairs as negatives (MultipleNegativesRankingLoss), in both directions. Before and
after, it counts how often the nearest text of the other language is the right one. It runs on a CPU; a GPU is used if
there is one. The result is a folder that SentenceTransformer(...) and `bitext build` with `encoder.name` take.
"""

from __future__ import annotations

import argparse
import json
import tempfile

from datasets import Dataset, load_dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.sentence_transformer.evaluation import TranslationEvaluator
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.training_args import BatchSamplers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", required=True, help="a folder, or a name on the Hub")
    parser.add_argument("--revision", help="tag of the version, on the Hub")
    parser.add_argument("--model", default="cointegrated/rubert-tiny2", help="a folder, or a name on the Hub")
    parser.add_argument("--model-revision", help="tag or commit of the model, on the Hub")
    parser.add_argument("--output", required=True, help="folder for the new model")
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--batch", type=int, default=64, help="pairs a step  [default: 64]")
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--min-score", type=float, default=0.9, help="of pairs to train on  [default: 0.9]")
    parser.add_argument("--eval-split", default="validation", help="what accuracy is counted on  [default: validation]")
    parser.add_argument("--eval-pairs", type=int, default=5000, help="of them, at most  [default: 5000]")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    pairs = load_pairs(given.release, given.revision, "train", given.min_score)
    held_out = load_pairs(given.release, given.revision, given.eval_split, 0.0).take(given.eval_pairs)
    model = SentenceTransformer(given.model, revision=given.model_revision)
    evaluator = TranslationEvaluator(list(held_out["anchor"]), list(held_out["positive"]), write_csv=False)
    before = evaluator(model)["mean_accuracy"]
    loss = train(model, pairs, given)
    after = evaluator(model)["mean_accuracy"]
    model.save_pretrained(given.output)
    figures = {"pairs": len(pairs), "loss": loss, "accuracy_before": before, "accuracy_after": after}
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}))


def load_pairs(release: str, revision: str | None, split: str, min_score: float) -> Dataset:
    """Return pairs as anchor (Russian) and positive (English); the loss takes columns by their order."""
    pairs = load_dataset(release, "sentence_pairs", split=split, revision=revision)
    pairs = pairs.filter(lambda score: round(score, 4) >= min_score, input_columns="score")
    return pairs.select_columns(["ru_text", "en_text"]).rename_columns({"ru_text": "anchor", "en_text": "positive"})


def train(model: SentenceTransformer, pairs: Dataset, given: argparse.Namespace) -> float:
    """Train the model in place; return the mean loss."""
    with tempfile.TemporaryDirectory() as work:
        options = SentenceTransformerTrainingArguments(
            output_dir=work,
            num_train_epochs=given.epochs,
            per_device_train_batch_size=given.batch,
            learning_rate=given.learning_rate,
            warmup_steps=0.1,  # of all
            batch_sampler=BatchSamplers.NO_DUPLICATES,  # the same text twice in a batch would be its own negative
            seed=given.seed,
            dataloader_pin_memory=model.device.type == "cuda",
            save_strategy="no",
            report_to="none",
        )
        both = ("query_to_doc", "doc_to_query")
        loss = MultipleNegativesRankingLoss(model, directions=both, partition_mode="per_direction")
        return float(SentenceTransformerTrainer(model, options, train_dataset=pairs, loss=loss).train().training_loss)


if __name__ == "__main__":
    main()
