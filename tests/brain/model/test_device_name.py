"""What a device is called where nobody reads Chinese."""

import pytest

from brain.model.reading import english_device_name


@pytest.mark.parametrize(
    ("name", "device_id", "said"),
    [
        ("Culvert A", "SW-0417", "Culvert A"),
        ("岐江涵洞 A", "SW-0417", "Flood gauge 0417"),
        ("", "70B3D57ED0000001", "Flood gauge 70B3D57ED0000001"),
        ("水位 石岐01", "sim-water_level-442000001-2", "Flood gauge 2"),
        ("水位 石岐01", "line7-442000001", "Flood gauge line7-442000001"),
        ("水位", "main", "Flood gauge main"),
        ("水位", "水位7", "Flood gauge 7"),
    ],
)
def test_a_chinese_name_gives_way_to_kind_and_number(name: str, device_id: str, said: str) -> None:
    assert english_device_name(name, "Flood gauge", device_id) == said
