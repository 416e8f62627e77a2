"""The labels of ``docs/codebook.md``, which a test holds to them, and what is derived from them."""

from enum import StrEnum


class Actor(StrEnum):
    """The five whose policy is watched."""

    JP = "JP"
    KR = "KR"
    TW = "TW"
    CN = "CN"
    KP = "KP"


class Voice(StrEnum):
    """Whose position it is: a country is never one voice."""

    GOVERNMENT = "government"
    RULING_PARTY = "ruling_party"
    OPPOSITION = "opposition"
    PARLIAMENT = "parliament"
    BUSINESS = "business"
    SOCIETY = "society"


class Stance(StrEnum):
    """A voice's position toward supporting Ukraine."""

    SUPPORTIVE = "supportive"
    HEDGING = "hedging"
    OPPOSING = "opposing"
    NEUTRAL = "neutral"


class ReportedShift(StrEnum):
    """Whether the text itself reports a change; not to be confused with `Shift`."""

    TOWARD = "toward"
    AWAY = "away"
    NONE = "none"


class Act(StrEnum):
    """What was done, in its strongest form in the text."""

    SAID = "said"
    CONSIDERING = "considering"
    DECIDED = "decided"
    CARRIED_OUT = "carried_out"
    REFUSED = "refused"
    DENIED = "denied"


class Track(StrEnum):
    """The nine headings of the New Europe Center paper, then five drivers of policy."""

    SANCTIONS = "sanctions"
    DIALOGUE = "dialogue"
    PARLIAMENT = "parliament"
    AID = "aid"
    NATO_EU = "nato_eu"
    K_DIPLOMACY = "k_diplomacy"
    RECONSTRUCTION = "reconstruction"
    ACCOUNTABILITY = "accountability"
    CULTURE = "culture"
    MILITARY = "military"
    RUSSIA_TIES = "russia_ties"
    DPRK_RUSSIA = "dprk_russia"
    US_FACTOR = "us_factor"
    TAIWAN_ANALOGY = "taiwan_analogy"


class Balance(StrEnum):
    """The two numbers kept for a government: Seoul can give aid and reopen ties with Moscow at once."""

    SUPPORT = "support"
    RUSSIA = "russia"
