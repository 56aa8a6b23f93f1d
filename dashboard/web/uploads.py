"""What a form with a file brings (multipart/form-data), and a file on its way from one form to the next."""

import asyncio
import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser

from starlette.requests import Request

from dashboard.web.desk_page import BadForm

_KIND = "multipart/form-data"
_MOST_PARTS = 20
_MOST_HEAD_BYTES = 8_192  # of one part; a name and a file name
LARGEST = 16_777_216


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    data: bytes


async def read_upload(request: Request) -> tuple[dict[str, str], Upload | None]:
    """The fields, stripped, and the file of the form; None where none was chosen. Raises BadForm."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith(_KIND) or not kind.isascii():
        raise BadForm("not a form with a file")
    return await asyncio.to_thread(_parsed, kind, await request.body())


def _parsed(kind: str, body: bytes) -> tuple[dict[str, str], Upload | None]:
    """Cut at the boundary and not line by line: a file of many short lines would become a list many times its size."""
    boundary = _headers(f"Content-Type: {kind}".encode("ascii")).get_boundary()
    if not boundary or not boundary.isascii():
        raise BadForm("not a form with a file")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii"), _MOST_PARTS + 2)[1:]
    ends = [n for n, piece in enumerate(pieces) if piece.startswith(b"--")]
    if not ends or ends[0] == 0:
        raise BadForm("not a form with a file")
    fields: dict[str, str] = {}
    upload: Upload | None = None
    for piece in pieces[: ends[0]]:
        head, blank, payload = piece.partition(b"\r\n\r\n")
        if not blank or len(head) > _MOST_HEAD_BYTES:
            raise BadForm("not a form with a file")
        part = _headers(head.lstrip())
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            raise BadForm("not a form with a file")
        if (file := part.get_filename()) is None:
            fields[name] = payload.decode("utf-8", "replace").strip()
        elif file and payload:
            upload = Upload(file[:128], payload)
    return fields, upload


def _headers(head: bytes) -> Message:
    return BytesParser(policy=policy.HTTP).parsebytes(head + b"\r\n\r\n", headersonly=True)


def packed(upload: Upload) -> dict[str, str]:
    """Fields that carry a file to the next form: nothing of it stays on the server meanwhile."""
    return {"name": upload.name, "content": base64.b64encode(zlib.compress(upload.data)).decode("ascii")}


def unpacked(fields: Mapping[str, str]) -> Upload | None:
    """Raises BadForm for what is not such a file, or unpacks to more than LARGEST."""
    if not fields.get("content"):
        return None
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(base64.b64decode(fields["content"], validate=True), LARGEST)
    except (binascii.Error, zlib.error) as error:
        raise BadForm("content") from error
    if not unpacker.eof:
        raise BadForm("content")
    return Upload(fields.get("name", "")[:128], data)
