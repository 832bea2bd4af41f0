from piccolo.columns import BigInt, Serial, Timestamptz, Varchar

from helpdesk.core.table import Table


class StoredFile(Table, tablename="file"):
    """Bytes on disk, named by their SHA-256; sent twice, kept once."""

    id: Serial
    sha256 = Varchar(length=64, unique=True)
    size = BigInt(help_text="Bytes.")
    created_at = Timestamptz(default=None)
