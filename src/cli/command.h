/* The one description of the commands. Option parsing, --help, the manual pages and the completion
 * are all made from it, so that they cannot disagree. */
#ifndef VG_CLI_COMMAND_H
#define VG_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/status.h>

/* What an option takes, and so how its value is checked. */
typedef enum VgArgumentKind {
    VG_ARGUMENT_NONE,    /* a switch */
    VG_ARGUMENT_TEXT,    /* anything that is not empty */
    VG_ARGUMENT_COLUMN,  /* a column of the table */
    VG_ARGUMENT_PATH,    /* a file */
    VG_ARGUMENT_CHOICE,  /* one of `choice` */
    VG_ARGUMENT_CHOICES, /* a comma-separated list from `choice`, none twice */
    VG_ARGUMENT_ROBUST,  /* one of `choice`; where the choice ends in ':' a column follows */
    VG_ARGUMENT_LEVELS,  /* COL=first,second,… */
    VG_ARGUMENT_NUMBER,  /* a number strictly between minimum and maximum */
    VG_ARGUMENT_COUNT    /* a whole number from minimum to maximum */
} VgArgumentKind;

typedef struct VgOptionSpec {
    const char *name; /* without the dashes */
    char letter;      /* 0 = no short form */
    VgArgumentKind kind;
    const char *argument;      /* its name in the help: COL, FILE, … */
    const char *const *choice; /* NULL-terminated */
    double minimum, maximum;
    const char *initial; /* the default in words; NULL = none */
    bool required;
    bool repeatable;
    const char *help; /* one sentence or two */
} VgOptionSpec;

typedef struct VgExample {
    const char *line; /* what to type, without "vagus " */
    const char *what;
} VgExample;

typedef struct VgArguments VgArguments;
typedef struct VgSession VgSession;

typedef struct VgCommand {
    const char *name;
    const char *synopsis;         /* the arguments after the name */
    const char *summary;          /* one line */
    const char *const *paragraph; /* NULL-terminated; the description */
    const VgOptionSpec *option;   /* the command's own; ends with name == NULL */
    const VgExample *example;     /* ends with line == NULL */
    const char *const *method;    /* NULL-terminated: what is computed and from which source */
    size_t least_inputs, most_inputs;
    bool prints_result; /* answers with a VgResult: takes --format, --level, … */
    VgStatus (*run)(VgSession *session, VgError *error);
} VgCommand;

/* The commands of this version, and the names that the contract knows but this version does not. */
extern const VgCommand vg_commands[];
extern const size_t vg_n_commands;
extern const char *const vg_commands_not_built[]; /* NULL-terminated */

/* Options that every command takes, and those of commands that print a result; end with name ==
 * NULL. */
extern const VgOptionSpec vg_options_everywhere[];
extern const VgOptionSpec vg_options_result[];

/* NULL when there is no such command in this version. */
const VgCommand *vg_command_find(const char *name);

/* The i-th option a command takes (its own, then those of results, then those of all); NULL at the
 * end. */
const VgOptionSpec *vg_command_option(const VgCommand *command, size_t i);

/* What the commands do (one file each). */
VgStatus vg_cli_mmrm(VgSession *session, VgError *error);
VgStatus vg_cli_simulate(VgSession *session, VgError *error);
VgStatus vg_cli_trial_design(VgSession *session, VgError *error);
VgStatus vg_cli_lm(VgSession *session, VgError *error);
VgStatus vg_cli_lmm(VgSession *session, VgError *error);
VgStatus vg_cli_glm(VgSession *session, VgError *error);
VgStatus vg_cli_mediate(VgSession *session, VgError *error);
VgStatus vg_cli_forest(VgSession *session, VgError *error);
VgStatus vg_cli_meta(VgSession *session, VgError *error);
VgStatus vg_cli_nma(VgSession *session, VgError *error);
VgStatus vg_cli_init(VgSession *session, VgError *error);
VgStatus vg_cli_check(VgSession *session, VgError *error);
VgStatus vg_cli_run(VgSession *session, VgError *error);
VgStatus vg_cli_report(VgSession *session, VgError *error);
VgStatus vg_cli_distance(VgSession *session, VgError *error);
VgStatus vg_cli_permanova(VgSession *session, VgError *error);
VgStatus vg_cli_differential(VgSession *session, VgError *error);
VgStatus vg_cli_norms(VgSession *session, VgError *error);
VgStatus vg_cli_diversity(VgSession *session, VgError *error);
VgStatus vg_cli_transform(VgSession *session, VgError *error);
VgStatus vg_cli_modules(VgSession *session, VgError *error);

#endif
