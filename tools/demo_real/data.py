"""Where the real data is: beside the project, or where CITY_REAL_DATA says. It is never part of the project."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("CITY_REAL_DATA", ROOT.parent / "shared" / "data"))
REQUESTS = "hotline_nyc_live/nyc311_soda_1000.json"
WANTED = (
    REQUESTS,
    "boundaries/nyc/CD.geo.json",
    "iot_beijing_air/prsa_2016_12stations.csv.gz",
)


def missing() -> list[str]:
    """What is not there of what the demonstration needs."""
    return [name for name in WANTED if not (DATA / name).is_file()]
