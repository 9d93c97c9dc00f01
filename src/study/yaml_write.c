/* A YAML tree as text again, in block style. */
#include "study/yaml.h"

#include <string.h>

static void put_scalar(VgBuffer *out, const VgYaml *node)
{
    if (!node->quoted) { /* what was plain stays plain: a flow's plain scalars are a block's too */
        vg_buffer_text(out, node->text);
        return;
    }
    vg_buffer_text(out, "\"");
    for (const char *c = node->text; *c; c++) {
        if (*c == '"' || *c == '\\')
            vg_buffer_printf(out, "\\%c", *c);
        else if (*c == '\n')
            vg_buffer_text(out, "\\n");
        else if ((unsigned char)*c < 0x20)
            vg_buffer_printf(out, "\\x%02X", (unsigned)*c);
        else
            vg_buffer_append(out, c, 1);
    }
    vg_buffer_text(out, "\"");
}

static void indent_by(VgBuffer *out, size_t indent)
{
    for (size_t i = 0; i < indent; i++)
        vg_buffer_text(out, "  ");
}

static bool is_plain_list(const VgYaml *node)
{
    for (size_t i = 0; i < node->n; i++)
        if (node->item[i]->kind != VG_YAML_SCALAR || strpbrk(node->item[i]->text, ",[]{}"))
            return false;
    return node->kind == VG_YAML_LIST;
}

static void put_flow_list(VgBuffer *out, const VgYaml *node)
{
    vg_buffer_text(out, "[");
    for (size_t i = 0; i < node->n; i++) {
        vg_buffer_text(out, i ? ", " : "");
        put_scalar(out, node->item[i]);
    }
    vg_buffer_text(out, "]");
}

void vg_yaml_write_value(VgBuffer *out, const VgYaml *node, size_t indent)
{
    if (node->kind == VG_YAML_SCALAR) {
        vg_buffer_text(out, " ");
        put_scalar(out, node);
        vg_buffer_text(out, "\n");
    } else if (node->n == 0 || is_plain_list(node)) {
        vg_buffer_text(out, " ");
        if (node->kind == VG_YAML_MAP)
            vg_buffer_text(out, "{}");
        else
            put_flow_list(out, node);
        vg_buffer_text(out, "\n");
    } else {
        vg_buffer_text(out, "\n");
        for (size_t i = 0; i < node->n; i++) {
            indent_by(out, indent);
            if (node->kind == VG_YAML_MAP)
                vg_yaml_write_entry(out, node->key[i], node->item[i], 0, indent);
            else {
                vg_buffer_text(out, "-");
                vg_yaml_write_value(out, node->item[i], indent + 1);
            }
        }
    }
}

void vg_yaml_write_entry(VgBuffer *out, const char *key, const VgYaml *node, size_t before,
                         size_t indent)
{
    indent_by(out, before);
    if (strpbrk(key, ":#,[]{}\"'&*!|>%@`\n") || *key == '\0' || *key == '-' || *key == ' ') {
        VgYaml quoted = {.kind = VG_YAML_SCALAR, .text = key, .quoted = true};
        put_scalar(out, &quoted);
    } else {
        vg_buffer_text(out, key);
    }
    vg_buffer_text(out, ":");
    vg_yaml_write_value(out, node, indent + 1);
}
