"""The sheet of a CSV file, an Excel workbook or a DataFrame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from exokinetics.errors import WrongInput
from exokinetics.fitting.own_data.delimited import delimited_rows
from exokinetics.fitting.own_data.sheet import MAX_COLUMNS, MAX_ROWS, Sheet, plain_text, sheet_of
from exokinetics.fitting.own_data.workbook import workbook_rows

if TYPE_CHECKING:
    import pandas

MAX_BYTES = 20_000_000


def read_sheet(table: str | Path | pandas.DataFrame, tab: str | None = None) -> Sheet:
    """The sheet of a CSV or Excel file, told by its content, or of a DataFrame; `tab` names the sheet of a workbook."""
    if not isinstance(table, (str, Path)):
        return _from_frame(table)
    path = Path(table)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise WrongInput(f"{path}: is larger than {MAX_BYTES // 1_000_000} MB; a table of measurements is smaller")
        content = path.read_bytes()
    except FileNotFoundError:
        raise WrongInput(f"{path}: there is no such file; give the path of a .csv or .xlsx file") from None
    except (OSError, ValueError) as error:
        raise WrongInput(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if content.startswith(b"PK"):
        return sheet_of(path.name, *workbook_rows(path, content, tab))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise WrongInput(f"{path}: is a workbook of the old kind (.xls); save it as .xlsx or .csv")
    if tab is not None:
        raise WrongInput(f"--sheet: {path} is no workbook, so it has no sheets; leave it out")
    return sheet_of(path.name, *delimited_rows(path.name, content))


def _from_frame(table: pandas.DataFrame) -> Sheet:
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        raise WrongInput(f"{type(table).__name__} is no table; give a path to a .csv or .xlsx file, or a DataFrame")
    if table.columns.nlevels > 1 or (table.index.nlevels > 1 and None in table.index.names):
        raise WrongInput("the DataFrame has headers of several levels; give it one header, such as 'pten [nM]'")
    if len(table) > MAX_ROWS or len(table.columns) > MAX_COLUMNS:
        raise WrongInput(
            f"the DataFrame has {len(table):,} rows and {len(table.columns)} columns; "
            f"at most {MAX_ROWS:,} and {MAX_COLUMNS} are read"
        )
    frame = table.reset_index() if any(name is not None for name in table.index.names) else table
    rows = [[plain_text(cell) for cell in row] for row in frame.itertuples(index=False, name=None)]
    return sheet_of("the DataFrame", [[str(name) for name in frame.columns], *rows])
