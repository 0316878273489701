"""From a source's clock to the package's."""

from __future__ import annotations

from fractions import Fraction

from dcp.dataclass import dataclass


@dataclass(frozen=True)
class TimeMap:
    """zero: the time on the source's clock, in seconds, that is the package's 0. speed: seconds of the source
    that pass in one second of the package: 1001/1000 and 1000/1001 are what pull-down takes and gives,
    24/25 a film of 25 shown at 24.
    """

    zero: Fraction = Fraction(0)
    speed: Fraction = Fraction(1)

    def shown(self, seconds: Fraction) -> Fraction:
        """When, in seconds of the package, what the source has at `seconds` is presented."""
        return (seconds - self.zero) / self.speed

    def taken(self, seconds: Fraction) -> Fraction:
        """The source's time, in seconds, of the package's `seconds`."""
        return self.zero + seconds * self.speed


def timecode(seconds: Fraction) -> str:
    """A time for people to find a place by: `0:01:02.500`, hours, minutes, seconds to the thousandth."""
    sign = "-" if seconds < 0 else ""
    thousandths = round(abs(seconds) * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
