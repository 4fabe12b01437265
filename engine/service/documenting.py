"""The project as pages to read: what each playbook does, what fields mean, and the texts that are sent."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..catalog.model import LEDGER_ENTITIES, Catalog, Entity, Project
from ..document import name_of
from ..playbook.loader import Loaded, load
from ..playbook.model import Playbook
from .handbook import in_words

if TYPE_CHECKING:
    from jinja2 import Environment

MARK = "playcall-docs"  # what stands in the first line of our index: such a folder may be written anew

# Folders whose files are shown as they are written, with what they are called.
WRITTEN = {
    "surveys": "Surveys",
    "pricebooks": "Price books",
    "plans": "Success plans",
    "reports": "Reports",
    "templates": "Templates",
}


@frozen
class FieldText:
    """A field in words: ``origin`` is where it is read from, or the expression that gives it."""

    name: str
    type: str
    origin: str
    describe: str
    derived: bool


@frozen
class WrittenText:
    """The files of a folder as they are written, by path, and the page that shows them."""

    title: str
    page: str
    files: Mapping[str, str]


@frozen
class EntityText:
    """An entity in words; ``steps`` and ``relations`` lead to others (name → entity)."""

    name: str
    key: str
    tables: Sequence[str]
    fields: Sequence[FieldText]
    steps: Mapping[str, str]
    relations: Mapping[str, str]


def document(root: Path, env: str | None, out: Path) -> int:
    """Writes the pages of a project into ``out`` and gives the number of files. What an earlier call left
    there is replaced as a whole. Raises ``CheckError`` for a project with mistakes, ``PlaycallError`` for a
    folder that holds something else or cannot be written."""
    loaded = load(root, env)
    project, catalog, playbooks = loaded.checked()
    pages = dict(_pages(loaded, project, catalog, playbooks))
    _refuse_others(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
            made = Path(folder) / "pages"
            for name, text in pages.items():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                (made / name).write_text(text, encoding="utf-8")
            if out.exists():
                shutil.rmtree(out)
            made.rename(out)
    except OSError as error:
        raise PlaycallError(f"cannot write {out}: {error.strerror or error}") from None
    return len(pages)


def _refuse_others(out: Path) -> None:
    if out.is_dir() and not any(out.iterdir()):
        return
    index = out / "index.html"
    ours = index.is_file() and MARK in index.read_text("utf-8", "replace")[:200]
    if out.exists() and not ours:
        raise PlaycallError(f"{out} holds something else; name an empty folder, or one of earlier `docs`")


def _pages(
    loaded: Loaded, project: Project, catalog: Catalog, playbooks: Mapping[str, Playbook]
) -> Iterator[tuple[str, str]]:
    """Every page: its path below the folder, and its text."""
    entities = {name: _entity(one) for name, one in catalog.entities.items() if name not in LEDGER_ENTITIES}
    texts = [text for text in (_written(loaded, *one) for one in WRITTEN.items()) if text.files]
    environment = _environment()
    show = partial(_render, environment, project=project.name, mark=MARK)
    yield "index.html", show("index.html", up="", books=playbooks.values(), entities=entities, texts=texts)
    yield "style.css", _render(environment, "style.css")
    for name, book in playbooks.items():
        yield f"playbooks/{name}.html", show("playbook.html", up="../", book=in_words(book))
    for name, entity in entities.items():
        yield f"entities/{name}.html", show("entity.html", up="../", entity=entity, known=entities)
    for text in texts:
        yield text.page, show("texts.html", up="", text=text)


def _written(loaded: Loaded, folder: str, title: str) -> WrittenText:
    root = loaded.opened.files.root
    paths = sorted(path for path in (root / folder).rglob("*") if path.suffix in (".yaml", ".md"))
    files = {name_of(root, path): path.read_text("utf-8", "replace") for path in paths}
    return WrittenText(title, f"{title.lower().replace(' ', '-')}.html", files)


def _entity(entity: Entity) -> EntityText:
    return EntityText(
        entity.name,
        ", ".join(entity.key),
        [table.name for table in entity.tables],
        list(_fields(entity)),
        {name: step.entity for name, step in entity.type.to_one.items()},
        {name: relation.entity for name, relation in entity.type.to_many.items()},
    )


def _fields(entity: Entity) -> Iterator[FieldText]:
    for name, field in entity.type.fields.items():
        type_ = " | ".join(field.type.values) if field.type.values else str(field.type)
        describe = field.describe + (f" ({field.unit})" if field.unit else "")
        stored, derived = entity.fields.get(name), entity.derived.get(name)
        if derived is not None:
            yield FieldText(name, type_, derived.checked.source.text, describe, True)
        else:
            columns = stored.columns if stored is not None else ()
            origin = ", ".join(f"{entity.tables[table].name}.{column}" for table, column in columns)
            yield FieldText(name, type_, origin, describe, False)


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("playcall.engine.service", "pages")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _render(environment: Environment, page: str, **values: Any) -> str:
    return environment.get_template(page).render(values)
