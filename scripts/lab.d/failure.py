"""Why a command of the lab did not do what it says, and what it exits with (sysexits.h)."""

EX_USAGE = 64
EX_SOFTWARE = 70


class LabError(Exception):
    """Something the lab promises did not happen; the message says what."""

    exit_code = 1


class BuildFailed(LabError):
    """The announcer could not be built; its build has said why."""

    exit_code = EX_SOFTWARE
