"""What the tracks are called in messages, in the two languages of the readers. A table."""

from pipeline.domain import Gloss, Track

SUBJECTS = {
    Track.SANCTIONS: Gloss(en="sanctions on Russia", uk="санкції проти Росії"),
    Track.DIALOGUE: Gloss(en="contacts", uk="контакти"),
    Track.PARLIAMENT: Gloss(en="parliament", uk="парламент"),
    Track.AID: Gloss(en="aid", uk="допомога"),
    Track.NATO_EU: Gloss(en="NATO, EU and G7", uk="НАТО, ЄС і G7"),
    Track.K_DIPLOMACY: Gloss(en="Korea's own agenda", uk="власний порядок денний Кореї"),
    Track.RECONSTRUCTION: Gloss(en="reconstruction", uk="відбудова"),
    Track.ACCOUNTABILITY: Gloss(en="accountability", uk="відповідальність"),
    Track.CULTURE: Gloss(en="culture", uk="культура"),
    Track.MILITARY: Gloss(en="arms", uk="зброя"),
    Track.RUSSIA_TIES: Gloss(en="ties with Russia", uk="зв'язки з Росією"),
    Track.DPRK_RUSSIA: Gloss(en="North Korea and Russia", uk="КНДР і Росія"),
    Track.US_FACTOR: Gloss(en="Washington's part", uk="роль Вашингтона"),
    Track.TAIWAN_ANALOGY: Gloss(en="lessons for Taiwan", uk="уроки для Тайваню"),
}
