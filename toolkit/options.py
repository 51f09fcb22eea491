"""Every option and its default, once, with the reason beside it; and the run config that names them in YAML.

Options are frozen and refuse unknown keys, so a typing error in a run config is an error and never a silent default.
Every number has a least and a greatest value, beyond which nothing is gained or a machine cannot do it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from toolkit.errors import OptionError, shown
from toolkit.validation import FINITE, first_problem
from toolkit.yaml_file import read_yaml

TAKEDOWNS = "takedowns.tsv"  # beside the run config
NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,95}"  # of a release; names a folder
VERSION = r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}"  # likewise

Share = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]  # what every generator of random numbers takes
Letters = Annotated[int, Field(ge=0, le=1_000_000)]  # of a text; the longest post has 4,096, an article some 100,000
Words = Annotated[int, Field(ge=1, le=1000)]  # in a row; more are a text of their own
Day = date  # for options that are called date


class Options(BaseModel):
    """A frozen set of named values that refuses unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", **FINITE)

    @field_validator("*", mode="after")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        """Refuse characters that no file name, no UTF-8 and no Parquet can have."""
        parts = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
        for text in parts:
            escaped = ("\udc80", "\udcff") if isinstance(text, Path) else ("", "")  # what Python makes of other bytes
            for c in str(text) if isinstance(text, str | Path) else "":
                if c == "\0" or ("\ud800" <= c <= "\udfff" and not escaped[0] <= c <= escaped[1]):
                    raise ValueError(f"{shown(str(text))} has the character U+{ord(c):04X}, which no text has")
        return value


class SourceOptions(Options):
    """One input of a run config, with the facts that the dataset card owes its readers."""

    path: Path  # a file; relative to the run config
    format: str | None = None  # detected by content
    channel: str | None = None  # else the export's own id, or the file's name
    lang: str | None = None  # else detected, post by post
    timezone: str | None = None  # of dates without offset, as "Europe/Moscow"; else they stay local_no_offset
    columns: dict[str, str] | None = None  # tables only: our name -> the table's name
    rights: str | None = None  # whose text it is and on what terms
    slant: str | None = None  # the publisher's known point of view
    url: str | None = None  # where the channel can be read


PiiMode = Literal["mask", "hash", "drop", "keep"]  # [PHONE]; [PHONE:pseudonym]; nothing; as it is


class PiiOptions(Options):
    """What becomes of what reaches one person; before anything is stored."""

    phone: PiiMode = "mask"
    email: PiiMode = "mask"
    card: PiiMode = "mask"
    handle: PiiMode = "mask"  # @name and t.me/name, unless known to be a channel's: see text/pii.py
    # Handles, numbers and addresses that are nobody's secret and stay: hotlines, press offices. Channels of the run do.
    public: tuple[str, ...] = ()


class CleanOptions(Options):
    """Limits of stage `clean`."""

    min_letters: Letters = 1  # short posts are real posts; only empty ones leave
    join_hard_wraps: bool = True  # extractors break lines inside sentences
    # Of a channel's posts that end with a line, from which on it is a footer; signatures stand under a quarter and more
    # of a channel's posts, what is said by chance under less than a tenth. null: no footers.
    footer_share: Share | None = 0.1
    # Lines that are footers wherever they are among the last of a post; "Read us*" is all that begins so.
    footers: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = ()


class DedupOptions(Options):
    """When two posts are the same, which of them stays, and what else is evidence."""

    # Exact Jaccard of word shingles; the field's usual line for "the same text, edited".
    threshold: float = Field(0.8, gt=0, le=1)
    shingle_words: Words = 5  # word-3 merges templates; marin's audit prefers word-5
    num_perm: int = Field(128, ge=16, le=4096)  # 4 bytes a post each; more than 256 change no result
    # Else the fewest that miss less than one pair in a million, see n_bands.
    bands: int | None = Field(None, ge=1, le=4096)
    seed: Seed = 1
    keep: Literal["earliest", "longest"] = "earliest"  # who published first is what analysts ask
    prefer: tuple[str, ...] = ()  # channels whose posts stay whatever `keep` says, the best one first
    part_words: Words = 10  # of a post or a paragraph inside other posts; less is a greeting or a slogan
    # What more posts share is a signature or a template, and no evidence.
    boilerplate_posts: int = Field(20, ge=2, le=1_000_000)
    copies: bool = True  # also edited copies, where dates or channels tell posts apart; see `duplicates.copies`
    # Within it the same news is one occasion, after it another one; newsrooms copy within a day, reminders come later.
    copy_hours: float = Field(72, gt=0, le=100_000)
    all_pairs: bool = False  # compare all posts of a group of any size, and list all their pairs: quadratic

    @model_validator(mode="after")
    def _bands_divide(self) -> DedupOptions:
        if self.bands is not None and self.num_perm % self.bands:
            raise ValueError(f"num_perm {self.num_perm} is not a multiple of bands {self.bands}")
        return self

    @property
    def n_bands(self) -> int:
        """Bands that propose candidates; verification is exact, so more bands cost time and never precision.

        A pair at the threshold t shares none of b bands of r rows with chance (1 - t^r)^b: 5e-8 at .8 with 32 x 4.
        """
        divisors = [bands for bands in range(1, self.num_perm + 1) if self.num_perm % bands == 0]
        missed = {bands: (1 - self.threshold ** (self.num_perm // bands)) ** bands for bands in divisors}
        enough = [bands for bands in divisors if missed[bands] < 1e-6]
        return self.bands or min(enough, default=self.num_perm)


class EncoderOptions(Options):
    """Which encoder, and how to run it."""

    name: str = "ru-en-static"  # the one in the package; or a hub name, or a folder
    revision: str | None = None  # of a hub model: a tag or commit; required there, so that releases can be rebuilt
    device: str | None = None  # transformers only: cpu, cuda, ...; else what the machine has
    # transformers only: auto is half precision on a CUDA GPU (bfloat16 where it can), else float32
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    prompt: str | None = None  # transformers only: text before every text, as "query: " for E5; "" for none


class TrainOptions(Options):
    """How a static encoder is trained; the defaults made the one in the package."""

    vocab: int = Field(default=64_000, ge=100, le=2_000_000)  # tokens; 64,000 x 256 in int8 is 16 MB
    dim: int = Field(default=256, ge=2, le=4096)  # the largest encoders have no longer vectors
    epochs: int = Field(default=8, ge=1, le=1000)
    # Pairs of one source in an epoch, where there are several: breadth counts, not passes over manuals.
    per_source: int = Field(default=40_000, ge=1, le=100_000_000)
    # Each pair has the others of its batch as negatives. Squared in memory: the most is a matrix of 1 GiB.
    batch: int = Field(default=2048, ge=2, le=16_384)
    scale: float = Field(default=16, gt=0, le=1000)  # of the cosines in the softmax; InfoNCE's 1 / temperature
    learning_rate: float = Field(default=0.01, gt=0, le=1)  # a step of Adam, where vectors start well below 1
    dropout: float = Field(default=0.1, ge=0, lt=1)  # of the tokens of a text, in each step
    joined: Share = 0.3  # of the steps learn from 2 to 6 sentences in a row: posts are long
    # Pairs for the evaluation, at most; a fiftieth of what there is, if less. All against all: 20,000 take 1.6 GB.
    held_back: int = Field(default=2000, ge=1, le=20_000)
    skip_licences: tuple[str, ...] = ()  # rows whose licence has one of these words in it are left out
    storage: Literal["int8", "float32"] = "int8"
    license: str | None = Field(default=None, pattern=r"^[a-z0-9.-]+$")  # the model's, a Hub id, for its card
    seed: Seed = 1

    @model_validator(mode="after")
    def _fits(self) -> TrainOptions:
        if self.vocab * self.dim > 2**28:
            size = f"{self.vocab:,} tokens x {self.dim:,}"
            raise ValueError(f"{size} are over 268 million numbers, each of which takes 16 bytes in training")
        return self


class MatchOptions(Options):
    """When a Russian and an English post are variants of one post."""

    neighbors: int = Field(4, ge=1, le=1000)  # k of the margin; LASER's value
    # Where both have dates; newsrooms translate within a day (p95 9 h). The most is 114 years.
    window_hours: float = Field(72, gt=0, le=1_000_000)
    min_probability: Share = 0.5
    exact: bool = False  # compare all posts at any size; else an index (faiss) does it above 200,000 x 200,000
    self_pairs: bool = True  # a post in both languages may be its own translation


class AlignOptions(Options):
    """Which beads may be formed, and what an unpaired sentence costs."""

    # m + n of a bead, at most; 5 and more are less than 1 % of beads. Time grows with its square.
    max_sentences: int = Field(4, ge=2, le=16)
    # Log-odds added to every null bead. A little below 0, because a lost translation cannot be had back, while a
    # doubtful bead shows its probability; benchmarks/align_fit.py prints what other values do to unseen texts.
    skip: float = Field(-1.0, ge=-100, le=100)  # beyond, all are alone or none


class EngineOptions(Options):
    """Where stages run."""

    workers: int | None = Field(None, ge=1, le=1024)  # None: one a core


class MineOptions(Options):
    """How sentence pairs are found in two loose files."""

    neighbors: int = Field(4, ge=1, le=1000)  # k of the margin; LASER's value
    # Lowest score; a ratio is about 1, a distance and a cosine lie within -2 and 2.
    threshold: float | None = Field(None, ge=-1000, le=1000)


class FilterOptions(Options):
    """Which beads are good enough to publish."""

    min_score: Share = 0.5  # a bead's probability: more likely right than wrong
    min_letters: Letters = 2  # both sides; shorter than that is punctuation
    max_letters: int = Field(2000, ge=1, le=1_000_000)
    min_length_ratio: Share = 0.3
    min_number_match: Share = 0.0  # shared / all numbers; units and rounding make honest translations disagree
    relations: tuple[Literal["parallel", "partial", "comparable"], ...] = ("parallel", "partial")


class DecontaminateOptions(Options):
    """Which test sets no pair may have a text of; stages/decontaminate.py says what counts as having it."""

    against: tuple[Path, ...] = ()  # files of test sets; relative to the run config
    ngram: Words = 4  # words; a text of fewer than two such runs counts as a whole only
    overlap: float = Field(0.5, gt=0, le=1)  # share of the n-grams of one of two texts that the other has


class SplitOptions(Options):
    """How components are dealt to the splits."""

    by: Literal["component", "time"] = "component"
    validation: Share = 0.05  # by component: shares of all components
    test: Share = 0.05
    seed: Seed = 1
    # A story is 2-6 posts; bigger components are templates, and go to train.
    max_posts: int = Field(default=20, ge=1, le=1_000_000)
    # By time: days, not shares, because shares would move the borders with each new version.
    validation_from: date | None = None
    test_from: date | None = None

    @model_validator(mode="after")
    def _leaves_train(self) -> SplitOptions:
        if self.validation + self.test >= 1:
            raise ValueError("validation and test leave nothing to train on")
        return self

    @model_validator(mode="after")
    def _has_its_borders(self) -> SplitOptions:
        days = {"validation_from": self.validation_from, "test_from": self.test_from}
        if self.by == "component":
            given = [name for name, day in days.items() if day]
            if given:
                raise ValueError(f"{given[0]} is a border in time, and posts are split by component; say by: time")
            return self
        if missing := [name for name, day in days.items() if not day]:
            raise ValueError(f"by: time needs {missing[0]}, a day as 2024-09-01")
        if self.validation_from >= self.test_from:  # type: ignore[operator]
            raise ValueError(f"validation_from {self.validation_from} is not before test_from {self.test_from}")
        return self


class ReleaseOptions(Options):
    """What the dataset is called and what its card must say."""

    name: str = Field(pattern=rf"^{NAME}$")
    # "next" is the one that the changes since `previous` ask for, 1.0.0 without one
    version: str = Field(pattern=rf"^({VERSION}|next)$")
    title: str
    description: str
    license: str = Field(pattern=r"^[a-z0-9][a-z0-9.+-]*$")  # a Hub licence id, or "other"
    license_note: str  # in words: whose rights remain, what a user may do
    contact: str  # where a removal is asked for
    authors: tuple[str, ...] = ()  # of the dataset, for CITATION.cff; else "the maintainers"
    homepage: str | None = Field(None, pattern=r"^https?://[!-;=?-~]+$")
    date: Day | None = None  # of publication; else the day of the newest post, so that a rebuild has the same bytes
    # Hand-written Markdown for the card; what is left out of the first three is said in general words.
    uses: str | None = None
    limitations: str | None = None
    maintenance: str | None = None
    notes: str | None = None


class RunConfig(Options):
    """A whole run: sources, options of every stage, release facts."""

    release: ReleaseOptions
    sources: tuple[SourceOptions, ...] = Field(min_length=1)
    previous: Path | None = None  # the version before, which this one goes on from; relative to the run config
    against: Path | None = None  # another release: posts that it has are left out; relative to the run config
    takedowns: Path | None = None  # ids of posts to leave out; else takedowns.tsv beside the run config, if it is there
    encoder: EncoderOptions = EncoderOptions()
    pii: PiiOptions = PiiOptions()
    clean: CleanOptions = CleanOptions()
    dedup: DedupOptions = DedupOptions()
    match: MatchOptions = MatchOptions()
    align: AlignOptions = AlignOptions()
    filter: FilterOptions = FilterOptions()
    decontaminate: DecontaminateOptions = DecontaminateOptions()
    split: SplitOptions = SplitOptions()

    @property
    def source_names(self) -> list[str]:
        """The sources' file names, each with as many of its folders as it takes to tell it from the others."""
        return _shortest_names([source.path for source in self.sources])

    @property
    def test_set_names(self) -> list[str]:
        """The file names of the test sets that `decontaminate` names, in the same manner."""
        return _shortest_names(self.decontaminate.against)


def _shortest_names(paths: Iterable[Path]) -> list[str]:
    absolute = [path.absolute() for path in paths]
    return [_shortest_name(path, [other for other in absolute if other != path]) for path in absolute]


def _shortest_name(path: Path, others: list[Path]) -> str:
    for length in range(1, len(path.parts)):
        if all(other.parts[-length:] != path.parts[-length:] for other in others):
            break
    return "/".join(path.parts[-length:])


def load_run_config(path: Path) -> RunConfig:
    """Read a run config; source paths become relative to the config's folder.

    Raises:
        OptionError: if the file is missing, is no YAML, or has a wrong value; names file and line or key.
    """
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise OptionError("the run config is empty or no mapping", where=path, fix="See configs/demo.yaml")
    try:
        config = RunConfig.model_validate(data)
    except ValidationError as error:
        raise OptionError(first_problem(error, RunConfig), where=path) from error
    sources = tuple(s.model_copy(update={"path": path.parent / s.path}) for s in config.sources)
    releases = {
        name: value and path.parent / value for name in ("previous", "against") for value in [getattr(config, name)]
    }
    test_sets = tuple(path.parent / test_set for test_set in config.decontaminate.against)
    decontaminate = config.decontaminate.model_copy(update={"against": test_sets})
    given = {"sources": sources, "decontaminate": decontaminate, "takedowns": _takedowns(config, path)}
    return config.model_copy(update=given | releases)


def with_version(config: RunConfig, version: str) -> RunConfig:
    """Return the run config with another version.

    Raises:
        OptionError: if it is no version.
    """
    try:
        release = ReleaseOptions.model_validate(config.release.model_dump() | {"version": version})
    except ValidationError as error:
        raise OptionError(f"{version!r} is no version", fix="Give MAJOR.MINOR.PATCH, or next") from error
    return config.model_copy(update={"release": release})


def _takedowns(config: RunConfig, path: Path) -> Path | None:
    """Return the list of takedowns that a run config goes by."""
    if config.takedowns:
        return path.parent / config.takedowns
    beside = path.parent / TAKEDOWNS
    return beside if beside.exists() else None
