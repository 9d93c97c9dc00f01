/* Newick: one pass, no recursion. A node is numbered when its text is complete, which is post-order: a tip at its label, an
 * inner node at the label behind its closing bracket. Nodes that wait for their parent stand on a stack.
 * Source: Felsenstein, "The Newick tree format"; quoted labels and comments as in PHYLIP and NEXUS. */
#include <vagus/tree.h>

#include <math.h>
#include <string.h>

#include "base/digest.h"
#include "base/map.h"
#include "base/memory.h"
#include "table/csv.h"
#include "table/dictionary.h"
#include "table/features/archive.h"
#include "table/number.h"
#include "table/utf8.h"

typedef struct Parser {
    VgArena *arena;
    VgTextPool pool;
    const char *path, *bytes, *p, *end;
    size_t n, capacity; /* nodes */
    int32_t *parent;
    double *length;
    const char **name;
    bool *inner;
    size_t parent_room, length_room, name_room, inner_room;
    uint32_t *waiting; /* complete nodes without parent */
    size_t n_waiting, waiting_room;
    size_t *open; /* where in `waiting` the children of each open bracket begin */
    size_t n_open, open_room;
} Parser;

static VgStatus wrong_at(const Parser *t, const char *at, const char *what, const char *hint,
                         VgError *error)
{
    size_t line = 1 + vg_csv_count_lines(t->bytes, at);
    VgStatus status =
        vg_fail_at(error, VG_INVALID_INPUT, t->path, line, "no Newick tree: %s", hint, what);
    const char *begin = at;
    while (begin > t->bytes && begin[-1] != '\n' && begin[-1] != '\r')
        begin--;
    if (error)
        error->column = (size_t)(at - begin) + 1;
    return status;
}

static VgStatus wrong(const Parser *t, const char *what, VgError *error)
{
    return wrong_at(t, t->p, what, "check that the file is one complete tree that ends with ';'",
                    error);
}

/* Blanks and comments; comments may hold comments. */
static VgStatus skip(Parser *t, VgError *error)
{
    for (;;) {
        while (t->p < t->end && strchr(" \t\r\n", *t->p))
            t->p++;
        if (t->p == t->end || *t->p != '[')
            return VG_OK;
        const char *begin = t->p;
        size_t depth = 0;
        do {
            if (t->p == t->end)
                return wrong_at(t, begin, "a comment opens here that is never closed",
                                "close it with ']', or quote the label", error);
            depth += *t->p == '[';
            depth -= *t->p == ']';
            t->p++;
        } while (depth);
    }
}

static bool ends_label(char c)
{
    return c == '\0' || strchr("()[]:,;\r\n", c) != NULL;
}

static VgStatus quoted_label(Parser *t, const char **label, VgError *error)
{
    const char *begin = t->p, quote = *begin;
    const char *q = begin + 1;
    while (q < t->end && !(*q == quote && q[1] != quote))
        q += *q == quote ? 2 : 1;
    if (q >= t->end)
        return wrong_at(t, begin, "a quote opens here that is never closed",
                        "close it, or double the quotes that are part of a label", error);
    char *text = vg_arena_strndup(t->arena, begin + 1, (size_t)(q - begin - 1));
    if (!text)
        return vg_fail_memory(error);
    char *to = text;
    for (const char *from = begin + 1; from < q; from++) {
        *to++ = *from;
        from += *from == quote;
    }
    *to = '\0';
    *label = text;
    t->p = q + 1;
    return VG_OK;
}

/* The label at p; NULL when there is none. */
static VgStatus read_label(Parser *t, const char **label, VgError *error)
{
    *label = NULL;
    VG_TRY(skip(t, error));
    if (t->p == t->end)
        return VG_OK;
    if (*t->p == '\'' || *t->p == '"')
        return quoted_label(t, label, error);
    const char *begin = t->p;
    while (t->p < t->end && !ends_label(*t->p))
        t->p++;
    const char *stop = t->p;
    while (stop > begin && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    if (stop == begin)
        return VG_OK;
    *label = vg_text_pool_add(&t->pool, begin, (size_t)(stop - begin));
    return *label ? VG_OK : vg_fail_memory(error);
}

static VgStatus read_length(Parser *t, double *length, VgError *error)
{
    *length = NAN;
    VG_TRY(skip(t, error));
    if (t->p == t->end || *t->p != ':')
        return VG_OK;
    t->p++;
    VG_TRY(skip(t, error));
    const char *begin = t->p;
    while (t->p < t->end && !ends_label(*t->p) && *t->p != ' ' && *t->p != '\t')
        t->p++;
    bool integer;
    if (!vg_number_parse(begin, (size_t)(t->p - begin), length, &integer))
        return wrong_at(t, begin, "a ':' without a number as branch length",
                        "quote labels that hold a colon", error);
    return VG_OK;
}

static bool grow(void *array, size_t *capacity, size_t needed, size_t size)
{
    void *grown;
    memcpy(&grown, array, sizeof grown);
    if (!vg_grow(&grown, capacity, needed, size))
        return false;
    memcpy(array, &grown, sizeof grown);
    return true;
}

/* Reads label and length of the node that is complete at p. */
static VgStatus add_node(Parser *t, bool inner, VgError *error)
{
    size_t node = t->n;
    if (node >= INT32_MAX)
        return wrong(t, "it has more than 2 billion nodes", error);
    if (!grow(&t->parent, &t->parent_room, node + 1, sizeof *t->parent) ||
        !grow(&t->length, &t->length_room, node + 1, sizeof *t->length) ||
        !grow(&t->name, &t->name_room, node + 1, sizeof *t->name) ||
        !grow(&t->inner, &t->inner_room, node + 1, sizeof *t->inner) ||
        !grow(&t->waiting, &t->waiting_room, t->n_waiting + 1, sizeof *t->waiting))
        return vg_fail_memory(error);
    const char *begin = t->p;
    VG_TRY(read_label(t, &t->name[node], error));
    if (!inner && !t->name[node])
        return wrong_at(t, begin, "a tip without a label", "give every tip a label", error);
    VG_TRY(read_length(t, &t->length[node], error));
    t->parent[node] = -1;
    t->inner[node] = inner;
    t->waiting[t->n_waiting++] = (uint32_t)node;
    t->n++;
    return VG_OK;
}

static VgStatus close_bracket(Parser *t, VgError *error)
{
    if (t->n_open == 0)
        return wrong(t, "a ')' that nothing opened", error);
    t->p++;
    size_t first = t->open[--t->n_open];
    for (size_t k = first; k < t->n_waiting; k++)
        t->parent[t->waiting[k]] = (int32_t)t->n;
    t->n_waiting = first;
    return add_node(t, true, error);
}

/* Alternates between what may begin a node and what may follow one. */
static VgStatus parse(Parser *t, VgError *error)
{
    bool begins = true;
    for (;;) {
        VG_TRY(skip(t, error));
        if (t->p == t->end)
            return wrong(
                t, t->n_open ? "it ends before its brackets are closed" : "it ends without ';'",
                error);
        char c = *t->p;
        if (begins) {
            if (c == '(') {
                if (!grow(&t->open, &t->open_room, t->n_open + 1, sizeof *t->open))
                    return vg_fail_memory(error);
                t->open[t->n_open++] = t->n_waiting;
                t->p++;
                continue;
            }
            VG_TRY(add_node(t, false, error));
            begins = false;
        } else if (c == ',') {
            if (t->n_open == 0)
                return wrong(t, "a ',' outside all brackets", error);
            t->p++;
            begins = true;
        } else if (c == ')') {
            VG_TRY(close_bracket(t, error));
        } else if (c == ';') {
            if (t->n_open)
                return wrong(t, "it ends before its brackets are closed", error);
            t->p++;
            return VG_OK;
        } else {
            return wrong(t, "',', ')' or ';' expected here", error);
        }
    }
}

static VgStatus check_tips(const Parser *t, VgTree *tree, VgError *error)
{
    VgMap *map = vg_map_create(t->arena);
    if (!map)
        return vg_fail_memory(error);
    for (size_t k = 0; k < tree->n_tips; k++) {
        const char *name = tree->name[tree->tip[k]];
        int64_t index = vg_map_add(map, name, strlen(name));
        if (index < 0)
            return vg_fail_memory(error);
        if ((size_t)index < k)
            return vg_fail_at(error, VG_INVALID_INPUT, t->path, 0, "two tips are called '%.120s'",
                              "tips need names of their own", name);
    }
    return VG_OK;
}

static VgStatus make_tree(const Parser *t, VgTree **made, VgError *error)
{
    size_t n = t->n, n_children = 0;
    VgTree *tree = VG_NEW(t->arena, VgTree, 1);
    if (!tree)
        return vg_fail_memory(error);
    tree->path = vg_arena_strdup(t->arena, t->path);
    tree->n_nodes = n;
    tree->parent = vg_arena_alloc_raw(t->arena, n, sizeof *tree->parent);
    tree->length = vg_arena_alloc_raw(t->arena, n, sizeof *tree->length);
    tree->name = vg_arena_alloc_raw(t->arena, n, sizeof *tree->name);
    for (size_t i = 0; i < n; i++)
        tree->n_tips += !t->inner[i];
    tree->tip = vg_arena_alloc_raw(t->arena, tree->n_tips, sizeof *tree->tip);
    if (!tree->path || !tree->parent || !tree->length || !tree->name || !tree->tip)
        return vg_fail_memory(error);
    memcpy(tree->parent, t->parent, n * sizeof *tree->parent);
    memcpy(tree->length, t->length, n * sizeof *tree->length);
    memcpy(tree->name, t->name, n * sizeof *tree->name);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (!t->inner[i])
            tree->tip[k++] = (uint32_t)i;
        if (i + 1 == n)
            break;
        n_children += tree->parent[i] == (int32_t)(n - 1);
        tree->n_missing += isnan(tree->length[i]) != 0;
        tree->n_negative += tree->length[i] < 0;
    }
    tree->rooted = n == 1 || n_children == 2;
    VG_TRY(check_tips(t, tree, error));
    *made = tree;
    return VG_OK;
}

static VgStatus check_text(const Parser *t, VgError *error)
{
    size_t size = (size_t)(t->end - t->bytes);
    if (size == 0)
        return wrong(t, "it is empty", error);
    if (size >= 6 && memcmp(t->bytes, "#NEXUS", 6) == 0)
        return wrong_at(t, t->bytes, "it is NEXUS", "export the tree as Newick", error);
    const char *zero = memchr(t->bytes, 0, size);
    if (zero)
        return wrong_at(t, zero, "a zero byte", "this is no text", error);
    size_t invalid = vg_utf8_first_invalid(t->bytes, size);
    if (invalid < size)
        return wrong_at(t, t->bytes + invalid, "it is not valid UTF-8", "save it as UTF-8", error);
    return VG_OK;
}

static VgStatus read_tree(Parser *t, VgTree **tree, VgError *error)
{
    VG_TRY(check_text(t, error));
    if (t->end - t->p >= 3 && memcmp(t->p, "\xEF\xBB\xBF", 3) == 0)
        t->p += 3;
    VG_TRY(parse(t, error));
    VG_TRY(skip(t, error));
    if (t->p < t->end)
        return wrong_at(t, t->p, "text follows the tree's ';'",
                        "a file holds one tree; choose one of several", error);
    return make_tree(t, tree, error);
}

/* The bytes are followed by a zero. */
static VgStatus parse_source(VgArena *arena, const char *path, const VgSource *source,
                             VgTree **tree, VgError *error)
{
    Parser parser = {.arena = arena,
                     .pool = {.arena = arena},
                     .path = path,
                     .bytes = source->bytes,
                     .p = source->bytes,
                     .end = source->bytes + source->size};
    VgStatus status = read_tree(&parser, tree, error);
    vg_free(parser.parent);
    vg_free(parser.length);
    vg_free(parser.name);
    vg_free(parser.inner);
    vg_free(parser.waiting);
    vg_free(parser.open);
    VG_TRY(status);
    if (source->digested)
        memcpy((*tree)->sha256, source->sha256, sizeof source->sha256);
    else
        vg_sha256(source->bytes, source->size, (*tree)->sha256);
    return VG_OK;
}

VgStatus vg_tree_read_bytes(VgArena *arena, const char *name, const char *bytes, size_t size,
                            VgTree **tree, VgError *error)
{
    VgSource source;
    VG_TRY(vg_source_copy(bytes, size, &source, error));
    VgStatus status = parse_source(arena, name, &source, tree, error);
    vg_source_close(&source);
    return status;
}

VgStatus vg_tree_read(VgArena *arena, const char *path, VgTree **tree, VgError *error)
{
    VgSource source, part;
    VG_TRY(vg_source_open(path, &source, error));
    VgStatus status;
    if (vg_is_zip(source.bytes, source.size)) {
        status = vg_artifact_part(path, &source, "Phylogeny[", "tree.nwk", &part, error);
        if (status == VG_OK) {
            status = parse_source(arena, path, &part, tree, error);
            vg_source_close(&part);
        }
    } else {
        status = parse_source(arena, path, &source, tree, error);
    }
    vg_source_close(&source);
    return status;
}
