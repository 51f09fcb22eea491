"""How much memory and time it takes to read a large result.json.

    python benchmarks/reading.py --megabytes 300

Writes an export of that size to a temporary folder and reads it in two fresh processes: message by message, keeping
nothing but the role of each, and as `bitext parse` does, into the table of posts. Memory is what each process used at
most beyond what it used before it opened the file.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from toolkit.options import SourceOptions
from toolkit.sources import Source, read_source
from toolkit.sources.inputs import open_inputs
from toolkit.sources.readers import read_format

WORDS = ["паром", "вернулся", "в", "порт", "никто", "не", "пострадал", "маяк", "открыт", "the", "ferry", "is", "late"]


def write_export(path: Path, size: int) -> None:
    rng = random.Random(1)
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"name": "Port", "type": "public_channel", "id": 77, "messages": [\n')
        number = 0
        while file.tell() < size:
            number += 1
            text = " ".join(rng.choices(WORDS, k=rng.randint(5, 90)))
            pieces = [{"type": "plain", "text": text}, {"type": "hashtag", "text": " #порт"}]
            message = {"id": number, "type": "message", "date": "2025-03-01T12:00:00", "from": "Port",
                       "date_unixtime": str(1740819600 + 60 * number), "from_id": "channel77",
                       "text": pieces, "text_entities": pieces}  # fmt: skip
            file.write((",\n" if number > 1 else "") + json.dumps(message, ensure_ascii=False, indent=1))
        file.write("\n]}\n")


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read(path: Path, *, as_table: bool) -> None:
    options = SourceOptions(path=path, lang="ru")  # given, because this is not about detecting languages
    before, started = peak(), time.perf_counter()
    if as_table:
        posts = read_source(options).posts
        n_posts, table = posts.num_rows, f"{posts.nbytes / 2**20:.0f} MB of posts"
    else:
        with open_inputs(path) as inputs:
            n_posts, table = sum(1 for _ in read_format("desktop_json", Source(options, inputs.files[0])).rows), ""
    seconds = time.perf_counter() - started
    name = "into the table" if as_table else "message by message"
    speed = path.stat().st_size / 2**20 / seconds
    print(f"{name:<20}{n_posts:>10,} posts{speed:>8.0f} MB/s{peak() - before:>8.0f} MB more memory  {table}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--table", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        read(given.read, as_table=given.table)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        write_export(path, given.megabytes << 20)
        for more in ([], ["--table"]):
            subprocess.run([sys.executable, __file__, "--read", str(path), *more], check=True)


if __name__ == "__main__":
    main()
