/* vagus mediate: channels and reliabilities from tables, a marker a row. */
#include <string.h>
#include <sys/stat.h>

#include "cli/mediate.h"

bool vg_cli_is_a_file(const char *text)
{
    struct stat about;
    return text && !strchr(text, '=') && stat(text, &about) == 0;
}

static VgStatus read(VgSession *session, const char *path, const char *const *as_text, size_t n,
                     VgTable **table, VgError *error)
{
    VgTableOptions options = {.as_text = as_text, .n_as_text = n};
    return vg_table_read(session->arena, path, &options, table, error);
}

static size_t line_of(const VgTable *table, size_t row)
{
    return table->line ? table->line[row] : 0;
}

/* The text of a cell; a missing one is an error. */
static VgStatus word(VgSession *session, const VgTable *table, const VgColumn *column, size_t row,
                     const char **text, VgError *error)
{
    *text = NULL;
    if (!vg_column_is_missing(column, row)) {
        *text = vg_column_value_text(session->arena, column, row);
        return *text ? VG_OK : vg_fail_memory(error);
    }
    return vg_fail_at(error, VG_INVALID_INPUT, table->path, line_of(table, row), "no %s",
                      "every row names one", column->name);
}

/* ---- channels: channel, marker, sign ---- */

static VgStatus sign_of(const VgTable *table, const VgColumn *column, size_t row, double *sign,
                        VgError *error)
{
    static const char *const UP[] = {"1", "+1", "+"}, *const DOWN[] = {"-1", "-", "−1", "−"};
    *sign = 1;
    if (!column || vg_column_is_missing(column, row))
        return VG_OK;
    const char *text = column->code ? column->level[column->code[row]] : column->text[row];
    for (size_t k = 0; k < sizeof UP / sizeof *UP; k++)
        if (strcmp(text, UP[k]) == 0)
            return VG_OK;
    *sign = -1;
    for (size_t k = 0; k < sizeof DOWN / sizeof *DOWN; k++)
        if (strcmp(text, DOWN[k]) == 0)
            return VG_OK;
    return vg_fail_at(error, VG_INVALID_INPUT, table->path, line_of(table, row), "sign '%s'",
                      "1, or -1 for a marker that falls when its channel rises", text);
}

/* The channel of that name, made where it is new. */
static VgChannelColumns *channel_named(VgChannelColumns *channel, size_t *n, const char *name)
{
    for (size_t k = 0; k < *n; k++)
        if (strcmp(channel[k].name, name) == 0)
            return &channel[k];
    channel[*n].name = name;
    return &channel[(*n)++];
}

VgStatus vg_cli_channels_file(VgSession *session, const char *path, VgChannelsColumns *columns,
                              VgTable **table, VgError *error)
{
    static const char *const TEXT[] = {"channel", "marker", "sign"};
    const VgColumn *channel, *marker, *sign;
    VG_TRY(read(session, path, TEXT, 3, table, error));
    VG_TRY(vg_table_require(*table, "channel", &channel, error));
    VG_TRY(vg_table_require(*table, "marker", &marker, error));
    sign = vg_table_column(*table, "sign");
    size_t rows = (*table)->n_rows;
    VgChannelColumns *made = VG_NEW(session->arena, VgChannelColumns, rows + 1);
    if (!made)
        return vg_fail_memory(error);
    for (size_t i = 0; i < rows; i++) {
        const char *name, *text;
        VG_TRY(word(session, *table, channel, i, &name, error));
        VG_TRY(word(session, *table, marker, i, &text, error));
        VgChannelColumns *own = channel_named(made, &columns->n_channels, name);
        if (!own->marker) { /* room for all rows: files of markers are small */
            own->marker = VG_NEW(session->arena, const char *, rows);
            own->sign = VG_NEW(session->arena, double, rows);
        }
        if (!own->marker || !own->sign)
            return vg_fail_memory(error);
        ((const char **)(uintptr_t)own->marker)[own->n_markers] = text;
        VG_TRY(sign_of(*table, sign, i, (double *)(uintptr_t)own->sign + own->n_markers, error));
        own->n_markers++;
    }
    if (!rows)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "no channel in this table",
                          "a row for each marker: channel,marker,sign");
    columns->channel = made;
    return VG_OK;
}

/* ---- reliabilities: marker, reliability, lower, upper ---- */

static VgStatus number(const VgTable *table, const char *name, bool needed, size_t row,
                       double *value, VgError *error)
{
    const VgColumn *column = vg_table_column(table, name);
    *value = 0;
    bool missing = !column || vg_column_is_missing(column, row);
    if (missing && !needed)
        return VG_OK;
    if (missing || !column->number)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, line_of(table, row),
                          "%s is no number",
                          "write for example marker,reliability,lower,upper and "
                          "il6,0.7,0.6,0.8",
                          name);
    *value = column->number[row];
    return VG_OK;
}

VgStatus vg_cli_reliability_file(VgSession *session, const char *path,
                                 const VgReliabilityColumn **found, size_t *n, VgTable **table,
                                 VgError *error)
{
    static const char *const TEXT[] = {"marker"};
    const VgColumn *marker, *value;
    VG_TRY(read(session, path, TEXT, 1, table, error));
    VG_TRY(vg_table_require(*table, "marker", &marker, error));
    VG_TRY(vg_table_require(*table, "reliability", &value, error));
    VgReliabilityColumn *made = VG_NEW(session->arena, VgReliabilityColumn, (*table)->n_rows + 1);
    if (!made)
        return vg_fail_memory(error);
    for (size_t i = 0; i < (*table)->n_rows; i++) {
        VgMarkerReliability *r = &made[i].reliability;
        VG_TRY(word(session, *table, marker, i, &made[i].name, error));
        VG_TRY(number(*table, "reliability", true, i, &r->value, error));
        VG_TRY(number(*table, "lower", false, i, &r->lower, error));
        VG_TRY(number(*table, "upper", false, i, &r->upper, error));
    }
    if ((*table)->n_rows == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "no reliability in this table",
                          "a row for each marker: marker,reliability,lower,upper");
    *found = made;
    *n = (*table)->n_rows;
    return VG_OK;
}
