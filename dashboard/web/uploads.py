"""What a form with a file brings (multipart/form-data), and a file on its way from one form to the next."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser

from starlette.requests import Request

from dashboard.web.desk_page import BadForm

_KIND = "multipart/form-data"
_MOST_PARTS = 20
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
    head = f"Content-Type: {kind}\r\n\r\n".encode("ascii")
    form = BytesParser(policy=policy.HTTP).parsebytes(head + await request.body())
    parts = list(form.iter_parts()) if form.is_multipart() else []
    if not parts or len(parts) > _MOST_PARTS:
        raise BadForm("not a form with a file")
    fields: dict[str, str] = {}
    upload: Upload | None = None
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(payload, bytes):
            raise BadForm("not a form with a file")
        if (file := part.get_filename()) is None:
            fields[name] = payload.decode("utf-8", "replace").strip()
        elif file and payload:
            upload = Upload(file[:128], payload)
    return fields, upload


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
