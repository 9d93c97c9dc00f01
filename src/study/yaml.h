/* A YAML file as a tree in which every node and key knows its line. */
#ifndef VG_STUDY_YAML_H
#define VG_STUDY_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>

#include "base/buffer.h"

typedef enum VgYamlKind { VG_YAML_SCALAR = 0, VG_YAML_LIST, VG_YAML_MAP } VgYamlKind;

/* What a file may hold at most. A study file is a few hundred lines; these stop what is no study
 * file. */
enum {
    VG_YAML_MAX_BYTES = 1 << 20,
    VG_YAML_MAX_DEPTH = 32,
    VG_YAML_MAX_NODES = 100000, /* counted with every alias expanded */
    VG_YAML_MAX_ALIASES = 100
};

typedef struct VgYaml VgYaml;
struct VgYaml {
    VgYamlKind kind;
    size_t line;      /* 1-based; of a list or map under a key: the line of the key */
    const char *text; /* SCALAR: never NULL */
    bool quoted;      /* SCALAR: written in quotes (or as a block) */
    VgYaml **item;    /* LIST: n items; MAP: n values */
    const char **key; /* MAP: n distinct keys, in the order of the file */
    size_t *key_line; /* MAP: their lines */
    size_t n;
    size_t size; /* nodes in this tree, aliases expanded */
};

/* Parses one document. `file` stands in messages.
 * VG_INVALID_INPUT with line: syntax, a key twice, a second document, tags, limits exceeded. */
VG_MUST_CHECK VgStatus vg_yaml_parse(VgArena *arena, const char *file, const char *bytes,
                                     size_t size, VgYaml **root, VgError *error);

/* The value of a key, or NULL (also when `map` is NULL or no map). */
const VgYaml *vg_yaml_get(const VgYaml *map, const char *key);
/* The line of a key; 0 when it is not there. */
size_t vg_yaml_key_line(const VgYaml *map, const char *key);
/* An unquoted nothing, ~ or null. */
bool vg_yaml_is_null(const VgYaml *node);

/* What stands after a key's colon or a list's dash, ending in a newline: on the same line, or below with this indent (two
 * blanks a level). */
void vg_yaml_write_value(VgBuffer *out, const VgYaml *node, size_t indent);
/* "KEY: …" with `before` levels before it; its parts one level below `indent`. */
void vg_yaml_write_entry(VgBuffer *out, const char *key, const VgYaml *node, size_t before,
                         size_t indent);

#endif
