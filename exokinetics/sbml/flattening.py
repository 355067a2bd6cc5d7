"""Models composed of submodels (the package `comp`) written out as one flat model, by libSBML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from exokinetics.errors import Issue, WrongInput, did_you_mean
from exokinetics.sbml.binding import libsbml
from exokinetics.sbml.companions import companions, sources
from exokinetics.sbml.scanning import prepared

# submodels that hold two submodels each, and so on, would fill the memory when written out
MAX_ELEMENTS = 200_000
MAX_SUBMODELS = 2_000  # the time that libSBML takes grows with their square
MAX_DEPTH = 50

Name = tuple[str, str]  # the file ("" for the main one) and the id of a model in it ("" for the model of the file)


def outside_texts(text: str, file: str) -> tuple[dict[str, str], list[Issue]]:
    """The texts of the files that this one takes models from, each checked as the text itself was."""
    if not file and (named := sources(text)):
        message = f"a model is taken from '{named[0]}', beside a text that has no folder; load the file by its path"
        return {}, [Issue(file, "comp", message)]
    try:
        found = companions(text, Path(file).parent)
    except WrongInput as error:
        return {}, [Issue(file, "comp", str(error))]
    scanned = {name: prepared(given, str(Path(file).parent / name)) for name, given in found.items()}
    issues = [issue for _, faults, _ in scanned.values() for issue in faults]
    return {name: made for name, (made, _, _) in scanned.items()}, issues


def boundless(document: Any, texts: Mapping[str, str], file: str) -> list[Issue]:
    """The issue of a model that holds itself, or that is too large with all its submodels written out.

    `texts` are those of the other files that it takes models from. libSBML would not notice before it is too late.
    """
    if document.getPlugin("comp") is None or document.getModel() is None:
        return []
    documents = {"": document} | {name: libsbml().readSBMLFromString(text) for name, text in texts.items()}
    try:
        total, submodels = _Sizes(documents).of(("", ""))
    except WrongInput as error:
        return [Issue(file, "comp", str(error))]
    if total > MAX_ELEMENTS:
        return [Issue(file, "comp", f"written out, it has {total} elements; at most {MAX_ELEMENTS} are read")]
    if submodels > MAX_SUBMODELS:
        return [Issue(file, "comp", f"written out, it has {submodels} submodels; at most {MAX_SUBMODELS} are read")]
    return []


def flatten(document: Any, file: str) -> list[Issue]:
    """Replace the model of a document by the flat one, ids joined by two underscores; the issue that forbids it.

    Nothing happens to a document without `comp`.
    """
    if document.getPlugin("comp") is None:
        return []
    library = libsbml()
    options = library.ConversionProperties()
    for name in ("performValidation", "leavePorts"):
        options.addOption(name, False)
    options.addOption("flatten comp", True)
    before = document.getNumErrors()
    if document.convert(options) == library.LIBSBML_OPERATION_SUCCESS and document.getPlugin("comp") is None:
        return []
    said = [" ".join(document.getError(index).getMessage().split()) for index in range(before, document.getNumErrors())]
    reason = f": {said[0]}" if said else ""
    return [Issue(file, "comp", f"libSBML could not write the submodels out as one model{reason}")]


class _Sizes:
    """The numbers of elements and of submodels of models written out; `WrongInput` for circles and missing models."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self._documents = documents
        self._known: dict[Name, tuple[int, int]] = {}
        self._open: list[Name] = []

    def of(self, name: Name) -> tuple[int, int]:
        if name in self._known:
            return self._known[name]
        if name in self._open:
            circle = " -> ".join(own or file or "the model" for file, own in [*self._open, name])
            raise WrongInput(f"a model holds itself as a submodel ({circle}); break the circle")
        if len(self._open) == MAX_DEPTH:
            raise WrongInput(f"submodels stand more than {MAX_DEPTH} deep inside each other; simplify the file")
        self._open.append(name)
        model = self._model(name)
        if isinstance(model, tuple):
            total = self.of(model)
        else:
            inside = [self.of((name[0], one.getModelRef())) for one in _submodels(model)]
            elements = int(model.getListOfAllElements().getSize()) + sum(number for number, _ in inside)
            total = elements, len(inside) + sum(number for _, number in inside)
        self._open.pop()
        self._known[name] = total
        return total

    def _model(self, name: Name) -> Any:
        """The model, or the name of the model of another file that it stands for."""
        file, own = name
        if file not in self._documents:
            raise WrongInput(f"'{file}', which a model is taken from, is not a file beside this one")
        document = self._documents[file]
        model = document.getModel()
        if model is None:
            raise WrongInput(f"'{file}', which a model is taken from, has no model")
        if own in ("", model.getIdAttribute()):
            return model
        plugin = document.getPlugin("comp")
        known: dict[str, Any] = {}
        if plugin is not None:
            for index in range(plugin.getNumModelDefinitions()):
                one = plugin.getModelDefinition(index)
                known[one.getIdAttribute()] = one
            for index in range(plugin.getNumExternalModelDefinitions()):
                one = plugin.getExternalModelDefinition(index)
                known[one.getIdAttribute()] = (one.getSource(), one.getModelRef())
        if own not in known:
            raise WrongInput(f"the model '{own}' of a submodel is not in the file{did_you_mean(own, known)}")
        return known[own]


def _submodels(model: Any) -> Iterator[Any]:
    plugin = model.getPlugin("comp")
    return (plugin.getSubmodel(index) for index in range(plugin.getNumSubmodels() if plugin is not None else 0))
