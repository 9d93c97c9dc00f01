/* Delimited text in lines: what the readers of feature tables and laboratory exports share. */
#ifndef VG_TABLE_FEATURES_TEXT_H
#define VG_TABLE_FEATURES_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>

#include "table/source.h"

/* The lines of a source, blank ones left out. */
typedef struct VgLines {
    const char *path;
    const VgSource *source;
    const char *next;        /* where the next line begins */
    size_t next_line;        /* its number */
    const char *begin, *end; /* the current line without its end */
    size_t line;
    size_t released;
} VgLines;

/* Checks the whole text (UTF-8, no zero bytes; digest) and stands before its first line. */
VG_MUST_CHECK VgStatus vg_lines_open(VgLines *lines, const char *path, VgSource *source,
                                     VgError *error);
/* The next line that is not blank; false at the end. */
bool vg_lines_next(VgLines *lines);

typedef struct VgField {
    const char *text;
    size_t length;
} VgField;

/* Fields of the current line. */
typedef struct VgFields {
    VgField *field; /* malloc'ed */
    size_t n, capacity;
    VgArena *arena; /* of texts whose doubled quotes are undone */
} VgFields;

/* Splits [begin, end). With `quotes` by RFC 4180, blanks trimmed; a quoted field may not span lines. */
VG_MUST_CHECK VgStatus vg_fields_split(VgFields *fields, const VgLines *lines, const char *begin,
                                       char delimiter, bool quotes, VgError *error);
/* An empty field before the others. */
VG_MUST_CHECK VgStatus vg_fields_prepend(VgFields *fields, VgError *error);
void vg_fields_free(VgFields *fields);

/* The delimiter (tab, comma, semicolon) that the line holds most often, tab first. */
char vg_delimiter_of(const char *begin, const char *end);

/* A plain number; false for all else. */
bool vg_field_number(const VgField *field, double *value);
bool vg_field_is(const VgField *field, const char *word);
/* Without regard to case, blanks, '_', '-', '.'. */
bool vg_field_is_like(const VgField *field, const char *word);
/* For "%.*s": the length, at most 80. */
int vg_field_shown(const VgField *field);

/* "sample" from "folder/sample.kreport.gz": without folder and known endings. NULL when memory is short. */
const char *vg_sample_of_path(VgArena *arena, const char *path);

#endif
