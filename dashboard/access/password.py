"""What a password must be: twelve characters of three kinds at least, and none that everybody tries first."""

import unicodedata

SHORTEST, LONGEST = 12, 200
_KINDS_WANTED = 3
_TELLING_NAME = 3  # shorter names may be in a password by chance
# What is left of lists of common passwords once length and kinds are asked for.
_TRIED_FIRST = (
    "password",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "qwerty",
    "1qaz2wsx",
    "admin",
    "letmein",
    "welcome",
    "iloveyou",
    "123456",
    "111111",
    "abcdef",
    "zaq12wsx",
)


def password_fault(password: str, account_name: str) -> str | None:
    """The end of a catalogue key `people.password_<fault>`; None for a good password."""
    if not SHORTEST <= len(password) <= LONGEST:
        return "length"
    if len({_kind(character) for character in password}) < _KINDS_WANTED:
        return "kinds"
    lowered, name = password.lower(), account_name.lower()
    if len(name) >= _TELLING_NAME and name in lowered:
        return "common"
    rest = lowered
    for common in _TRIED_FIRST:
        rest = rest.replace(common, "")
    if len(rest) < SHORTEST // 2 or len(set(lowered)) < SHORTEST // 2:
        return "common"
    return None


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    return {"Lu": "upper", "Ll": "lower", "Nd": "digit"}.get(category, "other")
