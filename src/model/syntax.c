/* Reads formulas and arithmetic into one syntax tree, and writes a tree as R's deparse() does.
 *
 * Method: recursive descent by binding power. Operators from loosest to tightest, as in R:
 *   ~   |   + -   * /   %in%   :   unary + -   ^ (right-associative)
 * Source: R Language Definition, section 10.4.2 (precedence of operators). */
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "model/expression.h"

typedef struct Parser {
    VgArena *arena;
    const char *text;
    size_t at;
    int depth;
    bool tilde; /* one was read */
    VgError *error;
} Parser;

typedef struct Operator {
    char operation;
    int power;
    size_t width;
} Operator;

enum {
    POWER_TILDE = 1,
    POWER_BAR,
    POWER_SUM,
    POWER_PRODUCT,
    POWER_IN,
    POWER_COLON,
    POWER_UNARY,
    POWER_POWER
};
enum { MAX_LINKS = 2000 };

static VgStatus parse_level(Parser *parser, int least_power, const VgExpression **out);

static VgStatus fail_here(const Parser *parser, size_t at, const char *message, const char *hint)
{
    VgStatus status =
        vg_fail(parser->error, VG_INVALID_INPUT, "formula, column %zu: %s", hint, at + 1, message);
    if (parser->error)
        parser->error->column = at + 1;
    return status;
}

static void skip_space(Parser *parser)
{
    while (parser->text[parser->at] && strchr(" \t\r\n", parser->text[parser->at]))
        parser->at++;
}

static bool is_name_start(char c)
{
    return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool is_name_part(char c)
{
    return is_name_start(c) || isdigit((unsigned char)c) || c == '.' || c == '_';
}

static VgExpression *new_node(Parser *parser, VgNodeKind kind, size_t start)
{
    VgExpression *node = VG_NEW(parser->arena, VgExpression, 1);
    if (node) {
        node->kind = kind;
        node->start = start;
        node->end = parser->at;
    }
    return node;
}

static Operator peek_operator(const Parser *parser)
{
    const char *text = parser->text + parser->at;
    switch (*text) {
    case '~':
        return (Operator){'~', POWER_TILDE, 1};
    case '|':
        return (Operator){'|', POWER_BAR, text[1] == '|' ? 2 : 1};
    case '+':
        return (Operator){'+', POWER_SUM, 1};
    case '-':
        return (Operator){'-', POWER_SUM, 1};
    case '*':
        return (Operator){text[1] == '*' ? '^' : '*', text[1] == '*' ? POWER_POWER : POWER_PRODUCT,
                          text[1] == '*' ? 2 : 1};
    case '/':
        return (Operator){'/', POWER_PRODUCT, 1};
    case ':':
        return (Operator){':', POWER_COLON, 1};
    case '^':
        return (Operator){'^', POWER_POWER, 1};
    case '%':
        if (strncmp(text, "%in%", 4) == 0)
            return (Operator){'i', POWER_IN, 4};
        break;
    default:
        break;
    }
    return (Operator){0, 0, 0};
}

static VgStatus parse_number(Parser *parser, const VgExpression **out)
{
    const char *begin = parser->text + parser->at;
    size_t length = 0;
    while (isdigit((unsigned char)begin[length]) || begin[length] == '.')
        length++;
    if ((begin[length] == 'e' || begin[length] == 'E') &&
        (isdigit((unsigned char)begin[length + 1]) ||
         ((begin[length + 1] == '+' || begin[length + 1] == '-') &&
          isdigit((unsigned char)begin[length + 2])))) {
        length += 2;
        while (isdigit((unsigned char)begin[length]))
            length++;
    }
    char *copy = vg_arena_strndup(parser->arena, begin, length);
    if (!copy)
        return vg_fail_memory(parser->error);
    char *end = NULL;
    double value = strtod(copy, &end);
    if (*end || !isfinite(value))
        return fail_here(parser, parser->at, "this is no number",
                         "write numbers as 12, 0.5 or 1e-3");
    size_t start = parser->at;
    parser->at += length;
    if (is_name_start(parser->text[parser->at]) || parser->text[parser->at] == '_')
        return fail_here(parser, start, "a name cannot start with a digit",
                         "put the column's name in backquotes: `1st visit`");
    VgExpression *node = new_node(parser, VG_NODE_NUMBER, start);
    if (!node)
        return vg_fail_memory(parser->error);
    node->number = value;
    *out = node;
    return VG_OK;
}

static VgStatus parse_quoted(Parser *parser, const VgExpression **out)
{
    size_t start = parser->at;
    const char *begin = parser->text + start + 1;
    const char *end = strchr(begin, '`');
    if (!end)
        return fail_here(parser, start, "this backquote is not closed",
                         "end the column's name with another backquote");
    if (end == begin)
        return fail_here(parser, start, "there is no name between these backquotes",
                         "write the column's name between them");
    parser->at = (size_t)(end - parser->text) + 1;
    VgExpression *node = new_node(parser, VG_NODE_NAME, start);
    if (node)
        node->name = vg_arena_strndup(parser->arena, begin, (size_t)(end - begin));
    if (!node || !node->name)
        return vg_fail_memory(parser->error);
    *out = node;
    return VG_OK;
}

static VgStatus expect_close(Parser *parser, size_t opened)
{
    skip_space(parser);
    if (parser->text[parser->at] == ')') {
        parser->at++;
        return VG_OK;
    }
    if (!parser->text[parser->at])
        return fail_here(parser, opened, "this bracket is not closed", "add a ')'");
    return fail_here(parser, parser->at, "expected an operator or ')'",
                     "functions take one argument; names with spaces need backquotes");
}

static VgStatus parse_name(Parser *parser, const VgExpression **out)
{
    size_t start = parser->at;
    while (is_name_part(parser->text[parser->at]))
        parser->at++;
    size_t length = parser->at - start;
    VgExpression *node = new_node(parser, VG_NODE_NAME, start);
    if (node)
        node->name = vg_arena_strndup(parser->arena, parser->text + start, length);
    if (!node || !node->name)
        return vg_fail_memory(parser->error);
    skip_space(parser);
    if (parser->text[parser->at] == '(') {
        static const char *const refused[] = {"Surv", "strata", "cluster", "s",  "te",   "ti",
                                              "poly", "ns",     "bs",      "us", "cbind"};
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
            if (strcmp(node->name, refused[i]) == 0) {
                if (parser->error) {
                    (void)vg_fail(parser->error, VG_NOT_BUILT,
                                  "formula, column %zu: %s() is not available in this version",
                                  "use columns, factor(), offset(), I(), log, log2, log10, log1p, "
                                  "exp, sqrt, abs",
                                  start + 1, node->name);
                    parser->error->column = start + 1;
                }
                return VG_NOT_BUILT;
            }
        size_t opened = parser->at++;
        node->kind = VG_NODE_CALL;
        VG_TRY(parse_level(parser, POWER_TILDE, &node->left));
        VG_TRY(expect_close(parser, opened));
        node->end = parser->at;
    }
    *out = node;
    return VG_OK;
}

static VgStatus parse_parens(Parser *parser, const VgExpression **out)
{
    size_t start = parser->at++;
    const VgExpression *inner = NULL;
    VG_TRY(parse_level(parser, POWER_TILDE, &inner));
    VG_TRY(expect_close(parser, start));
    VgExpression *node = new_node(parser, VG_NODE_PARENS, start);
    if (!node)
        return vg_fail_memory(parser->error);
    node->left = inner;
    *out = node;
    return VG_OK;
}

/* One '~', and not within brackets. */
static VgStatus note_tilde(Parser *parser)
{
    if (parser->tilde || parser->depth > 1)
        return fail_here(parser, parser->at, "a '~' is not expected here",
                         "a formula has one '~': outcome ~ terms");
    parser->tilde = true;
    return VG_OK;
}

static VgStatus parse_unary(Parser *parser, const VgExpression **out)
{
    size_t start = parser->at;
    if (parser->text[start] == '~')
        VG_TRY(note_tilde(parser));
    char operation = parser->text[parser->at++];
    const VgExpression *operand = NULL;
    VG_TRY(parse_level(parser, operation == '~' ? POWER_TILDE + 1 : POWER_UNARY, &operand));
    VgExpression *node = new_node(parser, VG_NODE_UNARY, start);
    if (!node)
        return vg_fail_memory(parser->error);
    node->operation = operation;
    node->left = operand;
    *out = node;
    return VG_OK;
}

static VgStatus parse_operand(Parser *parser, const VgExpression **out)
{
    skip_space(parser);
    char c = parser->text[parser->at];
    if (c == '(')
        return parse_parens(parser, out);
    if (c == '`')
        return parse_quoted(parser, out);
    if (c == '-' || c == '+' || c == '~')
        return parse_unary(parser, out);
    if (isdigit((unsigned char)c) ||
        (c == '.' && isdigit((unsigned char)parser->text[parser->at + 1])))
        return parse_number(parser, out);
    if (c == '.' && !is_name_part(parser->text[parser->at + 1]))
        return fail_here(parser, parser->at, "'.' (all other columns) is not expanded",
                         "name the columns one by one");
    if (is_name_start(c) || c == '.')
        return parse_name(parser, out);
    if (!c)
        return fail_here(parser, parser->at, "the formula ends where a column's name is expected",
                         "write it as y ~ arm + baseline");
    return fail_here(parser, parser->at, "expected a column's name, a number or '('",
                     "names with other signs than letters, digits, '.' and '_' need backquotes");
}

static VgStatus parse_level(Parser *parser, int least_power, const VgExpression **out)
{
    if (++parser->depth > VG_EXPRESSION_MAX_DEPTH)
        return fail_here(parser, parser->at, "brackets are nested too deeply",
                         "write the formula as a sum of terms");
    skip_space(parser);
    size_t start = parser->at;
    const VgExpression *left = NULL;
    VG_TRY(parse_operand(parser, &left));
    size_t links = 0;
    for (;;) {
        skip_space(parser);
        Operator op = peek_operator(parser);
        if (!op.power || op.power < least_power)
            break;
        if (op.operation == '~')
            VG_TRY(note_tilde(parser));
        if (++links > MAX_LINKS)
            return fail_here(parser, parser->at, "too many terms", "use fewer terms");
        parser->at += op.width;
        const VgExpression *right = NULL;
        VG_TRY(parse_level(parser, op.operation == '^' ? POWER_UNARY : op.power + 1, &right));
        VgExpression *node = new_node(parser, VG_NODE_BINARY, start);
        if (!node)
            return vg_fail_memory(parser->error);
        node->operation = op.operation;
        node->end = right->end;
        node->left = left;
        node->right = right;
        left = node;
    }
    parser->depth--;
    *out = left;
    return VG_OK;
}

VgStatus vg_expression_parse(VgArena *arena, const char *text, const VgExpression **expression,
                             VgError *error)
{
    Parser parser = {.arena = arena, .text = text, .error = error};
    if (strnlen(text, VG_EXPRESSION_MAX_LENGTH + 1) > VG_EXPRESSION_MAX_LENGTH)
        return vg_fail(error, VG_INVALID_INPUT, "the formula is longer than %d bytes",
                       "shorten the names or use fewer terms", VG_EXPRESSION_MAX_LENGTH);
    VG_TRY(parse_level(&parser, POWER_TILDE, expression));
    skip_space(&parser);
    if (!parser.text[parser.at])
        return VG_OK;
    if (parser.text[parser.at] == ')')
        return fail_here(&parser, parser.at, "this ')' has no '('", "remove it");
    return fail_here(&parser, parser.at, "expected an operator: + - * / : ^ %in%",
                     "names with other signs than letters, digits, '.' and '_' need backquotes");
}

/* R writes a number with 15 digits, in scientific form when that is shorter. */
static void append_number(VgBuffer *buffer, double value)
{
    char fixed[64], scientific[64];
    int digits = 0;
    for (; digits < 15; digits++) {
        snprintf(scientific, sizeof scientific, "%.*e", digits, value);
        snprintf(fixed, sizeof fixed, "%.14e", value);
        if (strtod(scientific, NULL) == strtod(fixed, NULL))
            break;
    }
    int exponent = atoi(strchr(scientific, 'e') + 1);
    int decimals = digits - exponent > 0 ? digits - exponent : 0;
    if (exponent > 40 || decimals > 40) {
        vg_buffer_text(buffer, scientific);
        return;
    }
    snprintf(fixed, sizeof fixed, "%.*f", decimals, value);
    vg_buffer_text(buffer, strlen(fixed) <= strlen(scientific) ? fixed : scientific);
}

static bool is_syntactic(const char *name)
{
    if (!is_name_start(name[0]) && name[0] != '.')
        return false;
    if (name[0] == '.' && isdigit((unsigned char)name[1]))
        return false;
    for (; *name; name++)
        if (!is_name_part(*name))
            return false;
    return true;
}

static void append_expression(VgBuffer *buffer, const VgExpression *node)
{
    switch (node->kind) {
    case VG_NODE_NUMBER:
        append_number(buffer, node->number);
        break;
    case VG_NODE_NAME:
        vg_buffer_printf(buffer, is_syntactic(node->name) ? "%s" : "`%s`", node->name);
        break;
    case VG_NODE_CALL:
        vg_buffer_printf(buffer, "%s(", node->name);
        append_expression(buffer, node->left);
        vg_buffer_text(buffer, ")");
        break;
    case VG_NODE_PARENS:
        vg_buffer_text(buffer, "(");
        append_expression(buffer, node->left);
        vg_buffer_text(buffer, ")");
        break;
    case VG_NODE_UNARY:
        vg_buffer_append(buffer, &node->operation, 1);
        append_expression(buffer, node->left);
        break;
    case VG_NODE_BINARY:
        append_expression(buffer, node->left);
        if (node->operation == 'i')
            vg_buffer_text(buffer, " %in% ");
        else
            vg_buffer_printf(buffer, strchr("/^:", node->operation) ? "%c" : " %c ",
                             node->operation);
        append_expression(buffer, node->right);
        break;
    }
}

const char *vg_expression_text(VgArena *arena, const VgExpression *expression)
{
    VgBuffer buffer = {0};
    append_expression(&buffer, expression);
    const char *text =
        buffer.failed ? NULL : vg_arena_strdup(arena, buffer.text ? buffer.text : "");
    vg_buffer_free(&buffer);
    return text;
}
