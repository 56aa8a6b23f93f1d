"""Public files: read and packed once (quickly, then as small as can be), checked by ETag, and kept for ever by browsers
under an address that holds the mark of the whole folder."""

import asyncio
import gzip
import hashlib
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from dashboard.push.kept import pack
from dashboard.web.packer import Packer

FOREVER = "public, max-age=31536000, immutable"
_CHECK_FIRST = "public, no-cache"
_PACKABLE = {".css", ".js", ".json", ".svg", ".html", ".txt", ".md", ".map"}
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class PackedFile:
    body: bytes
    brotli: bytes | None
    gzip: bytes | None
    etag: str
    media_type: str


def packed_file(name: str, body: bytes) -> PackedFile:
    suffix = Path(name).suffix
    packable = suffix in _PACKABLE and len(body) > 512
    return PackedFile(
        body,
        pack(body) if packable else None,
        gzip.compress(body, 6, mtime=0) if packable else None,
        f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream"),
    )


def file_response(request: Request, file: PackedFile, cache: str) -> Response:
    headers = {"ETag": file.etag, "Cache-Control": cache, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    accepted = request.headers.get("accept-encoding", "")
    body = file.body
    for name, packed in (("br", file.brotli), ("gzip", file.gzip)):
        if packed is not None and name in accepted:
            headers["Content-Encoding"], body = name, packed
            break
    return Response(body, media_type=file.media_type, headers=headers)


class PackedFiles:
    """Files read through `read(name)`, which raises LookupError for an unknown one; each packed once, on a thread, and
    made smaller by `packer` while the first is answered."""

    def __init__(self, read: Callable[[str], bytes], packer: Packer) -> None:
        self._read = read
        self._packer = packer
        self._files: dict[str, PackedFile] = {}

    async def get(self, name: str) -> PackedFile:
        """Raises LookupError."""
        found = self._files.get(name)
        if found is None:
            found = await asyncio.to_thread(lambda: packed_file(name, self._read(name)))
            self._files[name] = found
            if found.brotli is not None:
                self._packer.pack(found.body, lambda smaller: self._shrink(name, smaller))
        return found

    def _shrink(self, name: str, smaller: bytes) -> None:
        self._files[name] = replace(self._files[name], brotli=smaller)


class Assets:
    """The files of a folder as they were at start; `mark` changes when any of them does."""

    def __init__(self, folder: Path, packer: Packer) -> None:
        self._paths = {
            path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()
        }
        digest = hashlib.sha256()
        for name, path in self._paths.items():
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        self.mark = digest.hexdigest()[:12]
        self._files = PackedFiles(self._read, packer)

    def _read(self, name: str) -> bytes:
        try:
            return self._paths[name].read_bytes()
        except OSError as error:  # taken away since the start
            raise LookupError(name) from error

    def address(self, name: str) -> str:
        """Under this address a file never changes. Raises KeyError for a file that is not there."""
        return f"/assets/v-{self.mark}/{self._paths[name].name if '/' not in name else name}"

    def styles(self) -> list[str]:
        """The style sheets in their order: Bootstrap, the tokens, what reads the tokens."""
        names = [*self.names("vendor", ".css"), *self.names("css", ".css")]
        return sorted(names, key=lambda name: (not name.startswith("vendor/"), not name.endswith("tokens.css"), name))

    def names(self, folder: str, suffix: str) -> list[str]:
        """The files of a folder with this suffix, sorted."""
        return [name for name in self._paths if name.startswith(f"{folder}/") and name.endswith(suffix)]

    async def respond(self, request: Request, path: str) -> Response:
        """`path` with or without the mark in front; 404 for what is not there."""
        marked, _, rest = path.partition("/")
        fixed = marked == f"v-{self.mark}"
        name = rest if marked.startswith("v-") else path
        try:
            file = await self._files.get(name)
        except LookupError:
            return Response(status_code=404)
        return file_response(request, file, FOREVER if fixed else _CHECK_FIRST)
