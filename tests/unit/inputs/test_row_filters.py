"""Row filters that compare numbers."""

from __future__ import annotations

import pytest

from mrv.inputs.columns import TREE_COLUMNS
from mrv.inputs.table_source import RowCondition, TableSource
from mrv.inputs.tables import read_table

TABLE = "plot_id,species,dbh_cm,status,pom\n" + "".join(
    f"P1,Kandelia obovata,{dbh},live,breast_height\n" for dbh in ("4.9", "5", "5.1", "", "12")
)


def read(tmp_path, condition, text=TABLE, keep=True):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    word = "keep" if keep else "drop"
    source = TableSource.model_validate(
        {"file": "t.csv", "rows": [{word: {"column": "dbh_cm", **condition}, "reason": "size"}]}
    )
    return read_table(tmp_path / "t.csv", source, TREE_COLUMNS, lambda *key: f"mrv.yaml:{key}")


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ({"above": 5}, [5.1, 12]),
        ({"at_least": 5}, [5, 5.1, 12]),
        ({"below": 5}, [4.9]),
        ({"at_most": 5}, [4.9, 5]),
        ({"above": 4.9, "below": 12}, [5, 5.1]),
    ],
)
def test_bounds(tmp_path, condition, kept):
    table = read(tmp_path, condition)
    assert table.frame["dbh_cm"].to_list() == kept
    assert table.exclusions[0].rows == 5 - len(kept)


def test_a_missing_cell_is_not_below_anything(tmp_path):
    table = read(tmp_path, {"below": 100}, keep=False)
    assert table.frame["dbh_cm"].isna().to_list() == [True]


def test_a_word_cannot_be_compared(tmp_path):
    table = read(tmp_path, {"above": 5}, TABLE.replace("4.9", "thin"))
    (finding,) = [f for f in table.findings if f.rule == "row-filter-number"]
    assert finding.where == "t.csv:2:dbh_cm"


def test_a_condition_knows_whether_it_compares_numbers():
    assert RowCondition.model_validate({"column": "a", "above": 0}).bounded
    assert not RowCondition.model_validate({"column": "a", "is": "present"}).bounded
