# For tests of the program: numbers of a --json answer against a witness. tests/support/cli.sh puts this folder on PYTHONPATH.
import json


def near(a, b, relative=1e-8):
    assert abs(a - b) <= relative * abs(b), (a, b)


def rows(name, quantity):
    return [row for row in json.load(open(name))["estimates"] if row["quantity"] == quantity]


def coefficient(name):
    return {row["term"]: row for row in rows(name, "coefficient")}
