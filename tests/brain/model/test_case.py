"""Case ids are the same wherever and whenever they are made; private parts do not show themselves."""

from brain.model.case import PrivatePart, case_id


def test_the_id_of_a_case_never_changes() -> None:
    assert case_id("12345", "2021-0001") == "53a84164-c82a-56f3-9927-002f56d2372b"


def test_channel_and_number_cannot_be_mixed_up() -> None:
    assert case_id("12", "345") != case_id("123", "45")
    assert case_id("letters", "1") != case_id("12345", "1")


def test_a_private_part_does_not_print_itself() -> None:
    part = PrivatePart("李明", "13800138000", "440106199001011234", "东渡路1号", "来电内容", 113.1, 22.1)
    for secret in ("李明", "13800138000", "440106199001011234", "东渡路", "来电内容", "113.1"):
        assert secret not in repr(part)
