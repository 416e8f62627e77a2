"""
The nouns of the field: frozen values that every stage shares. No imports of ours.

Times are aware UTC ``datetime``; unknown is ``None``; probabilities are floats in [0, 1].
"""

from pipeline.domain.alerts import (
    EMAIL as EMAIL,
    Decision as Decision,
    Delivery as Delivery,
    Development as Development,
    DevelopmentKind as DevelopmentKind,
    Filter as Filter,
    Message as Message,
    Notification as Notification,
    NotificationState as NotificationState,
    Operation as Operation,
    Pattern as Pattern,
    Reason as Reason,
    Route as Route,
    Rule as Rule,
    Said as Said,
    Severity as Severity,
    Silence as Silence,
    Thread as Thread,
)
from pipeline.domain.desk import (
    Acknowledgement as Acknowledgement,
    Correction as Correction,
    CorrectionState as CorrectionState,
    Judged as Judged,
    Person as Person,
    Verdict as Verdict,
)
from pipeline.domain.digests import (
    LANGUAGES as LANGUAGES,
    Cell as Cell,
    CellState as CellState,
    Citation as Citation,
    Column as Column,
    Digest as Digest,
    Image as Image,
    Imprint as Imprint,
    Item as Item,
    Matrix as Matrix,
    Occasion as Occasion,
    Point as Point,
    Reader as Reader,
    Rendered as Rendered,
    Review as Review,
    Section as Section,
    Standing as Standing,
)
from pipeline.domain.feeds import (
    Coverage as Coverage,
    Entry as Entry,
    Feed as Feed,
    FeedKind as FeedKind,
    FeedState as FeedState,
    Fetched as Fetched,
    Hearing as Hearing,
    Incident as Incident,
    IncidentKind as IncidentKind,
    Marks as Marks,
    Poll as Poll,
    PollOutcome as PollOutcome,
    Terms as Terms,
)
from pipeline.domain.labels import (
    Act as Act,
    Actor as Actor,
    Balance as Balance,
    ReportedShift as ReportedShift,
    Stance as Stance,
    Track as Track,
    Voice as Voice,
)
from pipeline.domain.mailing import (
    Answer as Answer,
    Choice as Choice,
    Circle as Circle,
    Edit as Edit,
    Edition as Edition,
    EditKind as EditKind,
    Handover as Handover,
    Letter as Letter,
    LetterKind as LetterKind,
    LetterState as LetterState,
    Receipt as Receipt,
    Subscriber as Subscriber,
    SubscriberState as SubscriberState,
)
from pipeline.domain.passes import (
    Delay as Delay,
    Pass as Pass,
    Waiting as Waiting,
    Workings as Workings,
)
from pipeline.domain.shifts import (
    Allegation as Allegation,
    Confusion as Confusion,
    Evidence as Evidence,
    Held as Held,
    Outlook as Outlook,
    Series as Series,
    Shift as Shift,
    ShiftKind as ShiftKind,
)
from pipeline.domain.stories import (
    Alteration as Alteration,
    AlterationKind as AlterationKind,
    Article as Article,
    Gloss as Gloss,
    Link as Link,
    LinkKind as LinkKind,
    Owner as Owner,
    Position as Position,
    Source as Source,
    Tag as Tag,
    TaggedArticle as TaggedArticle,
    Text as Text,
)


class RefusalError(RuntimeError):
    """Something a person has to mend: the message names the file, row or place, and the mend."""
