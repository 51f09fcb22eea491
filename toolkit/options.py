"""Every option and its default, once, with the reason beside it; and the run config that names them in YAML.

Options are frozen and refuse unknown keys, so a typing error in a run config is an error and never a silent default.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from toolkit.errors import OptionError

TAKEDOWNS = "takedowns.tsv"  # beside the run config
NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,95}"  # of a release; names a folder
VERSION = r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}"  # likewise

Share = Annotated[float, Field(ge=0, le=1)]
Day = date  # for options that are called date


class Options(BaseModel):
    """A frozen set of named values that refuses unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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

    min_letters: int = Field(1, ge=0)  # short posts are real posts; only empty ones leave
    join_hard_wraps: bool = True  # extractors break lines inside sentences
    # Of a channel's posts that end with a line, from which on it is a footer; signatures stand under a quarter and more
    # of a channel's posts, what is said by chance under less than a tenth. null: no footers.
    footer_share: Share | None = 0.1


class DedupOptions(Options):
    """When two posts are the same, which of them stays, and what else is evidence."""

    threshold: Share = 0.8  # exact Jaccard of word shingles; the field's usual line for "the same text, edited"
    shingle_words: int = Field(5, ge=1)  # word-3 merges templates; marin's audit prefers word-5
    num_perm: int = Field(128, ge=16)
    bands: int | None = Field(None, ge=1)  # else the fewest that miss less than one pair in a million, see n_bands
    seed: int = 1
    keep: Literal["earliest", "longest"] = "earliest"  # who published first is what analysts ask
    prefer: tuple[str, ...] = ()  # channels whose posts stay whatever `keep` says, the best one first
    part_words: int = Field(10, ge=1)  # of a post or a paragraph inside other posts; less is a greeting or a slogan
    boilerplate_posts: int = Field(20, ge=2)  # what more posts share is a signature or a template, and no evidence
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

    vocab: int = Field(default=64_000, ge=100)  # tokens; 64,000 x 256 in int8 is 16 MB
    dim: int = Field(default=256, ge=2)
    epochs: int = Field(default=8, ge=1)
    # Pairs of one source in an epoch, where there are several: breadth counts, not passes over manuals.
    per_source: int = Field(default=40_000, ge=1)
    batch: int = Field(default=2048, ge=2)  # each pair has the others of its batch as negatives
    scale: float = Field(default=16, gt=0)  # of the cosines in the softmax; InfoNCE's 1 / temperature
    learning_rate: float = Field(default=0.01, gt=0)
    dropout: Share = 0.1  # of the tokens of a text, in each step
    joined: Share = 0.3  # of the steps learn from 2 to 6 sentences in a row: posts are long
    held_back: int = Field(
        default=2000, ge=1
    )  # pairs for the evaluation, at most; a fiftieth of what there is, if less
    skip_licences: tuple[str, ...] = ()  # rows whose licence has one of these words in it are left out
    storage: Literal["int8", "float32"] = "int8"
    license: str | None = Field(default=None, pattern=r"^[a-z0-9.-]+$")  # the model's, a Hub id, for its card
    seed: int = 1


class MatchOptions(Options):
    """When a Russian and an English post are variants of one post."""

    neighbors: int = Field(4, ge=1)  # k of the margin; LASER's value
    window_hours: float = Field(72, gt=0)  # where both have dates; newsrooms translate within a day (p95 9 h)
    min_probability: Share = 0.5
    exact: bool = False  # compare all posts at any size; else an index (faiss) does it above 200,000 x 200,000


class AlignOptions(Options):
    """Which beads may be formed, and what an unpaired sentence costs."""

    max_sentences: int = Field(4, ge=2)  # m + n of a bead, at most; 5 and more are less than 1 % of beads
    # Log-odds added to every null bead. A little below 0, because a lost translation cannot be had back, while a
    # doubtful bead shows its probability; benchmarks/align_fit.py prints what other values do to unseen texts.
    skip: float = -1.0


class FilterOptions(Options):
    """Which beads are good enough to publish."""

    min_score: Share = 0.5  # a bead's probability: more likely right than wrong
    min_letters: int = Field(2, ge=0)  # both sides; shorter than that is punctuation
    max_letters: int = Field(2000, ge=1)
    min_length_ratio: Share = 0.3
    min_number_match: Share = 0.0  # shared / all numbers; units and rounding make honest translations disagree
    relations: tuple[Literal["parallel", "partial", "comparable"], ...] = ("parallel", "partial")


class DecontaminateOptions(Options):
    """Which test sets no pair may have a text of; stages/decontaminate.py says what counts as having it."""

    against: tuple[Path, ...] = ()  # files of test sets; relative to the run config
    ngram: int = Field(4, ge=1)  # words; a text of fewer than two such runs counts as a whole only
    overlap: float = Field(0.5, gt=0, le=1)  # share of the n-grams of one of two texts that the other has


class SplitOptions(Options):
    """How components are dealt to the splits."""

    by: Literal["component", "time"] = "component"
    validation: Share = 0.05  # by component: shares of all components
    test: Share = 0.05
    seed: int = 1
    max_posts: int = Field(default=20, ge=1)  # a story is 2-6 posts; bigger components are templates, and go to train
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


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice, which YAML would let win in silence; dates stay text.

    So a day that is none is refused under the name of its option, as every other wrong value.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_UniqueKeyLoader.yaml_implicit_resolvers = {
    letter: [resolver for resolver in resolvers if resolver[0] != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_run_config(path: Path) -> RunConfig:
    """Read a run config; source paths become relative to the config's folder.

    Raises:
        OptionError: if the file is missing, is no YAML, or has a wrong value; names file and line or key.
    """
    try:
        data = yaml.load(path.read_text("utf-8"), _UniqueKeyLoader)
    except OSError as error:
        raise OptionError(f"cannot read the run config: {error.strerror}", where=path) from error
    except UnicodeDecodeError as error:
        raise OptionError("the run config is not UTF-8 text", where=path) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a value that is not what its tag says
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise OptionError(f"no valid YAML: {getattr(error, 'problem', error)}", where=path, line=line) from error
    if not isinstance(data, dict):
        raise OptionError("the run config is empty or no mapping", where=path, fix="See configs/demo.yaml")
    try:
        config = RunConfig.model_validate(data)
    except ValidationError as error:
        raise OptionError(_first_problem(error), where=path) from error
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


def _first_problem(error: ValidationError) -> str:
    """Say the first problem in one line: key, what is wrong, what was given."""
    problem = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "value_error":
        return f"option {key!r}: {problem['ctx']['error']}"
    if problem["type"] == "string_type":
        return f"option {key!r}: wanted text, got {problem['input']!r}; put it in quotes"
    if problem["type"] in ("tuple_type", "list_type"):
        given = problem["input"]
        example = f"; write [{given!r}]" if isinstance(given, str | int | float) else ""
        return f"option {key!r}: wanted a list, got {given!r}{example}"
    if problem["type"] == "extra_forbidden":
        known = _known_keys(problem["loc"][:-1])
        return f"unknown option {key!r}; known here: {', '.join(known)}"
    if problem["type"] == "missing":
        return f"option {key!r} is missing"
    return f"option {key!r}: {problem['msg']}, got {problem['input']!r}"


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Return the option names at a place of the run config."""
    model: Any = RunConfig
    for part in location:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        model = next((a for a in getattr(annotation, "__args__", ()) if isinstance(a, type)), annotation)
    return sorted(model.model_fields)
