/* The options of a command: declared as tables, read by argp, shown by --help. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <gnn/option.h>

#include "cli.h"

/** Settings as text, "name → value", in the order of their first setting. Layers of
 *  settings (a recipe, a configuration, the command line) are laid over each other. */
typedef struct cli_settings {
    size_t n;
    struct cli_setting {
        char *name, *value;
    } * entry;
} cli_settings;
void cli_settings_clear(cli_settings *settings);
void cli_settings_set(cli_settings *settings, const char *name, const char *value);
void cli_settings_unset(cli_settings *settings, const char *name);
/** NULL when it is not set. */
const char *cli_settings_get(const cli_settings *settings, const char *name);
/** Set all that `over` holds. */
void cli_settings_lay(cli_settings *settings, const cli_settings *over);

typedef enum cli_kind {
    CLI_HEADING, /**< no option: `help` is a headline */
    CLI_FLAG,    /**< target: bool, set to true */
    CLI_TEXT,    /**< target: const char * */
    CLI_INTEGER, /**< target: int64_t in least .. most */
    CLI_SETTING, /**< goes into the command's settings under its name */
    CLI_SWITCH   /**< a setting of yes or no: --NAME or --NAME=no */
} cli_kind;

/** One option. Tables end with an entry whose help is NULL. */
typedef struct cli_option {
    cli_kind kind;
    int letter; /**< short form, or 0 */
    const char *name;
    const char *argument; /**< what --help calls its value */
    const char *help;     /**< one or two lines */
    void *target;
    int64_t least, most;
    bool hidden; /**< understood, but not shown by --help */
} cli_option;

/* Entries of a table of such options. */
#define CLI_OPTIONS_HEADING(text)                                                        \
    { .kind = CLI_HEADING, .help = (text) }
#define CLI_OPTION_FLAG(short_form, word, text, bool_pointer)                            \
    {                                                                                    \
        .kind = CLI_FLAG, .letter = (short_form), .name = (word), .help = (text),        \
        .target = (bool_pointer)                                                         \
    }
#define CLI_OPTION_TEXT(short_form, word, value, text, text_pointer)                     \
    {                                                                                    \
        .kind = CLI_TEXT, .letter = (short_form), .name = (word), .argument = (value),   \
        .help = (text), .target = (text_pointer)                                         \
    }
#define CLI_OPTION_INTEGER(short_form, word, smallest, largest, text, int64_pointer)     \
    {                                                                                    \
        .kind = CLI_INTEGER, .letter = (short_form), .name = (word), .argument = "N",    \
        .help = (text), .target = (int64_pointer), .least = (smallest),                  \
        .most = (largest)                                                                \
    }
#define CLI_OPTION_SETTING(short_form, word, value, text)                                \
    {                                                                                    \
        .kind = CLI_SETTING, .letter = (short_form), .name = (word),                     \
        .argument = (value), .help = (text)                                              \
    }
#define CLI_OPTION_SWITCH(word, text)                                                    \
    { .kind = CLI_SWITCH, .name = (word), .argument = "false", .help = (text) }
#define CLI_OPTIONS_END                                                                  \
    { .help = NULL }

/** What a command understands. */
typedef struct cli_grammar {
    const char *arguments;       /**< for the usage line: "RUN" */
    const char *help;            /**< what the command does */
    const char *more;            /**< after the options: an example */
    const cli_option *tables[8]; /**< shown in this order; unused places are NULL */
    cli_settings *settings;
    int least, most;    /**< arguments that are no options */
    const char **words; /**< (most) receives them */
    int n_words;        /**< set by cli_parse */
} cli_grammar;

/** Read the command line. --help and --version print and exit. GNN_ERR_ARGUMENT names
 *  what was wrong, with the nearest known option. */
gnn_status cli_parse(cli_grammar *grammar, int argc, char **argv);
/** The first option of a table (NULL: an empty one) that was given: whose target, false,
 *  NULL or 0 before, or whose setting is set. NULL when none is. */
const cli_option *cli_given(const cli_option *table, const cli_settings *settings);

/** The entries of an option table as settings, added to a list (grown; NULL at first)
 *  under a headline (NULL: none); names that the list has already are left out. Defaults
 *  shown are those of `defaults`, "name=value,…" (may be NULL), else of the table. */
void cli_options_from_table(cli_option **list, const char *headline,
                            const gnn_option *table, const char *defaults, bool hidden);
/** Take the entry of a name out of such a list. */
void cli_options_drop(cli_option *list, const char *name);
/** Add one entry at the end of such a list. */
void cli_options_add(cli_option **list, cli_option option);
void cli_options_free(cli_option *list);

#endif
