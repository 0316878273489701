"""Milliseconds to lay out and draw an average cue, an unchanged one, and to mix it into a 2K picture.

    python benchmarks/bench_text_layout.py

An average cue: two lines of some 30 signs with a border. Allowed are 15 ms a new cue, and 0 an unchanged one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from dcp.text.fonts import fonts_for
from dcp.text.layout.breaking import broken
from dcp.text.layout.burning import burn
from dcp.text.layout.overlay import laid_out
from dcp.text.values import Cue, Line, Place, Run, Style

SIZES = {"2K": (1998, 1080), "4K": (3996, 2160)}
ALLOWED, UNCHANGED = 15.0, 0.2
TEXTS = {
    "en": ("Where are we going today, and", "who said that it was too late? {}"),
    "zh-Hans": ("我们今天去哪里？谁说的", "现在已经太晚了，{}？"),
    "ja": ("今日はどこへ行きますか、そして", "誰がもう遅いと言ったのですか{}"),
    "ar": ("إلى أين نذهب اليوم ومن الذي", "قال إن الوقت قد فات {}؟"),
    "th": ("วันนี้เราจะไปที่ไหนกัน และ", "ใครบอกว่ามันสายเกินไปแล้ว {}"),
    "hi": ("आज हम कहाँ जा रहे हैं और", "किसने कहा कि बहुत देर हो गई {}"),
}
CUES = 20


def cue(lines: tuple[str, str], number: int) -> Cue:
    style = Style(effect="border")
    content = tuple(
        Line((Run(words.format(number), style),), Place(valign="bottom", vposition=place))
        for words, place in zip(lines, (14.6, 8.0), strict=True)
    )
    return Cue(Fraction(number), Fraction(number + 1), content)


def milliseconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1000


def main() -> int:
    slow = 0
    for name, size in SIZES.items():
        planes = list(np.full((3, size[1], size[0]), 1500, np.int32))
        for language, lines in TEXTS.items():
            cues = [cue(lines, number) for number in range(CUES)]
            fonts, _ = fonts_for(cues, language=language)
            milliseconds(lambda: laid_out(cue(lines, -1), size, fonts=fonts))  # noqa: B023 - at once
            new = [milliseconds(lambda: laid_out(each, size, fonts=fonts)) for each in cues]  # noqa: B023
            last = laid_out(cues[-1], size, fonts=fonts)
            same = milliseconds(lambda: [laid_out(cues[-1], size, fonts=fonts) for _ in range(100)]) / 100  # noqa: B023
            mixed = milliseconds(lambda: burn(planes, last))  # noqa: B023
            mean = sum(new) / len(new)
            slow += (name == "2K" and mean > ALLOWED) + (same > UNCHANGED)
            found = f"new {mean:5.1f}  worst {max(new):5.1f}  same {same:.3f}  mixed {mixed:4.1f} ms"
            print(f"{name} {language:8} {found}")
    words = ("The quick brown fox jumps over the lazy dog again and again. " * 5)[:300]
    long = Cue(Fraction(0), Fraction(1), (Line((Run(words),)),))
    fonts, _ = fonts_for([long], language="en")
    taken = milliseconds(lambda: broken(long, SIZES["2K"], fonts=fonts))
    print(f"300 signs in one line, broken: {taken:.1f} ms")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
