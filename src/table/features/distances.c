/* Distance matrices: square delimited text, or a QIIME 2 artifact of it. */
#include <vagus/distance_matrix.h>

#include <math.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "table/features/archive.h"
#include "table/features/text.h"

enum { MOST_SAMPLES = 100000 };

static VgStatus wrong_row(const VgDistanceMatrix *m, size_t line, const char *what, VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, m->path, line, "%s",
                      "a distance matrix has the samples in the first line and, in the same order, "
                      "in the first column",
                      what);
}

/* An empty first field, or one that names the column of ids, then the ids. */
static VgStatus read_header(VgArena *arena, VgDistanceMatrix *m, const VgFields *header,
                            size_t line, VgError *error)
{
    VgMap *map = vg_map_create(arena);
    m->n = header->n - 1;
    if (m->n < 2)
        return wrong_row(m, line, "fewer than two samples in the first line", error);
    if (m->n > MOST_SAMPLES)
        return wrong_row(m, line, "more than 100000 samples in the first line", error);
    m->sample_id = VG_NEW(arena, const char *, m->n);
    m->value = VG_NEW(arena, double, m->n *(m->n - 1) / 2);
    if (!map || !m->sample_id || !m->value)
        return vg_fail_memory(error);
    for (size_t i = 0; i < m->n; i++) {
        const VgField *id = &header->field[i + 1];
        if (id->length == 0)
            return wrong_row(m, line, "a sample without a name", error);
        int64_t index = vg_map_add(map, id->text, id->length);
        if (index < 0)
            return vg_fail_memory(error);
        if ((size_t)index < i)
            return vg_fail_at(error, VG_INVALID_INPUT, m->path, line, "sample '%.*s' occurs twice",
                              "rename one of them", vg_field_shown(id), id->text);
        m->sample_id[i] = vg_map_key(map, (size_t)index);
    }
    return VG_OK;
}

/* Row i: the values before the diagonal are compared with those of the rows before, the others kept. */
static VgStatus read_row(VgDistanceMatrix *m, const VgFields *row, size_t i, size_t line,
                         VgError *error)
{
    if (row->n != m->n + 1)
        return wrong_row(m, line, "not as many values as there are samples", error);
    if (!vg_field_is(&row->field[0], m->sample_id[i]))
        return vg_fail_at(error, VG_INVALID_INPUT, m->path, line,
                          "row '%.*s' where '%.80s' is expected",
                          "rows and columns need the same samples in the same order",
                          vg_field_shown(&row->field[0]), row->field[0].text, m->sample_id[i]);
    for (size_t j = 0; j < m->n; j++) {
        double value;
        const VgField *field = &row->field[j + 1];
        if (!vg_field_number(field, &value) || !(value >= 0))
            return vg_fail_at(error, VG_INVALID_INPUT, m->path, line,
                              "'%.*s' between '%.60s' and '%.60s' is no distance",
                              "distances are numbers, 0 or more", vg_field_shown(field),
                              field->text, m->sample_id[i], m->sample_id[j]);
        if (j == i && value != 0)
            return vg_fail_at(error, VG_INVALID_INPUT, m->path, line,
                              "sample '%.80s' has a distance of %g to itself",
                              "these may be similarities: take 1 minus them", m->sample_id[i],
                              value);
        size_t a = i < j ? i : j, b = i < j ? j : i;
        double *at = &m->value[a * m->n - a * (a + 1) / 2 + b - a - 1];
        if (j > i)
            *at = value;
        else if (j < i && fabs(*at - value) > 1e-9 * fmax(*at, value))
            return vg_fail_at(error, VG_INVALID_INPUT, m->path, line,
                              "'%.60s' to '%.60s' is %.9g here, %.9g the other way",
                              "distances are the same both ways", m->sample_id[i], m->sample_id[j],
                              value, *at);
    }
    return VG_OK;
}

static VgStatus read_rows(VgArena *arena, VgDistanceMatrix *m, VgLines *lines, VgFields *fields,
                          VgError *error)
{
    if (!vg_lines_next(lines))
        return vg_fail_at(error, VG_INVALID_INPUT, m->path, 0, "is empty",
                          "a distance matrix has one line per sample and a header");
    char delimiter = vg_delimiter_of(lines->begin, lines->end);
    VG_TRY(vg_fields_split(fields, lines, lines->begin, delimiter, true, error));
    VG_TRY(read_header(arena, m, fields, lines->line, error));
    size_t rows = 0;
    for (; vg_lines_next(lines); rows++) {
        if (rows == m->n)
            return wrong_row(m, lines->line, "more rows than columns", error);
        VG_TRY(vg_fields_split(fields, lines, lines->begin, delimiter, true, error));
        VG_TRY(read_row(m, fields, rows, lines->line, error));
    }
    if (rows < m->n)
        return wrong_row(m, lines->line, "fewer rows than columns: the file was cut", error);
    return VG_OK;
}

static VgStatus read_text(VgArena *arena, VgDistanceMatrix *m, VgSource *source, VgError *error)
{
    VgLines lines;
    VgFields fields = {.arena = arena};
    VG_TRY(vg_lines_open(&lines, m->path, source, error));
    VgStatus status = read_rows(arena, m, &lines, &fields, error);
    vg_fields_free(&fields);
    memcpy(m->sha256, source->sha256, sizeof m->sha256);
    return status;
}

VgStatus vg_distance_matrix_read(VgArena *arena, const char *path, VgDistanceMatrix **matrix,
                                 VgError *error)
{
    VgDistanceMatrix *m = VG_NEW(arena, VgDistanceMatrix, 1);
    if (!m)
        return vg_fail_memory(error);
    m->path = vg_arena_strdup(arena, path);
    if (!m->path)
        return vg_fail_memory(error);
    VgSource source, part;
    VG_TRY(vg_source_open(path, &source, error));
    VgStatus status;
    if (vg_is_zip(source.bytes, source.size)) {
        status =
            vg_artifact_part(path, &source, "DistanceMatrix", "distance-matrix.tsv", &part, error);
        if (status == VG_OK) {
            status = read_text(arena, m, &part, error);
            vg_source_close(&part);
        }
    } else {
        status = read_text(arena, m, &source, error);
    }
    vg_source_close(&source);
    *matrix = m;
    return status;
}
