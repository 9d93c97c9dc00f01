/* YAML to a tree with lines. libyaml's events are turned into nodes; anchors are kept by name and
 * an alias is the same node again, so that expansion costs nothing, while the expanded size is
 * counted and bounded (else nine lines of aliases make a thousand million nodes). */
#include "study/yaml.h"

#include <stdint.h>
#include <string.h>

#include <yaml.h>

#include "base/map.h"

typedef struct Anchor {
    const char *name;
    VgYaml *node; /* NULL while the node is still being read: an alias to it would be a loop */
} Anchor;

typedef struct Loader {
    yaml_parser_t parser;
    VgArena *arena;
    const char *file;
    VgError *error;
    Anchor anchor[VG_YAML_MAX_ALIASES];
    size_t n_anchors, n_aliases, n_nodes;
} Loader;

/* Items of a collection while their number is not known. */
typedef struct Link Link;
struct Link {
    const char *key;
    size_t key_line;
    VgYaml *value;
    Link *next;
};

static VgStatus next_event(Loader *loader, yaml_event_t *event)
{
    if (yaml_parser_parse(&loader->parser, event))
        return VG_OK;
    const yaml_parser_t *parser = &loader->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return vg_fail_memory(loader->error);
    if (parser->error == YAML_READER_ERROR)
        return vg_fail_at(loader->error, VG_INVALID_INPUT, loader->file, parser->mark.line + 1,
                          "not a text file: %s at byte %zu", "a study file is plain text in UTF-8",
                          parser->problem, parser->problem_offset);
    return vg_fail_at(loader->error, VG_INVALID_INPUT, loader->file, parser->problem_mark.line + 1,
                      "not valid YAML: %s%s%s",
                      "check indentation, colons, quotes and brackets here and on the line before",
                      parser->problem ? parser->problem : "?", parser->context ? " " : "",
                      parser->context ? parser->context : "");
}

static VgStatus refuse(Loader *loader, size_t line, const char *what, const char *hint)
{
    return vg_fail_at(loader->error, VG_INVALID_INPUT, loader->file, line, "%s", hint, what);
}

static VgStatus count_nodes(Loader *loader, size_t more, size_t line)
{
    loader->n_nodes += more;
    if (loader->n_nodes > VG_YAML_MAX_NODES)
        return refuse(loader, line, "more than 100000 values",
                      "a study file declares tables, it does not hold them");
    return VG_OK;
}

static VgStatus read_node(Loader *loader, yaml_event_t *event, size_t depth, VgYaml **node);

static VgStatus read_scalar(Loader *loader, const yaml_event_t *event, VgYaml *node)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    if (memchr(value, '\0', length))
        return refuse(loader, node->line, "a text with a NUL character", "remove \\0");
    node->kind = VG_YAML_SCALAR;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->text = vg_arena_strndup(loader->arena, value, length);
    return node->text ? VG_OK : vg_fail_memory(loader->error);
}

static VgStatus read_key(Loader *loader, const yaml_event_t *event, VgMap *keys, Link *link)
{
    link->key_line = event->start_mark.line + 1;
    if (event->type != YAML_SCALAR_EVENT)
        return refuse(loader, link->key_line, "a key that is not a plain word",
                      "write keys as NAME: value");
    VgYaml scratch = {.line = link->key_line};
    VG_TRY(read_scalar(loader, event, &scratch));
    link->key = scratch.text;
    if (vg_map_find(keys, link->key, strlen(link->key)) >= 0)
        return vg_fail_at(loader->error, VG_INVALID_INPUT, loader->file, link->key_line,
                          "the key `%s` stands here a second time", "keep one of the two",
                          link->key);
    if (vg_map_add(keys, link->key, strlen(link->key)) < 0)
        return vg_fail_memory(loader->error);
    return VG_OK;
}

static VgStatus keep_items(Loader *loader, const Link *first, size_t n, VgYaml *node)
{
    bool map = node->kind == VG_YAML_MAP;
    node->n = n;
    node->item = VG_NEW(loader->arena, VgYaml *, n);
    node->key = map ? VG_NEW(loader->arena, const char *, n) : NULL;
    node->key_line = map ? VG_NEW(loader->arena, size_t, n) : NULL;
    if (!node->item || (map && (!node->key || !node->key_line)))
        return vg_fail_memory(loader->error);
    size_t i = 0;
    for (const Link *link = first; link; link = link->next, i++) {
        node->item[i] = link->value;
        node->size += link->value->size;
        if (map) {
            node->key[i] = link->key;
            node->key_line[i] = link->key_line;
        }
    }
    return VG_OK;
}

static VgStatus read_one_item(Loader *loader, yaml_event_t *event, VgMap *keys, size_t depth,
                              Link *link)
{
    if (!keys)
        return read_node(loader, event, depth, &link->value);
    VG_TRY(read_key(loader, event, keys, link));
    yaml_event_t value;
    VG_TRY(next_event(loader, &value));
    bool own = value.type != YAML_ALIAS_EVENT;
    VgStatus status = read_node(loader, &value, depth, &link->value);
    yaml_event_delete(&value);
    /* a section begins where its name stands, not with its first entry on the next line */
    if (status == VG_OK && own && link->value->kind != VG_YAML_SCALAR)
        link->value->line = link->key_line;
    return status;
}

static VgStatus read_items(Loader *loader, size_t depth, VgYaml *node)
{
    bool map = node->kind == VG_YAML_MAP;
    yaml_event_type_t end = map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    VgMap *keys = map ? vg_map_create(loader->arena) : NULL;
    if (map && !keys)
        return vg_fail_memory(loader->error);
    Link *first = NULL, **last = &first;
    for (size_t n = 0;; n++) {
        yaml_event_t event;
        VG_TRY(next_event(loader, &event));
        if (event.type == end) {
            yaml_event_delete(&event);
            return keep_items(loader, first, n, node);
        }
        Link *link = VG_NEW(loader->arena, Link, 1);
        VgStatus status =
            link ? read_one_item(loader, &event, keys, depth, link) : vg_fail_memory(loader->error);
        yaml_event_delete(&event);
        VG_TRY(status);
        *last = link;
        last = &link->next;
    }
}

static VgStatus read_alias(Loader *loader, const yaml_event_t *event, VgYaml **node)
{
    const char *name = (const char *)event->data.alias.anchor;
    size_t line = event->start_mark.line + 1;
    if (++loader->n_aliases > VG_YAML_MAX_ALIASES)
        return refuse(loader, line, "more than 100 aliases", "write the values out");
    for (size_t i = loader->n_anchors; i-- > 0;) {
        if (strcmp(loader->anchor[i].name, name) != 0)
            continue;
        if (!loader->anchor[i].node)
            return refuse(loader, line, "an alias inside the value that it stands for",
                          "write the value out");
        *node = loader->anchor[i].node;
        return count_nodes(loader, (*node)->size, line);
    }
    return vg_fail_at(loader->error, VG_INVALID_INPUT, loader->file, line,
                      "the alias *%s has no anchor before it", "write the value out", name);
}

/* Remembers a node's anchor; *index is SIZE_MAX without one. */
static VgStatus open_anchor(Loader *loader, const yaml_char_t *name, size_t line, size_t *index)
{
    *index = SIZE_MAX;
    if (!name)
        return VG_OK;
    if (loader->n_anchors == VG_YAML_MAX_ALIASES)
        return refuse(loader, line, "more than 100 anchors", "write the values out");
    *index = loader->n_anchors++;
    loader->anchor[*index] = (Anchor){vg_arena_strdup(loader->arena, (const char *)name), NULL};
    return loader->anchor[*index].name ? VG_OK : vg_fail_memory(loader->error);
}

static VgStatus read_node(Loader *loader, yaml_event_t *event, size_t depth, VgYaml **node)
{
    size_t line = event->start_mark.line + 1;
    if (event->type == YAML_ALIAS_EVENT)
        return read_alias(loader, event, node);
    if (depth > VG_YAML_MAX_DEPTH)
        return refuse(loader, line, "nested more than 32 levels deep", "no study needs this");
    VG_TRY(count_nodes(loader, 1, line));
    const yaml_char_t *anchor = NULL, *tag = NULL;
    VgYaml *new_node = VG_NEW(loader->arena, VgYaml, 1);
    if (!new_node)
        return vg_fail_memory(loader->error);
    *new_node = (VgYaml){.line = line, .size = 1, .text = ""};
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        new_node->kind = VG_YAML_LIST;
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else {
        new_node->kind = VG_YAML_MAP;
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (tag)
        return refuse(loader, line, "a YAML tag (!…)", "leave tags out; put text in quotes");
    size_t index;
    VG_TRY(open_anchor(loader, anchor, line, &index));
    if (new_node->kind == VG_YAML_SCALAR)
        VG_TRY(read_scalar(loader, event, new_node));
    else
        VG_TRY(read_items(loader, depth + 1, new_node));
    if (index != SIZE_MAX)
        loader->anchor[index].node = new_node;
    *node = new_node;
    return VG_OK;
}

/* The document between stream start and stream end. */
static VgStatus read_document(Loader *loader, VgYaml **root)
{
    for (;;) {
        yaml_event_t event;
        VG_TRY(next_event(loader, &event));
        VgStatus status = VG_OK;
        size_t line = event.start_mark.line + 1;
        yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && *root)
            status = refuse(loader, line, "a second document", "remove the line ---");
        else if (type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
                 type == YAML_MAPPING_START_EVENT || type == YAML_ALIAS_EVENT)
            status = read_node(loader, &event, 0, root);
        yaml_event_delete(&event);
        VG_TRY(status);
        if (type == YAML_STREAM_END_EVENT)
            return VG_OK;
    }
}

VgStatus vg_yaml_parse(VgArena *arena, const char *file, const char *bytes, size_t size,
                       VgYaml **root, VgError *error)
{
    *root = NULL;
    if (size > VG_YAML_MAX_BYTES)
        return vg_fail_at(error, VG_INVALID_INPUT, file, 0, "larger than 1 MB",
                          "a study file declares tables, it does not hold them");
    Loader *loader = VG_NEW(arena, Loader, 1);
    if (!loader || !yaml_parser_initialize(&loader->parser))
        return vg_fail_memory(error);
    loader->arena = arena;
    loader->file = file;
    loader->error = error;
    yaml_parser_set_input_string(&loader->parser, (const unsigned char *)bytes, size);
    VgStatus status = read_document(loader, root);
    yaml_parser_delete(&loader->parser);
    VG_TRY(status);
    if (!*root)
        return vg_fail_at(error, VG_INVALID_INPUT, file, 0, "the file is empty",
                          "`vagus init DIR` writes a commented study file to start from");
    return VG_OK;
}

static size_t find_key(const VgYaml *map, const char *key)
{
    if (!map || map->kind != VG_YAML_MAP)
        return SIZE_MAX;
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->key[i], key) == 0)
            return i;
    return SIZE_MAX;
}

const VgYaml *vg_yaml_get(const VgYaml *map, const char *key)
{
    size_t i = find_key(map, key);
    return i == SIZE_MAX ? NULL : map->item[i];
}

size_t vg_yaml_key_line(const VgYaml *map, const char *key)
{
    size_t i = find_key(map, key);
    return i == SIZE_MAX ? 0 : map->key_line[i];
}

bool vg_yaml_is_null(const VgYaml *node)
{
    return node->kind == VG_YAML_SCALAR && !node->quoted &&
           (*node->text == '\0' || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}
