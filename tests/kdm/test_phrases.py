"""Sentences inside values: English to scripts, spoken to people."""

from __future__ import annotations

import json
import pickle

from dcp.errors import DcpError
from kdm.phrases import Listed, Phrase, fault_of, phrase, remedy_of


class TestPhrase:
    def test_is_the_english_string_to_scripts_and_speaks_chinese_to_people(self) -> None:
        one = phrase("list.and-more", words=phrase("system.disk-full"), rest=2)
        assert one == "the disk is full and 2 more" and one.say("zh") == "磁盘已满等，另有 2 项"
        assert json.dumps([one]) == '["the disk is full and 2 more"]'

    def test_goes_from_process_to_process(self) -> None:
        again = pickle.loads(pickle.dumps(phrase("system.disk-full")))
        assert isinstance(again, Phrase) and again.say("zh") == "磁盘已满"

    def test_says_what_an_error_says(self) -> None:
        error = DcpError("error.internal", kind="ValueError")
        assert fault_of(error) == error.what and remedy_of(error) == error.remedy
        assert isinstance(said := remedy_of(error), Phrase) and said.say("zh") == error.say_remedy("zh")
        assert (fault_of(DcpError("a b")), remedy_of(DcpError("a b"))) == ("a b", "")
        assert remedy_of(DcpError("a b", remedy=error)) == error.remedy

    def test_several_things_are_counted_beyond_a_few(self) -> None:
        assert Listed("abc", most=2).say() == "a, b and 1 more"
        assert Listed("abc", most=2).say("zh") == "a、b等，另有 1 项"
        assert Listed("ab").say() == "a, b"
