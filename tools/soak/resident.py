"""What a process holds of the machine's memory."""

from pathlib import Path


def resident_mb(pid: int) -> float:
    """Raises OSError for a process that is gone."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
