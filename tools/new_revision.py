"""Write the migration from the newest revision to what brain/store/schema.py says now.

`python -m tools.new_revision "what changes"`; then look the new file in brain/store/migrations/versions through, set
HEAD in brain/store/migrate.py and run the tests.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from brain.store import migrate
from brain.store.dialect import open_databases


def main(message: str) -> None:
    """Compares with a fresh SQLite store, in which everything is as the migrations so far make it."""
    with tempfile.TemporaryDirectory() as folder:
        databases = open_databases(f"sqlite:///{folder}/city.db", patience_s=5)
        migrate.bring_up_to_date(databases.writing)
        with databases.writing.begin() as conn:
            config = Config()
            config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
            config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
            config.attributes["connection"] = conn
            command.revision(config, message, autogenerate=True, rev_id=f"{int(migrate.HEAD) + 1:04}")
        databases.close()


if __name__ == "__main__":
    main(sys.argv[1])
