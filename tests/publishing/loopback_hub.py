"""A Hub on this machine: the endpoints that huggingface_hub calls, with commits, tags and large files in memory.

Written after the client's source (huggingface_hub 2.4: hf_api, _commit_api, lfs, file_download). Parquet files are
stored as LFS, all others in the commit. It can lose connections and let somebody else commit first.
"""

import base64
import hashlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Tree = dict[str, bytes]
_LARGE = (".parquet", ".png")


@dataclass
class Repo:
    private: bool
    commits: dict[str, Tree]
    head: str
    tags: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def commit(self, tree: Tree, message: str) -> str:
        parts = [
            f"{self.head} {message} {len(self.commits)}".encode(),
            *(n.encode() + c for n, c in sorted(tree.items())),
        ]
        self.head = hashlib.sha1(b"".join(parts)).hexdigest()
        self.commits[self.head] = tree
        self.messages.append(message)
        return self.head

    def at(self, revision: str) -> str | None:
        found = self.head if revision == "main" else self.tags.get(revision, revision)
        return found if found in self.commits else None


class Hub(ThreadingHTTPServer):
    """The server.

    Attributes:
        repos: name -> repository.
        stored: SHA-256 -> content of the large files.
        log: (method, path) of all requests.
        drops: path pattern -> how many requests to it lose their connection, in the middle of the request.
        drops_answer: the same after the request was carried out.
        refuses: path pattern -> (status, headers, error).
        before_commit: called once before the next commit is looked at.
        ignores: names that a .gitignore of the dataset leaves out.
    """

    daemon_threads = False

    def __init__(self, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.token = token
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.repos: dict[str, Repo] = {}
        self.stored: dict[str, bytes] = {}
        self.log: list[tuple[str, str]] = []
        self.drops: dict[str, int] = {}
        self.drops_answer: dict[str, int] = {}
        self.refuses: dict[str, tuple[int, dict[str, str], str]] = {}
        self.before_commit: Callable[[], object] | None = None
        self.ignores: set[str] = set()
        self.open: set[socket.socket] = set()
        self.lock = threading.Lock()

    def create(self, name: str, private: bool = False) -> Repo:
        self.repos[name] = Repo(private, {"0" * 40: {}}, "0" * 40)
        self.repos[name].commit({".gitattributes": b"*.parquet filter=lfs\n"}, "initial commit")
        return self.repos[name]

    def called(self, pattern: str) -> int:
        return sum(bool(re.search(pattern, f"{method} {path}")) for method, path in self.log)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent when a client is gone; what else goes wrong shows as a lost connection there."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one packet; in two, the second waits for the first to be acknowledged
    server: Hub

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path, self.query = unquote(parts.path), parse_qs(parts.query)
        with self.server.lock:
            self.server.log.append((self.command, path))
        if self._takes(self.server.drops, path):
            self.rfile.read(min(64, int(self.headers.get("Content-Length") or 0)))  # some of the request came through
            return self._hang_up()
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        for pattern, (status, headers, error) in self.server.refuses.items():
            if re.search(pattern, f"{self.command} {path}"):
                return self._answer(
                    {"error": error.replace("TOKEN", self.headers.get("Authorization", ""))}, status, headers
                )
        self.lose_answer = self._takes(self.server.drops_answer, path)
        for pattern, handle in _ROUTES:
            if match := re.fullmatch(pattern, f"{self.command} {path}"):
                with self.server.lock:
                    status, headers, content = handle(self, **match.groupdict())
                return self._hang_up() if self.lose_answer else self._answer(content, status, headers)
        return self._answer({"error": "Not Found"}, 404)

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

    def _takes(self, faults: dict[str, int], path: str) -> bool:
        for pattern, left in faults.items():
            if left and re.search(pattern, f"{self.command} {path}"):
                faults[pattern] -= 1
                return True
        return False

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, content: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @property
    def is_known(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.server.token}"

    def json(self) -> Any:
        return json.loads(self.body)


Answer = tuple[int, dict[str, str], Any]
_NO_REPO: Answer = (404, {"X-Error-Code": "RepoNotFound"}, {"error": "Repository not found"})
_NO_REVISION: Answer = (404, {"X-Error-Code": "RevisionNotFound"}, {"error": "Invalid rev id"})
_UNKNOWN: Answer = (401, {}, {"error": "Invalid username or password."})


def _repo(request: _Handler, name: str) -> Repo | None:
    repo = request.server.repos.get(name)
    return None if repo is None or (repo.private and not request.is_known) else repo


def _create(request: _Handler) -> Answer:
    if not request.is_known:
        return _UNKNOWN
    asked = request.json()
    name = f"{asked['organization']}/{asked['name']}"
    assert asked["type"] == "dataset"
    url = {"url": f"{request.server.url}/datasets/{name}"}
    if name in request.server.repos:
        return 409, {}, url | {"error": "You already created this dataset repo"}
    request.server.create(name, private=asked.get("visibility") == "private")
    return 200, {}, url


def _info(request: _Handler, name: str, revision: str | None = None) -> Answer:
    repo = _repo(request, name)
    if repo is None:
        return _NO_REPO
    sha = repo.at(revision or "main")
    if sha is None:
        return _NO_REVISION
    siblings = [{"rfilename": path} for path in sorted(repo.commits[sha])]
    return 200, {}, {"id": name, "sha": sha, "private": repo.private, "siblings": siblings, "tags": []}


def _refs(request: _Handler, name: str) -> Answer:
    repo = _repo(request, name)
    if repo is None:
        return _NO_REPO
    tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": sha} for tag, sha in repo.tags.items()]
    main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repo.head}
    return 200, {}, {"branches": [main], "converts": [], "tags": tags}


def _entry(path: str, content: bytes) -> dict[str, Any]:
    sha1 = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(content), "oid": sha1}
    if path.endswith(_LARGE):
        sha256 = hashlib.sha256(content).hexdigest()
        entry |= {"oid": hashlib.sha1(sha256.encode()).hexdigest()}
        entry["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 130}
    return entry


def _entries(tree: Tree) -> dict[str, dict[str, Any]]:
    """All files and folders by path."""
    folders = {path[:at] for path in tree for at, letter in enumerate(path) if letter == "/"}
    made = {path: {"type": "directory", "path": path, "size": 0, "oid": "1" * 40} for path in folders}
    return dict(sorted((made | {path: _entry(path, content) for path, content in tree.items()}).items()))


def _tree(request: _Handler, name: str, revision: str, folder: str | None = None) -> Answer:
    repo = _repo(request, name)
    sha = repo and repo.at(revision)
    if repo is None or sha is None:
        return _NO_REPO if repo is None else _NO_REVISION
    start = f"{folder}/" if folder else ""
    deep = request.query.get("recursive", ["False"])[0].lower() in ("true", "1")
    found = [entry for path, entry in _entries(repo.commits[sha]).items() if path.startswith(start)]
    found = [entry for entry in found if deep or "/" not in entry["path"][len(start) :]]
    return (404, {"X-Error-Code": "EntryNotFound"}, {}) if folder and not found else (200, {}, found)


def _paths_info(request: _Handler, name: str, revision: str) -> Answer:
    repo = _repo(request, name)
    sha = repo and repo.at(revision)
    if repo is None or sha is None:
        return _NO_REPO if repo is None else _NO_REVISION
    is_json = "json" in request.headers.get("Content-Type", "")
    paths = request.json()["paths"] if is_json else parse_qs(request.body.decode())["paths"]
    entries = _entries(repo.commits[sha])
    return 200, {}, [entries[path] for path in paths if path in entries]


def _preupload(request: _Handler, name: str, revision: str) -> Answer:
    if not request.is_known:
        return _UNKNOWN
    files = []
    for asked in request.json()["files"]:
        mode = "lfs" if asked["path"].endswith(_LARGE) else "regular"
        ignored = asked["path"] in request.server.ignores
        files.append({"path": asked["path"], "uploadMode": mode, "shouldIgnore": ignored, "oid": None})
    return 200, {}, {"files": files}


def _lfs_batch(request: _Handler, name: str) -> Answer:
    if not request.is_known:
        return _UNKNOWN
    objects = []
    for asked in request.json()["objects"]:
        upload = {"upload": {"href": f"{request.server.url}/lfs/{asked['oid']}?X-Amz-Signature=abc"}}
        objects.append(asked if asked["oid"] in request.server.stored else asked | {"actions": upload})
    return 200, {}, {"transfer": "basic", "objects": objects}


def _lfs_put(request: _Handler, oid: str) -> Answer:
    if hashlib.sha256(request.body).hexdigest() != oid:
        return 400, {}, {"error": "other content"}
    request.server.stored[oid] = request.body
    return 200, {}, {}


def _commit(request: _Handler, name: str, revision: str) -> Answer:
    if not request.is_known:
        return _UNKNOWN
    act, request.server.before_commit = request.server.before_commit, None
    if act:
        act()
    repo = request.server.repos[name]
    header, *operations = [json.loads(line) for line in request.body.decode().splitlines()]
    if header["value"].get("parentCommit", repo.head) != repo.head:
        return 412, {}, {"error": "A commit has happened since. Please refresh and try again."}
    tree = dict(repo.commits[repo.head])
    for operation in operations:
        value = operation["value"]
        if operation["key"] == "file":
            tree[value["path"]] = base64.b64decode(value["content"])
        elif operation["key"] == "lfsFile":
            tree[value["path"]] = request.server.stored[value["oid"]]
        elif operation["key"] == "deletedFile":
            del tree[value["path"]]
    sha = repo.commit(tree, header["value"]["summary"])
    return 200, {}, {"commitUrl": f"{request.server.url}/datasets/{name}/commit/{sha}", "commitOid": sha}


def _tag(request: _Handler, name: str, revision: str) -> Answer:
    if not request.is_known:
        return _UNKNOWN
    repo, tag = request.server.repos[name], request.json()["tag"]
    sha = repo.at(revision)
    if tag in repo.tags or sha is None:
        return (409, {}, {"error": "Tag reference exists already"}) if tag in repo.tags else _NO_REVISION
    repo.tags[tag] = sha
    return 200, {}, {}


def _resolve(request: _Handler, name: str, revision: str, path: str) -> Answer:
    repo = _repo(request, name)
    sha = repo and repo.at(revision)
    if repo is None or sha is None:
        return _NO_REPO if repo is None else _NO_REVISION
    content = repo.commits[sha].get(path)
    if content is None:
        return 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": sha}, {"error": "Entry not found"}
    etag = hashlib.sha256(content).hexdigest() if path.endswith(_LARGE) else _entry(path, content)["oid"]
    headers = {"X-Repo-Commit": sha, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
    if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", "")):
        first, last = int(asked[1]), min(int(asked[2] or len(content) - 1), len(content) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return 206, headers, content[first : last + 1]
    return 200, headers, content


_NAME, _REVISION = r"(?P<name>[\w.-]+/[\w.-]+)", r"(?P<revision>[^/]+)"
_ROUTES: tuple[tuple[str, Callable[..., Answer]], ...] = (
    (r"POST /api/repos/create", _create),
    (r"POST /api/validate-yaml", lambda request: (200, {}, {"errors": [], "warnings": []})),
    (rf"GET /api/datasets/{_NAME}(/revision/{_REVISION})?", _info),
    (rf"GET /api/datasets/{_NAME}/refs", _refs),
    (rf"GET /api/datasets/{_NAME}/tree/{_REVISION}(/(?P<folder>.+))?", _tree),
    (rf"POST /api/datasets/{_NAME}/paths-info/{_REVISION}", _paths_info),
    (rf"POST /api/datasets/{_NAME}/preupload/{_REVISION}", _preupload),
    (rf"POST /api/datasets/{_NAME}/commit/{_REVISION}", _commit),
    (rf"POST /api/datasets/{_NAME}/tag/{_REVISION}", _tag),
    (rf"POST /datasets/{_NAME}\.git/info/lfs/objects/batch", _lfs_batch),
    (r"PUT /lfs/(?P<oid>[0-9a-f]{64})", _lfs_put),
    (rf"(GET|HEAD) /datasets/{_NAME}/resolve/{_REVISION}/(?P<path>.+)", _resolve),
)


@contextmanager
def serve_hub(token: str) -> Iterator[Hub]:
    """Run a Hub while the block runs; all its connections and threads are gone afterwards."""
    with Hub(token) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            for connection in list(server.open):
                with suppress(OSError):  # its client was faster
                    connection.shutdown(socket.SHUT_RDWR)
            thread.join()
