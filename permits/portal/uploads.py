"""A limit for what is sent to the applicant's pages, while it is being sent: no drawing fills the disk."""

from __future__ import annotations

from typing import Any, Final

from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from permits.drawings.sniff import MAX_BYTES

#: Pages below these addresses take drawings; others have limits of their own.
BELOW: Final = ("/apply/", "/api/assess")


class DrawingLimit(FileUploadHandler):
    """Stops to take in a file that is larger than a drawing may be, and says so on the request.

    First of ``FILE_UPLOAD_HANDLERS``; ``request.too_large`` is then the name of the file.
    """

    taken = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.taken = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count; the file is skipped where it is too large."""
        self.taken += len(raw_data)
        if self.taken > MAX_BYTES and self.request is not None and self.request.path.startswith(BELOW):
            self.request.too_large = self.file_name  # type: ignore[attr-defined]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Others keep the file."""
