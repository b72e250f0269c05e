"""The checkout compared with its commit, by the commit's own rules.

1. Every file of HEAD is read and hashed here: no index, no time stamp, no filter has a say.
2. What is ignored is said by the `.gitignore` files of HEAD, and by folders that keep all of
   themselves out of git: caches, environments, our own.
3. Git looks for untracked files in a repository made for the occasion, which has the objects and
   HEAD's tree and nothing else: `.git/config`, `.git/info`, hooks and the index stay outside.
4. An ignored file that Python would import is no ignored file.
5. Line ends may differ from the blob's only if HEAD's `.gitattributes` say `eol=crlf`.
6. Adopted releases (`core.adopted_paths`) are not looked at, neither in HEAD nor in the checkout:
   nothing is built from them, no import leads into them, and their ledger tells what is wrong with
   them. So a decision costs the same however many there are. A file, a link or a submodule in such
   a place is no adopted release and is named, and so is all else in `releases/`.
7. A symbolic link of HEAD that leads out of the files compared here (`checkout_links`) is named.
8. An ignored file that is read as configuration is no ignored file either.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from pipeline.core.adopted_paths import FOLDER, IGNORED, LEDGER, is_adopted
from pipeline.edges import checkout_links, git, git_tree, ignored
from pipeline.edges.files import disk_errors
from pipeline.edges.hashing import BUFFER
from pipeline.edges.threads import each

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LINK = "120000"
_SUBMODULE = "160000"
_EXECUTABLE = "100755"
_SHA1_HEX = 40
_CONFIG = "[core]\n\trepositoryformatversion = {}\n\tbare = false\n{}"
_ADOPTED = "\n".join((*IGNORED, "")).encode()
_SHA256 = "[extensions]\n\tobjectFormat = sha256\n"


class _File(NamedTuple):
    """A file of HEAD: mode, object id, name as bytes. There are many, and each decision lists them.

    Not a `Blob`: a name that is not portable is no reason to say nothing of the others.
    """

    mode: str
    object_id: str
    name: bytes


def is_clean(root: Path) -> list[str]:
    """Return what is dirty, sorted: changed, staged, removed, untracked, ignored but importable.

    Paths are relative to `root`; what needs a reason has it after the path, in brackets. Raises
    `EnvironmentFailedError` when git or the disk fail, and for a commit without a tree.
    """
    root = root.resolve()
    objects, commit = git.file_and_object(root, "objects", "HEAD^{commit}")
    found: set[str] = set(_odd_ledger(root))

    def staged() -> None:
        names = git.staged(root, commit)
        found.update(name for name in names if not is_adopted(name.encode()))

    def compared() -> None:
        with disk_errors("the folder for temporary files"), TemporaryDirectory() as folder:
            found.update(_compared(root, _Apart.make(root, Path(folder), objects, commit)))

    # where something is staged, git reads the whole index, adopted releases with it
    each(lambda look: look(), (compared, staged), threads=2)
    return sorted(found)


def _compared(root: Path, apart: _Apart) -> set[str]:
    """Return what differs, by all rules but that of the ledger."""
    files = apart.listed()
    tracked = {file.name for file in files}
    found = set(_changed(root, files, apart)).union(_leaving(root, files))
    rules = Path(apart.settings["GIT_DIR"]) / "rules"
    rules.write_bytes(ignored.rules(root, tracked.union(apart.left_out)) + _ADOPTED)
    return found | apart.others(rules, tracked)


def _odd_ledger(root: Path) -> list[str]:
    """Return the ledger's path if there is something else than a plain file (rule 6)."""
    name = f"{FOLDER}/{LEDGER}"
    with disk_errors(root), suppress(FileNotFoundError, NotADirectoryError):
        return [] if stat.S_ISREG(os.lstat(root / name).st_mode) else [name]
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Apart:
    """The repository of rule 3."""

    root: Path
    tree: str
    left_out: tuple[bytes, ...]
    """What HEAD has of adopted releases (rule 6)."""
    settings: dict[str, str]

    @classmethod
    def make(cls, root: Path, folder: Path, objects: Path, commit: str) -> _Apart:
        """Write it into an empty folder."""
        for name in ("objects", "refs"):
            (folder / name).mkdir()
        (folder / "HEAD").write_text("ref: refs/heads/none\n", "utf-8")
        sha1 = len(commit) == _SHA1_HEX
        config = _CONFIG.format(0, "") if sha1 else _CONFIG.format(1, _SHA256)
        (folder / "config").write_text(config, "utf-8")
        settings = {
            "GIT_DIR": str(folder),
            "GIT_INDEX_FILE": str(folder / "index"),
            "GIT_OBJECT_DIRECTORY": str(objects),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(folder / "objects"),
        }
        tree, left_out = git_tree.without_adopted(root, commit, folder / "objects")
        return cls(root=root, tree=tree, left_out=left_out, settings=settings)

    def listed(self) -> list[_File]:
        """Return the files of HEAD, and fill the index with them."""
        said: list[bytes] = []

        def ask(words: Sequence[str]) -> None:
            said.append(git.ask(self.root, *words, extra=self.settings))

        each(ask, [("read-tree", self.tree), ("ls-tree", "-rz", self.tree)], threads=2)
        files = []
        for entry in b"".join(said).split(b"\0")[:-1]:
            head, _, name = entry.partition(b"\t")
            mode, _, object_id = head.decode().split()
            files.append(_File(mode, object_id, name))
        return files

    def others(self, rules: Path, tracked: set[bytes]) -> set[str]:
        """Return what is untracked, and what is ignored though Python would import it."""
        listing = ("ls-files", "-z", "--others", f"--exclude-from={rules}")
        found: set[str] = set()

        def ask(more: Sequence[str]) -> None:
            names = git.ask(self.root, *listing, *more, extra=self.settings).split(b"\0")[:-1]
            if more:
                mine = (name for name in names if not is_adopted(name))
                found.update(ignored.importable(self.root, mine))
            else:
                found.update(shown(name) for name in names if name.rstrip(b"/") not in tracked)

        each(ask, [(), ("--ignored", "--directory")], threads=2)
        return found

    def with_crlf(self, names: Iterable[bytes]) -> set[bytes]:
        """Return those names to which HEAD's own attributes give `eol=crlf` (rule 5)."""
        arguments = ("check-attr", "--cached", "-z", "eol", "--", *map(os.fsdecode, names))
        said = git.ask(self.root, *arguments, extra=self.settings).split(b"\0")
        return {said[at] for at in range(0, len(said) - 2, 3) if said[at + 2] == b"crlf"}


def shown(name: bytes) -> str:
    """Return a name as it can be told."""
    return name.decode("utf-8", "replace")


def _changed(root: Path, files: Sequence[_File], apart: _Apart) -> list[str]:
    """Return the files of HEAD that are not in the working tree as HEAD has them."""
    place = os.fsencode(root)
    parents = {parent for file in files for parent in _parents(file.name)}
    with disk_errors(root):
        odd = {parent for parent in parents if not _is_folder(_at(place, parent))}
        differing = [
            file
            for file in files
            if odd.intersection(_parents(file.name)) or not _same(place, file)
        ]
        converted = [file for file in differing if _same_lines(place, file)]
    allowed = apart.with_crlf(file.name for file in converted) if converted else set()
    excused = {file.name for file in converted} & allowed
    return [shown(file.name) for file in differing if file.name not in excused]


def _leaving(root: Path, files: Sequence[_File]) -> list[str]:
    """Return the links that lead out of the files of HEAD (rule 7)."""
    place, links = os.fsencode(root), {}
    for file in files:
        if file.mode == _LINK:
            # what is no link here differs from HEAD, and is named for that
            with disk_errors(root), suppress(FileNotFoundError, NotADirectoryError):
                if stat.S_ISLNK(os.lstat(_at(place, file.name)).st_mode):
                    links[file.name] = os.readlink(_at(place, file.name))  # noqa: PTH115
    if not links:
        return []
    plain = {file.name for file in files if file.mode not in {_LINK, _SUBMODULE}}
    return [f"{shown(name)} {checkout_links.WHY}" for name in checkout_links.leaving(links, plain)]


def _at(place: bytes, name: bytes) -> bytes:
    return place + b"/" + name


def _parents(name: bytes) -> Iterable[bytes]:
    at = name.find(b"/")
    while at >= 0:
        yield name[:at]
        at = name.find(b"/", at + 1)


def _is_folder(path: bytes) -> bool:
    """Tell whether a folder is there, and no link to one."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _same(place: bytes, file: _File) -> bool:
    """Tell whether a file has HEAD's kind, mode and bytes; raises `OSError` as reading does."""
    path = _at(place, file.name)
    try:
        found = os.lstat(path)
        if file.mode == _SUBMODULE:
            return _same_submodule(Path(os.fsdecode(path)), file)
        if file.mode == _LINK:
            # as it is written: Path would tidy it
            return stat.S_ISLNK(found.st_mode) and _fits(file, [os.readlink(path)])  # noqa: PTH115
        executable = bool(found.st_mode & stat.S_IXUSR)
        if not stat.S_ISREG(found.st_mode) or executable != (file.mode == _EXECUTABLE):
            return False
        return _fits(file, _read(path), found.st_size)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _same_submodule(folder: Path, file: _File) -> bool:
    """Tell whether a submodule is not checked out, or is, cleanly, at the commit of HEAD."""
    if not folder.is_dir() or folder.is_symlink():
        return False
    if next(folder.iterdir(), None) is None:
        return True
    if not (folder / ".git").exists():
        return False
    return git.head_commit(folder) == file.object_id and not is_clean(folder)


def _read(path: bytes) -> Iterable[bytes]:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        while data := os.read(handle, BUFFER):
            yield data
    finally:
        os.close(handle)


def _fits(file: _File, parts: Iterable[bytes], size: int | None = None) -> bool:
    """Tell whether bytes have a blob's object id; a file needs its size told before it is read."""
    if size is None:
        parts = list(parts)
        size = sum(map(len, parts))
    algorithm = "sha1" if len(file.object_id) == _SHA1_HEX else "sha256"
    hashed = hashlib.new(algorithm, b"blob %d\0" % size, usedforsecurity=False)
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest() == file.object_id


def _same_lines(place: bytes, file: _File) -> bool:
    """Tell whether a file of HEAD's mode is its blob with CRLF for each LF."""
    path = _at(place, file.name)
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or file.mode in {_LINK, _SUBMODULE}:
            return False
        if bool(found.st_mode & stat.S_IXUSR) != (file.mode == _EXECUTABLE):
            return False
        data = b"".join(_read(path))
    except (FileNotFoundError, NotADirectoryError):
        return False
    plain = data.replace(b"\r\n", b"\n")
    return plain.replace(b"\n", b"\r\n") == data and _fits(file, [plain])
