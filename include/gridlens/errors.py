"""Everything that gridlens raises on purpose, in two branches.

::

    GridlensError
    ├── Transient             trying again may help
    │   ├── SourceUnavailable     a source does not answer, or a file is still being written
    │   ├── WarehouseBusy         another writer holds the warehouse for longer than we wait
    │   ├── DiskFull              a disk has no room for what is to be written
    │   ├── PublishFailed         the published file cannot be written, as on a full disk
    │   └── SendingFailed         nobody could be told of alerts: the mail server or webhook is away
    └── Permanent             a person must act
        ├── SettingsError         a setting, argument or configuration file is wrong
        ├── SourceRejected        a source answered with something that is not what it promised
        ├── SourceRefused         a source does not let us in, or is not who it should be
        ├── FieldMapError         a field map names a column or a form that does not exist
        ├── ContractBroken        a slice breaks its quality contract; nothing was loaded
        ├── SliceError            a slice on disk is missing, torn or altered
        ├── WarehouseDamaged      a file of the warehouse is missing, torn or altered
        ├── ModelError            a SQL model's header or text is wrong
        ├── InputError            a file given to a command lacks a column, or repeats a key
        ├── SnapshotBroken        a generator's snapshot is torn, altered, or of another format
        ├── Unsettled             some days cannot be settled without a person
        └── NotFound              the thing asked for is not in the warehouse

Every message says what, where, and the next step. A class takes its whole message, so that
an error survives pickling on its way between processes.
"""


class GridlensError(Exception):
    """Root of all errors that gridlens raises on purpose."""


class Transient(GridlensError):
    """Trying again may help."""


class SourceUnavailable(Transient):
    """A source does not answer, or a file is still being written."""


class WarehouseBusy(Transient):
    """Another writer holds the warehouse for longer than we wait."""


class DiskFull(Transient):
    """A disk has no room for what is to be written."""


class PublishFailed(Transient):
    """The published file cannot be written, as on a full disk."""


class SendingFailed(Transient):
    """Nobody could be told of alerts: the mail server or the webhook is away."""


class Permanent(GridlensError):
    """A person must act; trying again gives the same result."""


class SettingsError(Permanent):
    """A setting, argument or configuration file is wrong."""


class SourceRejected(Permanent):
    """A source answered with something that is not what it promised."""


class SourceRefused(Permanent):
    """A source does not let us in (login, token), or its certificate does not prove who it is."""


class FieldMapError(Permanent):
    """A field map names a column or a form that does not exist."""


class ContractBroken(Permanent):
    """A slice breaks its quality contract; nothing was loaded."""


class SliceError(Permanent):
    """A slice on disk is missing, torn or altered."""


class WarehouseDamaged(Permanent):
    """A file of the warehouse is missing, torn or altered."""


class ModelError(Permanent):
    """A SQL model's header or text is wrong."""


class InputError(Permanent):
    """A file given to a command lacks a column, or repeats a key."""


class SnapshotBroken(Permanent):
    """A generator's snapshot is torn, altered, or of another format; nothing of it is read."""


class Unsettled(Permanent):
    """Some days cannot be settled without a person; all others are."""


class NotFound(Permanent):
    """The thing asked for is not in the warehouse."""
