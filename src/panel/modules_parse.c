/* Module files in the dialect of omixer: records of steps, steps of alternatives, alternatives of subunits. */
#include <vagus/modules.h>

#include <stdint.h>
#include <string.h>

#include "base/map.h"

extern const unsigned char vg_modules_text[]; /* src/panel/modules.txt */
extern const size_t vg_modules_text_size;

const char *vg_modules_builtin(size_t *size)
{
    *size = vg_modules_text_size;
    return (const char *)vg_modules_text;
}

/* A record is open between its first line and `///`. */
typedef struct Reader {
    VgArena *arena;
    const char *path;
    VgModuleSet *set;
    VgMap *gene, *id;
    bool open;
    size_t line;
    VgError *error;
} Reader;

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static VgStatus wrong(const Reader *reader, const char *message, const char *hint)
{
    return vg_fail_at(reader->error, VG_INVALID_INPUT, reader->path, reader->line, "%s", hint,
                      message);
}

static VgStatus add_subunit(Reader *reader, const char *text, size_t length)
{
    VgModuleSet *set = reader->set;
    if (length == 0)
        return wrong(reader, "an identifier is missing",
                     "alternatives are separated by one TAB, subunits of a complex by one comma");
    if (memchr(text, ' ', length))
        return vg_fail_at(reader->error, VG_INVALID_INPUT, reader->path, reader->line,
                          "a space within \"%.*s\"",
                          "separate alternatives by TABs; identifiers have no spaces",
                          length > 60 ? 60 : (int)length, text);
    int64_t gene = vg_map_add(reader->gene, text, length);
    if (gene < 0)
        return vg_fail_memory(reader->error);
    set->subunit[set->n_subunits++] = (size_t)gene;
    return VG_OK;
}

static VgStatus add_alternative(Reader *reader, const char *text, size_t length)
{
    VgModuleSet *set = reader->set;
    VgModuleAlternative *alternative = &set->alternative[set->n_alternatives++];
    alternative->first_subunit = set->n_subunits;
    const char *end = text + length, *comma;
    for (; (comma = memchr(text, ',', (size_t)(end - text))); text = comma + 1)
        VG_TRY(add_subunit(reader, text, (size_t)(comma - text)));
    VG_TRY(add_subunit(reader, text, (size_t)(end - text)));
    alternative->n_subunits = set->n_subunits - alternative->first_subunit;
    return VG_OK;
}

static VgStatus add_step(Reader *reader, const char *text, size_t length)
{
    VgModuleSet *set = reader->set;
    if (length == 0)
        return wrong(reader, "an empty step", "remove the empty line, or name what does the step");
    VgModuleStep *step = &set->step[set->n_steps++];
    *step = (VgModuleStep){.first_alternative = set->n_alternatives, .line = reader->line};
    const char *end = text + length, *tab;
    for (; (tab = memchr(text, '\t', (size_t)(end - text))); text = tab + 1)
        VG_TRY(add_alternative(reader, text, (size_t)(tab - text)));
    VG_TRY(add_alternative(reader, text, (size_t)(end - text)));
    step->n_alternatives = set->n_alternatives - step->first_alternative;
    set->module[set->n_modules - 1].n_steps++;
    return VG_OK;
}

static VgStatus open_record(Reader *reader, const char *text, size_t length)
{
    VgModuleSet *set = reader->set;
    const char *tab = memchr(text, '\t', length);
    if (!tab || tab == text)
        return wrong(reader, "a module begins without an id, a TAB and a name",
                     "the first line of a record is \"ID<TAB>name\"; was the record before it "
                     "closed too early?");
    size_t id_length = (size_t)(tab - text), known = vg_map_size(reader->id);
    int64_t index = vg_map_add(reader->id, text, id_length);
    if (index < 0)
        return vg_fail_memory(reader->error);
    if ((size_t)index < known)
        return vg_fail_at(reader->error, VG_INVALID_INPUT, reader->path, reader->line,
                          "module %s a second time (first on line %zu)",
                          "give every module an id of its own", set->module[index].id,
                          set->module[index].line);
    const char *name = tab + 1, *end = text + length;
    while (name < end && is_space(*name))
        name++;
    VgModule *module = &set->module[set->n_modules++];
    *module = (VgModule){.id = vg_map_key(reader->id, (size_t)index),
                         .name = vg_arena_strndup(reader->arena, name, (size_t)(end - name)),
                         .first_step = set->n_steps,
                         .line = reader->line};
    reader->open = true;
    return module->name ? VG_OK : vg_fail_memory(reader->error);
}

static VgStatus close_record(Reader *reader)
{
    if (!reader->open)
        return wrong(reader, "/// closes no module", "remove it, or the blank record before it");
    if (reader->set->module[reader->set->n_modules - 1].n_steps == 0)
        return wrong(reader, "a module without steps", "write one line per step before ///");
    reader->open = false;
    return VG_OK;
}

static VgStatus read_line(Reader *reader, const char *text, size_t length)
{
    while (length && is_space(text[length - 1]))
        length--;
    if (length && text[0] == '#')
        return VG_OK;
    if (memchr(text, '\0', length))
        return wrong(reader, "a zero byte", "give a text file");
    if (length == 3 && memcmp(text, "///", 3) == 0)
        return close_record(reader);
    if (reader->open)
        return add_step(reader, text, length);
    return length ? open_record(reader, text, length) : VG_OK;
}

/* No part can be more often than its separators and lines. */
static VgStatus reserve(Reader *reader, const char *text, size_t size)
{
    size_t lines = 1, tabs = 0, commas = 0;
    for (size_t i = 0; i < size; i++) {
        lines += text[i] == '\n';
        tabs += text[i] == '\t';
        commas += text[i] == ',';
    }
    VgModuleSet *set = reader->set;
    set->module = VG_NEW(reader->arena, VgModule, lines);
    set->step = VG_NEW(reader->arena, VgModuleStep, lines);
    set->alternative = VG_NEW(reader->arena, VgModuleAlternative, lines + tabs);
    set->subunit = VG_NEW(reader->arena, size_t, lines + tabs + commas);
    return set->module && set->step && set->alternative && set->subunit
               ? VG_OK
               : vg_fail_memory(reader->error);
}

static VgStatus list_genes(Reader *reader)
{
    VgModuleSet *set = reader->set;
    set->n_genes = vg_map_size(reader->gene);
    set->gene = VG_NEW(reader->arena, const char *, set->n_genes);
    if (!set->gene)
        return vg_fail_memory(reader->error);
    for (size_t g = 0; g < set->n_genes; g++)
        set->gene[g] = vg_map_key(reader->gene, g);
    return VG_OK;
}

VgStatus vg_modules_parse(VgArena *arena, const char *path, const char *text, size_t size,
                          VgModuleSet **out, VgError *error)
{
    Reader reader = {.arena = arena,
                     .path = path,
                     .set = VG_NEW(arena, VgModuleSet, 1),
                     .gene = vg_map_create(arena),
                     .id = vg_map_create(arena),
                     .error = error};
    if (!reader.set || !reader.gene || !reader.id)
        return vg_fail_memory(error);
    reader.set->path = path;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        size -= 3;
    }
    VG_TRY(reserve(&reader, text, size));
    for (const char *end = text + size; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = newline ? (size_t)(newline - text) : (size_t)(end - text);
        reader.line++;
        VG_TRY(read_line(&reader, text, length));
        text += length + 1;
    }
    if (reader.open) {
        const VgModule *last = &reader.set->module[reader.set->n_modules - 1];
        if (last->n_steps == 0)
            return vg_fail_at(error, VG_INVALID_INPUT, path, last->line,
                              "module %s has no steps and is not closed by ///",
                              "was the file cut off? Write one line per step, then ///", last->id);
        reader.set->open_end = last; /* the published GBMs 1.0 end so */
    }
    if (reader.set->n_modules == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "the file holds no module",
                          "a module is \"ID<TAB>name\", one line per step, ///");
    VG_TRY(list_genes(&reader));
    *out = reader.set;
    return VG_OK;
}
