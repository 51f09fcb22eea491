"""An S3 on this machine: objects, listings and multipart uploads as S3's clients use them, in memory.

Requests are not checked for their signatures. Bodies may come as `aws-chunked`, which newer clients use for checksums.
"""

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape


class S3(ThreadingHTTPServer):
    """The server.

    Attributes:
        objects: bucket/key -> (content, ETag).
        parts: upload -> number -> content, of multipart uploads that are not complete.
        log: (method, bucket/key) of all requests.
        refuses: pattern of "METHOD bucket/key" -> error code, as AccessDenied.
    """

    daemon_threads = True  # Arrow keeps its connections open for as long as the process lives

    def __init__(self, buckets: Sequence[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.buckets = set(buckets)
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.log: list[tuple[str, str]] = []
        self.refuses: dict[str, str] = {}
        self.lock = threading.Lock()

    def put(self, path: str, content: bytes) -> None:
        self.objects[path] = (content, hashlib.md5(content).hexdigest())

    def written(self) -> list[str]:
        return [path for method, path in self.log if method == "PUT"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one packet; in two, the second waits for the first to be acknowledged
    timeout = 20
    server: S3

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""

    def handle_expect_100(self) -> bool:
        told = super().handle_expect_100()
        self.wfile.flush()
        return told

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path).strip("/")
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        body = self._body()
        with self.server.lock:
            self.server.log.append((self.command, path))
            refused = [
                code for pattern, code in self.server.refuses.items() if re.search(pattern, f"{self.command} {path}")
            ]
            if refused:
                return self._answer(403, _error(refused[0]))
            if path.partition("/")[0] not in self.server.buckets:
                return self._answer(404, _error("NoSuchBucket"))
            handle = {"GET": self._get, "HEAD": self._get, "PUT": self._put, "POST": self._post, "DELETE": self._delete}
            return handle[self.command](path, query, body)

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(_chunks(self.rfile))
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            rest, body = body, b""
            while (size := int(re.split(rb"[;\r]", rest, maxsplit=1)[0], 16)) > 0:
                start = rest.index(b"\r\n") + 2
                body, rest = body + rest[start : start + size], rest[start + size + 2 :]
        return body

    def _get(self, path: str, query: dict[str, str], body: bytes) -> None:
        bucket, _, key = path.partition("/")
        if not key and self.command == "HEAD":
            return self._answer(200)
        if not key:
            return self._answer(200, _listing(self.server.objects, bucket, query))
        if path not in self.server.objects:
            return self._answer(404, _error("NoSuchKey"))
        content, etag = self.server.objects[path]
        headers = {"ETag": f'"{etag}"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", "Accept-Ranges": "bytes"}
        if asked := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "")):
            first, last = int(asked[1]), min(int(asked[2]), len(content) - 1)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
            return self._answer(206, content[first : last + 1], headers)
        return self._answer(200, content, headers)

    def _put(self, path: str, query: dict[str, str], body: bytes) -> None:
        etag = hashlib.md5(body).hexdigest()
        if "uploadId" in query:
            self.server.parts[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.server.put(path, body)
        self._answer(200, headers={"ETag": f'"{etag}"'})

    def _post(self, path: str, query: dict[str, str], body: bytes) -> None:
        if "uploads" in query:
            upload = f"upload-{len(self.server.log)}"
            self.server.parts[upload] = {}
            key = escape(path.partition("/")[2])
            inner = f"<Bucket>{path.partition('/')[0]}</Bucket><Key>{key}</Key><UploadId>{upload}</UploadId>"
            return self._answer(200, _xml("InitiateMultipartUploadResult", inner))
        parts = [part for _, part in sorted(self.server.parts.pop(query["uploadId"]).items())]
        etag = f"{hashlib.md5(b''.join(hashlib.md5(part).digest() for part in parts)).hexdigest()}-{len(parts)}"
        self.server.objects[path] = (b"".join(parts), etag)
        return self._answer(200, _xml("CompleteMultipartUploadResult", f"<ETag>{etag}</ETag>"))

    def _delete(self, path: str, query: dict[str, str], body: bytes) -> None:
        self.server.parts.pop(query.get("uploadId", ""), None)
        if "uploadId" not in query:
            self.server.objects.pop(path, None)
        self._answer(204)

    def _answer(self, status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _chunks(stream: Any) -> Iterator[bytes]:
    while (size := int(stream.readline().split(b";")[0], 16)) > 0:
        yield stream.read(size)
        stream.readline()
    while stream.readline().strip():  # trailers
        pass


def _xml(name: str, inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><{name}>{inner}</{name}>'.encode()


def _error(code: str) -> bytes:
    return _xml("Error", f"<Code>{code}</Code><Message>{code}</Message>")


def _listing(objects: dict[str, tuple[bytes, str]], bucket: str, query: dict[str, str]) -> bytes:
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    found, folders = [], set()
    for path, (content, etag) in sorted(objects.items()):
        name, _, key = path.partition("/")
        rest = key.removeprefix(prefix)
        if name != bucket or not key.startswith(prefix):
            continue
        if delimiter and delimiter in rest:
            folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
            continue
        found.append(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{etag}&quot;</ETag><Size>{len(content)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        )
    shared = "".join(f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in sorted(folders))
    facts = (
        f"<Name>{bucket}</Name><Prefix>{escape(quote(prefix))}</Prefix><KeyCount>{len(found) + len(folders)}</KeyCount>"
    )
    return _xml("ListBucketResult", f"{facts}<IsTruncated>false</IsTruncated>{''.join(found)}{shared}")


@contextmanager
def serve_s3(buckets: Sequence[str]) -> Iterator[S3]:
    """Run an S3 while the block runs."""
    with S3(buckets) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
