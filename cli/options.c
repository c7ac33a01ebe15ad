/* The options of a command. argp reads them and lays out --help; what is wrong is said
 * here, in one line, because argp would answer with two and know no near names. */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void cli_settings_clear(cli_settings *settings) {
    for (size_t i = 0; i < settings->n; i++) {
        free(settings->entry[i].name);
        free(settings->entry[i].value);
    }
    free(settings->entry);
    *settings = (cli_settings){0};
}

static struct cli_setting *find_setting(const cli_settings *settings, const char *name) {
    for (size_t i = 0; i < settings->n; i++)
        if (strcmp(settings->entry[i].name, name) == 0) return &settings->entry[i];
    return NULL;
}

void cli_settings_set(cli_settings *settings, const char *name, const char *value) {
    char *copy = cli_copy(value);
    struct cli_setting *setting = find_setting(settings, name);
    if (setting) {
        free(setting->value);
        setting->value = copy;
        return;
    }
    settings->entry =
        cli_resize(settings->entry, settings->n + 1, sizeof *settings->entry);
    settings->entry[settings->n++] = (struct cli_setting){cli_copy(name), copy};
}

void cli_settings_unset(cli_settings *settings, const char *name) {
    struct cli_setting *setting = find_setting(settings, name);
    if (!setting) return;
    free(setting->name);
    free(setting->value);
    size_t place = (size_t)(setting - settings->entry);
    settings->n--;
    memmove(setting, setting + 1, (settings->n - place) * sizeof *setting);
}

const char *cli_settings_get(const cli_settings *settings, const char *name) {
    const struct cli_setting *setting = find_setting(settings, name);
    return setting ? setting->value : NULL;
}

void cli_settings_lay(cli_settings *settings, const cli_settings *over) {
    for (size_t i = 0; i < over->n; i++)
        cli_settings_set(settings, over->entry[i].name, over->entry[i].value);
}

/* --- lists made from option tables --- */

static size_t count_options(const cli_option *list) {
    size_t n = 0;
    while (list && list[n].help) n++;
    return n;
}

void cli_options_add(cli_option **list, cli_option option) {
    size_t n = count_options(*list);
    *list = cli_resize(*list, n + 2, sizeof **list);
    (*list)[n] = option;
    (*list)[n + 1] = (cli_option){0};
}

void cli_options_drop(cli_option *list, const char *name) {
    while (list && list->help && !(list->name && strcmp(list->name, name) == 0)) list++;
    if (!list || !list->help) return;
    free((char *)list->argument);
    free((char *)list->help);
    for (; list->help; list++) list[0] = list[1];
}

static bool has_option(const cli_option *list, const char *name) {
    for (; list && list->help; list++)
        if (list->name && strcmp(list->name, name) == 0) return true;
    return false;
}

/* "a|b|c" or "a, b, c" of the blank-separated "a b c ". */
static char *join_words(const char *words, const char *separator) {
    char *text = NULL;
    while (*words) {
        int length = (int)strcspn(words, " ");
        cli_append(&text, separator, "%.*s", length, words);
        words += length;
        words += strspn(words, " ");
    }
    return text ? text : cli_copy("");
}

/* More choices than this many letters are told in the help, not beside the option. */
enum { SHORT_CHOICES = 20 };

/* What --help calls a value: "N", "sum|mean|max". */
static char *value_text(const gnn_option *entry) {
    switch (entry->type) {
    case GNN_OPTION_INT: return cli_copy("N");
    case GNN_OPTION_REAL: return cli_copy("X");
    case GNN_OPTION_CHOICE:
        if (strlen(entry->choices) <= SHORT_CHOICES)
            return join_words(entry->choices, "|");
        return cli_copy("NAME");
    default: return cli_copy("TEXT");
    }
}

/* What a table says of a setting that is not given. */
static char *initial_text(const gnn_option *entry) {
    switch (entry->type) {
    case GNN_OPTION_BOOL: return cli_copy(entry->initial != 0 ? "true" : "false");
    case GNN_OPTION_CHOICE: {
        const char *word = entry->choices;
        for (int place = (int)entry->initial; place > 0; place--) {
            word = strchr(word, ' ');
            word = word ? word + 1 : "";
        }
        return cli_text("%.*s", (int)strcspn(word, " "), word);
    }
    case GNN_OPTION_TEXT: return cli_copy(entry->choices ? entry->choices : "");
    default: return cli_text("%.6g", entry->initial);
    }
}

/* The value of a name in "name=value,…"; NULL when it is not there. New memory. */
static char *value_in(const char *list, const char *name) {
    size_t length = strlen(name);
    while (list && *list) {
        size_t size = strcspn(list, ",");
        if (size > length && list[length] == '=' && strncmp(list, name, length) == 0)
            return cli_text("%.*s", (int)(size - length - 1), list + length + 1);
        list += size + (list[size] == ',');
    }
    return NULL;
}

static char *help_text(const gnn_option *entry, const char *defaults) {
    char *value = value_in(defaults, entry->name);
    if (!value) value = initial_text(entry);
    char *text = cli_copy(entry->help);
    if (entry->type == GNN_OPTION_CHOICE && strlen(entry->choices) > SHORT_CHOICES) {
        char *choices = join_words(entry->choices, ", ");
        cli_append(&text, ": ", "%s", choices);
        free(choices);
    }
    if (value[0]) cli_append(&text, " ", "[%s]", value);
    free(value);
    return text;
}

void cli_options_from_table(cli_option **list, const char *headline,
                            const gnn_option *table, const char *defaults, bool hidden) {
    bool headed = headline == NULL;
    for (; table && table->name; table++) {
        if (has_option(*list, table->name)) continue;
        if (!headed) {
            cli_options_add(list, (cli_option)CLI_OPTIONS_HEADING(cli_copy(headline)));
            headed = true;
        }
        cli_option option = {.kind = CLI_SETTING, .name = table->name, .hidden = hidden};
        if (table->type == GNN_OPTION_BOOL) {
            option.kind = CLI_SWITCH;
            option.argument = cli_copy("false");
        } else {
            option.argument = value_text(table);
        }
        option.help = help_text(table, defaults);
        cli_options_add(list, option);
    }
}

void cli_options_free(cli_option *list) {
    for (size_t i = 0; list && list[i].help; i++) {
        free((char *)list[i].argument);
        free((char *)list[i].help);
    }
    free(list);
}

/* --- argp --- */

enum { FIRST_KEY = 0x1000, USAGE_KEY = 0x800 }; /* beyond any character: no letter */

/* argp's own ones print nothing while it leaves errors to us. */
static const struct argp_option standard[] = {
    {"help", 'h', NULL, 0, "Print this help", -1},
    {"usage", USAGE_KEY, NULL, 0, "Print all options in short", -1},
    {"version", 'V', NULL, 0, "Print the version of the program", -1},
};
enum { N_STANDARD = sizeof standard / sizeof *standard };

typedef struct parse_state {
    cli_grammar *grammar;
    struct argp_option *argp;  /* (n) */
    const cli_option **option; /* (n) of each argp entry */
    size_t n;
    bool failed;   /* the message is set */
    bool answered; /* help or the version was asked for, and given */
} parse_state;

static error_t fail(parse_state *reading, const char *message) {
    gnn_fail(GNN_ERR_ARGUMENT, "%s", message);
    reading->failed = true;
    return EINVAL;
}

static error_t take_integer(parse_state *reading, const cli_option *option,
                            const char *text) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    bool whole = end != text && *end == '\0' && errno == 0;
    if (!whole || value < option->least || value > option->most) {
        char *range = option->most == INT64_MAX
                          ? cli_text("from %lld", (long long)option->least)
                          : cli_text("from %lld to %lld", (long long)option->least,
                                     (long long)option->most);
        char *message =
            cli_text("--%s %s: expected a whole number %s", option->name, text, range);
        error_t error = fail(reading, message);
        free(message);
        free(range);
        return error;
    }
    *(int64_t *)option->target = value;
    return 0;
}

static error_t take_option(parse_state *reading, const cli_option *option, char *text) {
    switch (option->kind) {
    case CLI_FLAG: *(bool *)option->target = true; return 0;
    case CLI_TEXT: *(const char **)option->target = text; return 0;
    case CLI_INTEGER: return take_integer(reading, option, text);
    case CLI_SETTING:
        cli_settings_set(reading->grammar->settings, option->name, text);
        return 0;
    case CLI_SWITCH:
        cli_settings_set(reading->grammar->settings, option->name, text ? text : "true");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t take_word(parse_state *reading, char *word) {
    cli_grammar *grammar = reading->grammar;
    if (grammar->n_words == grammar->most) {
        char *message = cli_text("unexpected argument '%s'", word);
        error_t error = fail(reading, message);
        free(message);
        return error;
    }
    grammar->words[grammar->n_words++] = word;
    return 0;
}

/* What argp rejected without a call of ours: the word before state->next, which is an
 * option that is unknown or ambiguous, lacks its value, or has one it should not have. */
static void explain(parse_state *reading, const struct argp_state *state) {
    const char *word = state->next > 0 ? state->argv[state->next - 1] : "";
    if (strncmp(word, "--", 2) != 0) {
        char *message = cli_text("unknown option or missing value: '%s'", word);
        fail(reading, message);
        free(message);
        return;
    }
    char *name = strndup(word + 2, strcspn(word + 2, "="));
    size_t n = 0, n_alike = 0;
    const char **known = cli_alloc(reading->n + 1, sizeof *known);
    const cli_option *exact = NULL, *alike = NULL;
    for (size_t i = 0; name && i < reading->n; i++) {
        const cli_option *option = reading->option[i];
        if (!option || !option->name) continue;
        known[n++] = option->name;
        if (strcmp(option->name, name) == 0) exact = option;
        if (strncmp(option->name, name, strlen(name)) == 0) {
            alike = option;
            n_alike++;
        }
    }
    if (!exact && n_alike == 1) exact = alike;
    const char *nearest = name ? cli_nearest(name, n, known) : NULL;
    char *message =
        exact && exact->kind == CLI_FLAG
            ? cli_text("option '--%s' takes no value", exact->name)
        : exact       ? cli_text("option '--%s' needs a value", exact->name)
        : n_alike > 1 ? cli_text("option '--%s' is ambiguous", name)
        : nearest ? cli_text("unknown option '--%s'; did you mean '--%s'?", name, nearest)
                  : cli_text("unknown option '--%s'; see %s --help", name, state->name);
    fail(reading, message);
    free(message);
    free(known);
    free(name);
}

static error_t take(int key, char *argument, struct argp_state *state) {
    parse_state *reading = state->input;
    for (size_t i = 0; i < reading->n; i++)
        if (reading->option[i] && reading->argp[i].key == key)
            return take_option(reading, reading->option[i], argument);
    switch (key) {
    case 'h':
    case USAGE_KEY:
        argp_help(state->root_argp, stdout,
                  key == 'h' ? ARGP_HELP_STD_HELP : ARGP_HELP_USAGE, state->name);
        reading->answered = true;
        return ECANCELED;
    case 'V':
        puts(argp_program_version);
        reading->answered = true;
        return ECANCELED;
    case ARGP_KEY_ARG: return take_word(reading, argument);
    case ARGP_KEY_END:
        if (reading->grammar->n_words >= reading->grammar->least) return 0;
        char *message = cli_text("expected %s; see %s --help",
                                 reading->grammar->arguments, state->name);
        fail(reading, message);
        free(message);
        return EINVAL;
    case ARGP_KEY_ERROR:
        if (!reading->failed && !reading->answered) explain(reading, state);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void lay_out(parse_state *reading) {
    const cli_grammar *grammar = reading->grammar;
    size_t n = 0, n_tables = sizeof grammar->tables / sizeof *grammar->tables;
    for (size_t t = 0; t < n_tables; t++) n += count_options(grammar->tables[t]);
    reading->argp = cli_alloc(n + N_STANDARD + 1, sizeof *reading->argp);
    reading->option = cli_alloc(n + N_STANDARD + 1, sizeof *reading->option);
    int group = 1;
    for (size_t t = 0; t < n_tables; t++) {
        const cli_option *option = grammar->tables[t];
        for (; option && option->help; option++) {
            if (option->kind == CLI_HEADING && option->hidden) continue;
            struct argp_option *entry = &reading->argp[reading->n];
            entry->doc = option->help;
            if (option->kind == CLI_HEADING) {
                entry->group = ++group;
            } else {
                entry->name = option->name;
                entry->key =
                    option->letter ? option->letter : FIRST_KEY + (int)reading->n;
                entry->arg = option->kind == CLI_FLAG ? NULL : option->argument;
                entry->flags = (option->kind == CLI_SWITCH ? OPTION_ARG_OPTIONAL : 0) |
                               (option->hidden ? OPTION_HIDDEN : 0);
                entry->group = group;
                reading->option[reading->n] = option;
            }
            reading->n++;
        }
    }
    for (size_t i = 0; i < N_STANDARD; i++) reading->argp[reading->n + i] = standard[i];
}

gnn_status cli_parse(cli_grammar *grammar, int argc, char **argv) {
    parse_state reading = {.grammar = grammar};
    setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
    lay_out(&reading);
    grammar->n_words = 0;
    char *doc = cli_text("%s\v%s", grammar->help, grammar->more ? grammar->more : "");
    struct argp argp = {.options = reading.argp,
                        .parser = take,
                        .args_doc = grammar->arguments,
                        .doc = doc};
    error_t error =
        argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP, NULL, &reading);
    if (error && !reading.failed && !reading.answered)
        gnn_fail(GNN_ERR_ARGUMENT, "%s: the command line cannot be read", argv[0]);
    free(doc);
    free(reading.argp);
    free(reading.option);
    if (reading.answered) exit(cli_flush(CLI_DONE));
    return error ? GNN_ERR_ARGUMENT : GNN_OK;
}

static bool is_given(const cli_option *option, const cli_settings *settings) {
    switch (option->kind) {
    case CLI_FLAG: return *(const bool *)option->target;
    case CLI_TEXT: return *(const char *const *)option->target != NULL;
    case CLI_INTEGER: return *(const int64_t *)option->target != 0;
    case CLI_SETTING:
    case CLI_SWITCH: return cli_settings_get(settings, option->name) != NULL;
    default: return false;
    }
}

const cli_option *cli_given(const cli_option *table, const cli_settings *settings) {
    for (; table && table->help; table++)
        if (is_given(table, settings)) return table;
    return NULL;
}
