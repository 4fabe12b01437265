"""Keys of several fields are told apart whatever their values are."""

from __future__ import annotations

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from playcall.engine.keys import join_key, key_sql, split_key

parts = st.lists(st.text(alphabet="ab/%25F", max_size=4), min_size=1, max_size=3)


@given(parts)
def test_a_key_comes_apart_as_it_was_joined(given: list[str]) -> None:
    assert split_key(join_key(given), len(given)) == given


@given(st.lists(parts, min_size=2, max_size=6))
def test_no_two_keys_are_the_same_text(keys: list[list[str]]) -> None:
    several = {tuple(key) for key in keys if len(key) == 2}
    assert len({join_key(key) for key in several}) == len(several)


def test_the_database_joins_them_alike() -> None:
    rows = [("a/b", "c"), ("a", "b/c"), ("50%", "%2F"), ("", "x")]
    with duckdb.connect() as connection:
        for row in rows:
            [(found,)] = connection.execute(
                f"select {key_sql(['$1::VARCHAR', '$2::VARCHAR'])}", row
            ).fetchall()
            assert found == join_key(row)
        assert connection.execute(
            f"select {key_sql(['NULL::VARCHAR', chr(39) + 'x' + chr(39)])}"
        ).fetchall() == [(None,)]
