"""Fine-tune a small translation model on the sentence pairs of a release.

    pip install 'transformers[torch]' datasets sacrebleu sentencepiece
    python train_translation.py --release dist/demo/0.1.0 --output my-model --epochs 1
    python train_translation.py --release your-org/your-dataset --revision 1.2.0 --direction en-ru --output my-model

MODEL is any encoder-decoder that needs no language codes, such as those of OPUS-MT. Before and after, held-out sources
are translated and compared with their targets: chrF and BLEU, 0 to 100. It runs on a CPU, where a few thousand pairs
take minutes; a GPU is used if there is one.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from typing import Any

import sacrebleu
import torch
from datasets import Dataset, load_dataset
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    DataCollatorForSeq2Seq,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
)

LONGEST = 256  # tokens; a sentence pair has 20 to 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", required=True, help="a folder, or a name on the Hub")
    parser.add_argument("--revision", help="tag of the version, on the Hub")
    parser.add_argument("--direction", choices=["ru-en", "en-ru"], default="ru-en")
    parser.add_argument("--model", help="a folder, or a name on the Hub  [default: Helsinki-NLP/opus-mt-DIRECTION]")
    parser.add_argument("--model-revision", help="tag or commit of the model, on the Hub")
    parser.add_argument("--output", required=True, help="folder for the new model")
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--batch", type=int, default=16, help="pairs a step  [default: 16]")
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--min-score", type=float, default=0.9, help="of pairs to train on  [default: 0.9]")
    parser.add_argument("--eval-split", default="validation", help="what is translated  [default: validation]")
    parser.add_argument("--eval-pairs", type=int, default=500, help="of them, at most  [default: 500]")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    name = given.model or f"Helsinki-NLP/opus-mt-{given.direction}"
    tokenizer = AutoTokenizer.from_pretrained(name, revision=given.model_revision)
    model = AutoModelForSeq2SeqLM.from_pretrained(name, revision=given.model_revision)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    pairs = load_pairs(given.release, given.revision, "train", given.direction, given.min_score)
    held_out = load_pairs(given.release, given.revision, given.eval_split, given.direction, 0.0).take(given.eval_pairs)
    before = evaluate(model, tokenizer, held_out)
    loss = train(model, tokenizer, pairs, given)
    after = evaluate(model, tokenizer, held_out)
    model.save_pretrained(given.output)
    tokenizer.save_pretrained(given.output)
    figures = {"pairs": len(pairs), "loss": round(loss, 4), "before": before, "after": after}
    print(json.dumps(figures))


def load_pairs(release: str, revision: str | None, split: str, direction: str, min_score: float) -> Dataset:
    """Return pairs as source and target."""
    source, target = direction.split("-")
    pairs = load_dataset(release, "sentence_pairs", split=split, revision=revision)
    pairs = pairs.filter(lambda score: round(score, 4) >= min_score, input_columns="score")
    pairs = pairs.select_columns([f"{source}_text", f"{target}_text"])
    return pairs.rename_columns({f"{source}_text": "source", f"{target}_text": "target"})


def train(model: Any, tokenizer: Any, pairs: Dataset, given: argparse.Namespace) -> float:
    """Train the model in place; return the mean loss."""

    def tokenise(rows: dict[str, list[str]]) -> Any:
        return tokenizer(rows["source"], text_target=rows["target"], truncation=True, max_length=LONGEST)

    with tempfile.TemporaryDirectory() as work:
        options = Seq2SeqTrainingArguments(
            output_dir=work,
            num_train_epochs=given.epochs,
            per_device_train_batch_size=given.batch,
            learning_rate=given.learning_rate,
            seed=given.seed,
            dataloader_pin_memory=model.device.type == "cuda",
            save_strategy="no",
            report_to="none",
        )
        trainer = Seq2SeqTrainer(
            model,
            options,
            train_dataset=pairs.map(tokenise, batched=True, remove_columns=pairs.column_names),
            data_collator=DataCollatorForSeq2Seq(tokenizer, model),
            processing_class=tokenizer,
        )
        return float(trainer.train().training_loss)


def evaluate(model: Any, tokenizer: Any, pairs: Dataset) -> dict[str, float]:
    """Translate the sources and compare with the targets."""
    found = []
    for rows in pairs.iter(32):
        tokens = tokenizer(rows["source"], truncation=True, max_length=LONGEST, padding=True, return_tensors="pt")
        output = model.generate(**tokens.to(model.device), max_new_tokens=LONGEST)
        found += tokenizer.batch_decode(output, skip_special_tokens=True)
    wanted = [list(pairs["target"])]
    chrf, bleu = sacrebleu.corpus_chrf(found, wanted), sacrebleu.corpus_bleu(found, wanted)
    return {"chrf": round(chrf.score, 2), "bleu": round(bleu.score, 2)}


if __name__ == "__main__":
    main()
