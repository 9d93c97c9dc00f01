/* The tables of results.sqlite, and how datasets become tables of their own. */
#ifndef VG_REPORT_STORE_LAYOUT_H
#define VG_REPORT_STORE_LAYOUT_H

/* Kept in PRAGMA user_version; another number is another layout. */
enum { VG_STORE_LAYOUT = 1 };

static const char VG_STORE_SCHEMA[] =
    "CREATE TABLE run(vagus TEXT NOT NULL, command TEXT NOT NULL, seed TEXT NOT NULL, level REAL "
    "NOT NULL);"
    "CREATE TABLE argument(position INTEGER PRIMARY KEY, text TEXT NOT NULL);"
    "CREATE TABLE input(position INTEGER PRIMARY KEY, path TEXT, sha256 TEXT, rows INTEGER NOT "
    "NULL);"
    "CREATE TABLE estimate(position INTEGER PRIMARY KEY, analysis TEXT, quantity TEXT, term TEXT,"
    " outcome TEXT, visit TEXT, arm TEXT, reference TEXT, stratum TEXT, channel TEXT, feature TEXT,"
    " unit TEXT, note TEXT, estimate REAL, se REAL, df REAL, statistic REAL, p REAL, lower REAL,"
    " upper REAL, n REAL, q REAL);"
    "CREATE TABLE fact(position INTEGER PRIMARY KEY,"
    " section TEXT NOT NULL CHECK(section IN ('fit', 'diagnostics', 'study')), analysis TEXT,"
    " key TEXT NOT NULL, kind TEXT NOT NULL CHECK(kind IN ('number', 'text', 'bool')), number REAL,"
    " text TEXT);"
    "CREATE TABLE warning(position INTEGER PRIMARY KEY, text TEXT NOT NULL);"
    "CREATE TABLE dataset(id INTEGER PRIMARY KEY, name TEXT NOT NULL, analysis TEXT,"
    " in_table TEXT NOT NULL, n_rows INTEGER NOT NULL);"
    "CREATE TABLE dataset_column(dataset INTEGER NOT NULL REFERENCES dataset(id),"
    " position INTEGER NOT NULL, name TEXT NOT NULL, in_column TEXT NOT NULL,"
    " kind TEXT NOT NULL CHECK(kind IN ('number', 'text')), PRIMARY KEY(dataset, position));";

#endif
