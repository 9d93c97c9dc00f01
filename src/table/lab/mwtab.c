/* mwTab, the text format of the Metabolomics Workbench: one line per metabolite between …_METABOLITE_DATA_START and
 * …_END, samples in the line "Samples", the unit in a line "MS_METABOLITE_DATA:UNITS".
 * Source: mwTab file specification 1.5 (2019). */
#include <string.h>

#include "base/memory.h"
#include "table/lab/records.h"

static bool holds(const VgField *field, const char *word)
{
    return memmem(field->text, field->length, word, strlen(word)) != NULL;
}

static bool ends(const VgField *field, const char *word)
{
    size_t n = strlen(word);
    return field->length >= n && memcmp(field->text + field->length - n, word, n) == 0;
}

typedef struct Block {
    size_t n; /* fields of the line of samples; 0 before it */
    size_t *sample;
    VgField unit;
} Block;

static VgStatus read_samples(VgLabBuilder *b, const VgFields *row, Block *block, size_t line,
                             VgError *error)
{
    block->n = row->n;
    while (block->n && row->field[block->n - 1].length == 0)
        block->n--; /* a tab at the end of the line */
    block->sample = vg_arena_alloc(b->arena, row->n, sizeof *block->sample);
    if (!block->sample)
        return vg_fail_memory(error);
    for (size_t i = 1; i < block->n; i++) {
        bool is_new;
        const VgField *name = &row->field[i];
        if (name->length == 0)
            return vg_fail_at(error, VG_INVALID_INPUT, b->path, line, "sample %zu has no name",
                              "download the file again", i);
        VG_TRY(vg_names_add(&b->sample, b->arena, name->text, name->length, line, &block->sample[i],
                            &is_new, error));
        if (!is_new && b->n == 0)
            return vg_fail_at(error, VG_INVALID_INPUT, b->path, line, "sample '%.*s' occurs twice",
                              "rename one of them", vg_field_shown(name), name->text);
    }
    return VG_OK;
}

static VgStatus read_metabolite(VgLabBuilder *b, const VgFields *row, const Block *block,
                                size_t line, VgError *error)
{
    const VgField *name = &row->field[0];
    size_t analyte, n = row->n;
    bool is_new;
    while (n > block->n && row->field[n - 1].length == 0)
        n--;
    if (name->length == 0 || n != block->n || n < 2)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, line,
                          "%zu fields where the samples have %zu, or no name",
                          "the file was cut or edited; download it again", n, block->n);
    VG_TRY(vg_names_add(&b->analyte, b->arena, name->text, name->length, line, &analyte, &is_new,
                        error));
    if (!is_new)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, line, "metabolite '%.*s' occurs twice",
                          "rename or remove one of them", vg_field_shown(name), name->text);
    VG_TRY(vg_lab_describe(b, analyte, NULL, &block->unit, line, error));
    for (size_t i = 1; i < n; i++)
        VG_TRY(vg_lab_put(b, block->sample[i], analyte, &row->field[i], NULL, NULL, NULL, line,
                          error));
    return VG_OK;
}

static VgStatus read_lines(VgLabBuilder *b, VgLines *lines, VgFields *fields, VgError *error)
{
    Block block = {0};
    bool inside = false, any = false;
    while (vg_lines_next(lines)) {
        VG_TRY(vg_fields_split(fields, lines, lines->begin, '\t', false, error));
        VgField *first = &fields->field[0];
        while (first->length && first->text[first->length - 1] == ' ')
            first->length--;
        if (!inside && holds(first, "METABOLITE_DATA:UNITS") && fields->n > 1) {
            block.unit = fields->field[1];
        } else if (!inside &&
                   (ends(first, "METABOLITE_DATA_START") || ends(first, "BINNED_DATA_START"))) {
            inside = any = true;
            block.n = 0;
        } else if (inside && (ends(first, "DATA_END"))) {
            inside = false;
        } else if (inside && block.n == 0) {
            VG_TRY(read_samples(b, fields, &block, lines->line, error));
        } else if (inside && !vg_field_is(first, "Factors")) {
            VG_TRY(read_metabolite(b, fields, &block, lines->line, error));
        }
    }
    if (inside)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, lines->line,
                          "ends inside its block of data", "the file was cut; download it again");
    if (!any || b->n == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "holds no metabolite data",
                          "give an mwTab file with MS_METABOLITE_DATA or NMR data");
    return VG_OK;
}

VgStatus vg_lab_read_mwtab(VgLabBuilder *b, VgLines *lines, VgError *error)
{
    /* a first pass counts fields: no record without a tab, and what is left out ends a line */
    size_t most = 0, widest = 0, rows = 0;
    for (VgLines look = *lines; vg_lines_next(&look); rows++) {
        size_t tabs = 0;
        for (const char *p = look.begin; p < look.end; p++)
            tabs += *p == '\t';
        widest = tabs > widest ? tabs : widest;
    }
    if (!vg_size_product(rows, widest, &most))
        return vg_fail_memory(error);
    b->format = VG_LAB_MWTAB;
    VG_TRY(vg_lab_begin(b, most < lines->source->size ? most : lines->source->size, error));
    VgFields fields = {.arena = b->arena};
    VgStatus status = read_lines(b, lines, &fields, error);
    vg_fields_free(&fields);
    return status;
}
