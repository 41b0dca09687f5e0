"""Files that are sent to the site, while they come: how much an address takes in, and where it lies meanwhile.

A page that takes files says so here, with the most that it takes in one request; all others take none. What is too
much is not kept, and what is kept has no name on the disk, so that nothing is left of it however the process ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from geodata.registry import Registry

_MEGABYTE: Final = 2**20
#: What is up to so many times too large is read to its end and forgotten: browsers read no answer before that. What
#: says that it is still larger is not read at all.
_READ_TO_THE_END: Final = 5


@dataclass(frozen=True)
class Taken:
    """What addresses take in: bytes of all files of one request, and whether of people who have signed in alone."""

    most_bytes: int
    signed_in: bool = False


#: Beginning of an address → what is taken in below it.
takers: Registry[Taken] = Registry("address that takes files")


class TooLarge(RequestDataTooBig):
    """So much is not even read; the message, in the language of the page, says how much would be."""


def most_bytes(request: HttpRequest) -> int:
    """Bytes of files that a request may hold; 0 where its address takes none, or none of this visitor."""
    taken = next((one for path, one in takers.items() if request.path.startswith(path)), None)
    if taken is None or (taken.signed_in and not request.session.get(SESSION_KEY)):
        return 0
    return taken.most_bytes


class UploadLimit(FileUploadHandler):
    """Stops to take in files when they are more than their address takes, and says so on the request.

    First of ``FILE_UPLOAD_HANDLERS``; ``request.too_large`` is then the name of the file that was too much.
    """

    left = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Refuse what says beforehand that it is out of all proportion.

        Raises
        ------
        TooLarge : it is answered at once, and not read.
        """
        assert self.request is not None
        self.left = most_bytes(self.request)
        usual = max(self.left, settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
        if content_length > _READ_TO_THE_END * usual:
            words = (
                _("At most %(most)s MB are taken in here.") if self.left else _("No files are taken in here.")
            )
            raise TooLarge(words % {"most": self.left // _MEGABYTE})

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count; the file is skipped where it is too much, and so are those after it."""
        self.left -= len(raw_data)
        if self.left < 0:
            self.request.too_large = self.file_name  # type: ignore[union-attr]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Others keep the file."""


class UnnamedFile(FileUploadHandler):
    """Keeps a file on the disk without a name: the kernel takes it back when the process ends, killed or not."""

    file: Any

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin one."""
        super().new_file(*args, **kwargs)
        self.file = TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - closed with the request

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write it."""
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        """The file, from its beginning; it is closed with the request."""
        self.file.seek(0)
        return UploadedFile(
            self.file, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra
        )

    def upload_interrupted(self) -> None:
        """Forget what has come."""
        if hasattr(self, "file"):
            self.file.close()
