"""e2fsprogs, which makes a file system, judges it, reads it back: three programs, none of which needs root.

They are given the image or drive as a descriptor that is open here already, files by the numbers of their
inodes, an environment of their own and no shell: no path and no name of a package is ever a word of theirs.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.extras import ExtraMissingError
from dcp.patterns import pattern
from dcp.rework.drive.ext import BLOCK, FEATURES, INODE, Fs
from dcp.system import WINDOWS

NAMES = ("mke2fs", "e2fsck", "debugfs")
FOLDERS = (
    "/usr/sbin",
    "/sbin",
    "/usr/local/sbin",
    "/opt/homebrew/opt/e2fsprogs/sbin",
    "/usr/local/opt/e2fsprogs/sbin",
)
"""Where they stand beside what PATH names: a user's has often no sbin, Homebrew links none."""

_READ = 4 * 1024 * 1024
_MOST_SAID = 300  # characters of what a program complains of
_BANNER = pattern(rb"debugfs \d")
_LISTED = pattern(rb"/(\d+)/(\d{6})/(\d+)/(\d+)/([^/\n]+)/(\d*)/")

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Listed:
    """An entry of a directory, as debugfs reads it. mode: with the kind. size: None of a directory."""

    inode: int
    mode: int
    owner: int
    group: int
    size: int | None


def find() -> Mapping[str, str]:
    """The programs by their names. ExtraMissingError when one is not here."""
    found = look()
    for name in NAMES:
        if name not in found:
            raise ExtraMissingError("disk.no-e2fsprogs", name=name)
    return found


def look() -> dict[str, str]:
    """Those of the programs that are here."""
    if WINDOWS:
        return {}
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *FOLDERS))
    found = {name: shutil.which(name, path=path) for name in NAMES}
    return {name: place for name, place in found.items() if place is not None}


def version(mke2fs: str) -> str | None:
    """What the program says its version is."""
    done = subprocess.run([mke2fs, "-V"], capture_output=True, env=_environment(), check=False)
    said = re.search(rb"mke2fs (\d[\w.-]*)", done.stderr)
    return said[1].decode() if said else None


def make(
    tools: Mapping[str, str], descriptor: int, *, fs: Fs, offset: int, blocks: int, inodes: int, label: str,
    journal: int,
) -> None:  # fmt: skip
    """Make an empty file system in a part of an image or drive. journal: its MiB. DcpError when it fails.

    All that counts is told, so that the machine's mke2fs.conf has no say; no block is kept back, and
    nothing is left for a kernel to do at the first mount.
    """
    extended = f"offset={offset},nodiscard,lazy_itable_init=0"
    if fs == "ext3":
        extended += ",lazy_journal_init=0"
    done = _run(
        tools["mke2fs"],
        ["-q", "-F", "-t", "ext2", "-O", ",".join(("none", *FEATURES[fs]))]
        + ["-b", str(BLOCK), "-I", str(INODE), "-m", "0", "-N", str(inodes), "-L", label, "-E", extended]
        + (["-J", f"size={journal}"] if fs == "ext3" else [])
        + [f"/dev/fd/{descriptor}", str(blocks)],
        descriptor,
    )  # fmt: skip
    if done.returncode:
        raise DcpError("disk.program-failed", name="mke2fs", said=_said(done.stderr))


def check(tools: Mapping[str, str], descriptor: int, *, offset: int) -> None:
    """DcpError when the file system is not whole. It is only read."""
    done = _run(tools["e2fsck"], ["-f", "-n", f"/dev/fd/{descriptor}?offset={offset}"], descriptor)
    if done.returncode:
        raise DcpError("disk.not-clean", said=_said(done.stdout + done.stderr))


def list_folders(
    tools: Mapping[str, str], descriptor: int, folders: Sequence[int], *, offset: int
) -> list[dict[bytes, Listed]]:
    """What directories hold but `.` and `..`, each by its inode: names as bytes. DcpError when one cannot be
    read."""
    arguments = _reading(descriptor, offset)
    script = "".join(f"ls -p <{inode}>\n" for inode in folders)
    done = _run(tools["debugfs"], arguments, descriptor, script=script.encode())
    parts = re.split(rb"^debugfs: ls -p <(\d+)>\n", done.stdout, flags=re.MULTILINE)
    if [int(inode) for inode in parts[1::2]] != list(folders):
        raise DcpError("disk.program-failed", name="debugfs", said=_said(done.stderr))
    return [
        {
            entry[5]: Listed(
                int(entry[1]),
                int(entry[2], 8),
                int(entry[3]),
                int(entry[4]),
                int(entry[6]) if entry[6] else None,
            )
            for entry in _LISTED.finditer(part)
            if entry[5] not in (b".", b"..")
        }
        for part in parts[2::2]
    ]


def hash_files(
    tools: Mapping[str, str], descriptor: int, files: Iterable[tuple[int, int]], *, offset: int, direct: bool,
    advance: Advance,
) -> tuple[list[bytes], str]:  # fmt: skip
    """The SHA-1 of files, given by inode and size, as debugfs reads them one after the other; and what it
    complained of.

    direct: past the system's cache (O_DIRECT). Fewer hashes than files when reading ended before.
    """
    files = list(files)
    found = []
    with tempfile.TemporaryFile() as script, tempfile.TemporaryFile() as said:
        script.write(b"".join(b"cat <%d>\n" % inode for inode, _ in files))
        script.seek(0)
        program = subprocess.Popen(
            [tools["debugfs"], *(["-D"] if direct else []), *_reading(descriptor, offset)],
            stdin=script,
            stdout=subprocess.PIPE,
            stderr=said,
            env=_environment(),
            pass_fds=(descriptor,),
        )
        try:
            assert program.stdout is not None
            for inode, size in files:
                if program.stdout.readline(64) != b"debugfs: cat <%d>\n" % inode:
                    break
                digest = _hash(program.stdout, size, advance)
                if digest is None:
                    break
                found.append(digest)
            if len(found) == len(files) and program.stdout.read(1):
                found.pop()  # the last file was longer than it should be
        finally:
            program.kill()
            program.wait()
            if program.stdout is not None:
                program.stdout.close()
        said.seek(0)
        lines = said.read(_READ).splitlines()
    return found, _said(b"\n".join(line for line in lines if not _BANNER.match(line)))


def _hash(stream: IO[bytes], size: int, advance: Advance) -> bytes | None:
    digest = hashlib.sha1()
    while size:
        data = stream.read(min(size, _READ))
        if not data:
            return None
        digest.update(data)
        size -= len(data)
        advance(len(data))
    return digest.digest()


# --- how they are run -----


def _reading(descriptor: int, offset: int) -> list[str]:
    """debugfs to read only (`-c`: bitmaps are of no use for that), its requests from standard input."""
    return ["-c", "-f", "-", f"/dev/fd/{descriptor}?offset={offset}"]


def _run(
    program: str, arguments: Sequence[str], descriptor: int, *, script: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [program, *arguments],
        input=script,
        capture_output=True,
        env=_environment(),
        pass_fds=(descriptor,),
        check=False,
    )


def _environment() -> dict[str, str]:
    """No settings of this machine or user: mke2fs.conf, translations, pagers, times that are faked."""
    kept = {"TMPDIR": os.environ["TMPDIR"]} if "TMPDIR" in os.environ else {}
    return {
        **kept,
        "PATH": os.pathsep.join(("/usr/bin", "/bin", *FOLDERS)),
        "LC_ALL": "C",
        "MKE2FS_CONFIG": os.devnull,
        "E2FSCK_CONFIG": os.devnull,
        "DEBUGFS_PAGER": "__none__",
    }


def _said(output: bytes) -> str:
    """The last line that says something, for people; empty where none does."""
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:_MOST_SAID] if lines else ""
