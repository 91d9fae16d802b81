"""``python -m tests.conformance``: write docs/conformance/business-time.json again."""

from __future__ import annotations

import sys

from tests.conformance.document import DOCUMENT, made, spelled


def main() -> int:
    """Write the document; the same bytes for the same cases and the same tzdata."""
    document = made()
    DOCUMENT.write_text(spelled(document), "utf-8")
    counted = ", ".join(
        f"{len(document[part])} {part}" for part in ("calendars", "vectors", "refusals")
    )
    sys.stdout.write(f"{DOCUMENT}: {counted}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
