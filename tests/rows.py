"""Every row of every table as it lies in a database, and invented rows of every table of any version."""

from datetime import UTC, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, DateTime, Float, Integer, LargeBinary, MetaData, Table, select

from pipeline.storage.database import Database
from tests.factories import NOW

TEXTS = ("政府、ウクライナへ供与", 'it\'s 100% "quoted"; --\n\t\\', "Україна – Київ 🇺🇦", "")


def reflected(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection)
    return found


def rows(url: str, *, but: tuple[str, ...] = ()) -> dict[str, list[dict[str, Any]]]:
    """Every row by table, in a stable order."""
    database = Database(url)
    try:
        with database.read() as connection:
            return {
                table.name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=repr)
                for table in reflected(connection).sorted_tables
                if table.name not in but
            }
    finally:
        database.close()


def fill(connection: Connection, number: int = 4) -> None:
    """Write rows of every table, each with a value of its own in every column; foreign keys fit."""
    for table in reflected(connection).sorted_tables:
        if table.name != "alembic_version":
            connection.execute(table.insert(), [_row(connection, table, n) for n in range(number)])


def _row(connection: Connection, table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(connection, column, number) for column in table.columns}


def _value(connection: Connection, column: Column[Any], number: int) -> Any:  # noqa: PLR0911 - one for each kind
    if column.nullable and number == 3:
        return None
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column
        return connection.scalars(select(target).order_by(target)).all()[number]
    length = getattr(column.type, "length", None)
    if isinstance(column.type, JSON):
        return {"of": column.name, "values": [number, TEXTS[number % 4], None, 0.1]}
    if isinstance(column.type, DateTime):
        at = NOW + timedelta(days=number, microseconds=number)
        return at if connection.dialect.name == "postgresql" else at.astimezone(UTC).replace(tzinfo=None)
    kinds: list[tuple[type, Any]] = [(Boolean, bool(number % 2)), (Float, number + 0.1), (Integer, number)]
    kinds.append((LargeBinary, TEXTS[number % 4].encode() + bytes([number, 0, 255])))
    for kind, value in kinds:
        if isinstance(column.type, kind):
            return value
    if length is not None and length < 16:
        return str(number)
    return f"{number}-{column.name}"[:length] if column.primary_key or length else f"{number} {TEXTS[number % 4]}"
