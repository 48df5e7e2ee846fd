"""Transactions of several statements, under the lock of the log: a paused server's are ended."""

import pytest
from sqlalchemy.exc import DBAPIError

from me_api.eventlog import postgresql_writer
from tests.writers.servers import Server, texts


def test_a_server_that_is_paused_under_the_lock_holds_up_others_for_two_seconds(
    a: Server, b: Server, database: str
) -> None:
    a.post("hej")
    connection = a._connection.connect()
    connection.exec_driver_sql(postgresql_writer._BEGIN)
    values = (a._node, a._timeline, a.published.epoch, 0)
    assert connection.exec_driver_sql(postgresql_writer._LOCK, values).one().state == "ok"
    # Nothing more comes from it. The other one waits for no longer than five seconds.
    b.post("meanwhile")
    with pytest.raises(DBAPIError):
        connection.exec_driver_sql("SELECT 1")
    a.disconnect()
    a.post("back")
    assert texts(database) == ["hej", "meanwhile", "back"]


@pytest.mark.parametrize(("newer", "expected"), [(0, "5s"), (1, "0")])
def test_a_timeout_of_the_whole_transaction_is_set_where_the_server_has_one(
    a: Server, newer: int, expected: str
) -> None:
    """Version 17 has `transaction_timeout`; shown with a setting that every version has."""
    connection = a._connection.connect()
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    assert "'transaction_timeout', '5s'" in postgresql_writer._BEGIN
    begin = postgresql_writer._BEGIN.replace("'transaction_timeout'", "'statement_timeout'")
    connection.exec_driver_sql(begin.replace("170000", str(version + newer)))
    assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == expected
    connection.exec_driver_sql("ROLLBACK")
