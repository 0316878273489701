"""`--encrypt [KINDS]`: a flag that may have a value, as `create` and `rekey` take it."""

from __future__ import annotations

import click

ESSENCE = ("picture", "sound", "text", "aux")


class EncryptingCommand(click.Command):
    """`--encrypt` may have a value: the word behind it is one only if it lists kinds of essence."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        joined: list[str] = []
        words = iter(enumerate(args))
        for at, word in words:
            if word == "--":
                joined += args[at:]
                break
            if word != "--encrypt":
                joined.append(word)
                continue
            following = args[at + 1] if at + 1 < len(args) else ""
            if following and all(kind in ESSENCE for kind in following.split(",")):
                joined.append(f"--encrypt={following}")
                next(words)
            else:
                joined.append(f"--encrypt={','.join(ESSENCE)}")
        return super().parse_args(ctx, joined)
