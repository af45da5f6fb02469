"""The whole error tree. A message says what, which, why and what next.

    ZhihengError
    ├── UsageError                 the call itself is wrong                        exit 2
    │   └── AccessRefused          a page or endpoint that is not for whoever asks
    ├── SourceError                a file or a row that was brought in             exit 3
    │   ├── FileUnreadable
    │   ├── ProfileInvalid
    │   └── PrintedTextUnreadable
    ├── UnitError                  a unit nobody knows, or two that don't compare  exit 3
    ├── RuleError                  the law as data                                 exit 4
    │   ├── RuleFileInvalid
    │   ├── RuleUnknown
    │   └── RuleNotInForce
    │       └── CalendarUnknown    the year's notice of holidays is not out
    ├── StoreError                 the workspace on disk                           exit 5
    │   └── NothingThereYet
    ├── StatisticsError            figures that cannot be computed                 exit 6
    ├── EngineError                a cluster that is missing, unreachable or lost  exit 7
    ├── DrawError                  a draw that anyone can compute again            exit 8
    │   ├── PlanInvalid            targets, terms or budget cannot be planned from
    │   ├── DrawInvalid            list, plan or inspectors cannot be drawn from
    │   ├── SeedInvalid            the public randomness does not hold
    │   ├── DrawTampered           a file is not what was committed or drawn
    │   └── AssignmentInfeasible   no assignment keeps all the constraints
    ├── FormError                  a sampling form, its task link or its custody   exit 9
    │   ├── FormRefused            the form has faults, or is another one already
    │   ├── LinkRefused            no valid task link, so no form is taken
    │   ├── HandoverRefused        custody does not allow this step
    │   └── ChainBroken            a record was altered after it was written
    ├── TriageRefused              a signal's state does not allow this step       exit 10
    └── RegisterError              cases, accounts and their audit                 exit 11
        ├── ActRefused             the procedure, the role or the state does not allow this act
        ├── Overtaken              somebody else changed the case in between
        ├── PartyInvalid           fields of an organisation, a site or a product that cannot be
        ├── UploadRefused          a file that is not what it is taken for
        ├── SignInRefused          no valid sign-in or token, or it lacks its second factor
        └── AuditBroken            an event was altered, removed or put elsewhere

Anything else that is raised is a bug and keeps its traceback.
"""


class ZhihengError(Exception):
    """An error written for the reader of the message."""

    exit_code = 1


class UsageError(ZhihengError):
    """The call itself cannot be understood."""

    exit_code = 2


class AccessRefused(UsageError):
    """What was asked for is not for whoever asks."""


class SourceError(ZhihengError):
    """A file or a row that was brought in cannot be used as it is."""

    exit_code = 3


class FileUnreadable(SourceError):
    """The file as a whole cannot be read."""


class ProfileInvalid(SourceError):
    """The profile that explains a source has a fault."""


class PrintedTextUnreadable(SourceError):
    """A printed result or limit cannot be read."""


class UnitError(ZhihengError):
    """A unit is unknown, or two units measure different kinds of quantity."""

    exit_code = 3


class RuleError(ZhihengError):
    """The law as data is faulty or silent."""

    exit_code = 4


class RuleFileInvalid(RuleError):
    """A law file breaks its own form; the message names file and line."""


class RuleUnknown(RuleError):
    """No rule has this key."""


class RuleNotInForce(RuleError):
    """The rule exists but has no value on this day."""


class CalendarUnknown(RuleNotInForce):
    """Whether a day is worked is not known, as the notice of its year is not out; the same sentence in Chinese is `zh`."""

    def __init__(self, year: int, last: int) -> None:
        super().__init__(
            f"working days: the holidays of {year} are not known, the last known year is {last}; enter its notice"
        )
        self.year = year
        self.zh = f"{year}年的放假安排尚未公布（已知至{last}年），不能推算工作日；公布后录入即可"


class StoreError(ZhihengError):
    """The workspace on disk cannot be used."""

    exit_code = 5


class NothingThereYet(StoreError):
    """The workspace is whole but does not hold this yet."""


class DrawUnknown(NothingThereYet):
    """No draw of this name was committed, or what is asked of it is not public yet."""


class DocumentUnknown(NothingThereYet):
    """No document with this code was issued here, or it is not for whoever asks."""


class StatisticsError(ZhihengError):
    """A figure cannot be computed from what was given."""

    exit_code = 6


class DrawError(ZhihengError):
    """A draw cannot be made, or was not made as it says."""

    exit_code = 8


class PlanInvalid(DrawError):
    """Targets, terms or budget have a fault; the message names row and remedy, and nothing was planned or drawn."""


class DrawInvalid(DrawError):
    """The list, the plan or the inspectors have a fault; the message names file and row, and nothing was drawn."""


class SeedInvalid(DrawError):
    """The public randomness is not the one that the plan names, or its proof does not hold."""


class DrawTampered(DrawError):
    """A file is not what was committed, revealed or drawn; the message names it."""


class AssignmentInfeasible(DrawError):
    """No assignment of inspectors keeps all constraints; the message says which one to relax."""


class EngineError(ZhihengError):
    """The engine that was asked for cannot be had, or was lost in the middle of its work."""

    exit_code = 7


class FormError(ZhihengError):
    """A sampling form, its task link or its custody."""

    exit_code = 9


class FormRefused(FormError):
    """The form has faults, or its number belongs to another form already; what was sent is kept with the reason."""


class LinkRefused(FormError):
    """There is no task link, or it is expired, revoked, altered or for another task."""


class HandoverRefused(FormError):
    """The custody of a sample does not allow this step; the message says which ones it allows."""


class ChainBroken(FormError):
    """A record that is linked by its digest to the one before is not what was written."""


class TriageRefused(ZhihengError):
    """The state of a signal does not allow this step, or something that the step needs is not given."""

    exit_code = 10


class RegisterError(ZhihengError):
    """The register cannot do what was asked of it."""

    exit_code = 11


class ActRefused(RegisterError):
    """The procedure, the role or the state of a case does not allow this act."""


class Overtaken(RegisterError):
    """Somebody else changed what this act was based on."""


class PartyInvalid(RegisterError):
    """Fields of an organisation, a site, a product, a scope or a certificate have faults; `faults` names each with its remedy."""

    def __init__(self, message: str, faults: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class UploadRefused(RegisterError):
    """A file is not of a kind that is taken, too large, or two things at once; the message says which."""


class SignInRefused(RegisterError):
    """Nobody is signed in, the token does not hold, or the second factor is missing."""


class AuditBroken(RegisterError):
    """The audit is not what was written."""
