/* The program `gnn`: finds the command and lets it run. */
#include <argp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const cli_command commands[] = {
    {"train node", "train a graph neural network that predicts something of nodes",
     cli_train_node},
    {"embed", "train vectors of entities and relations from triples", cli_embed},
    {"query", "what fits best, by vectors of entities and relations", cli_query},
    {"eval", "metrics of a trained network", cli_eval},
    {"predict", "predictions of a trained network, also for nodes it never saw",
     cli_predict},
    {"export", "hidden states or outputs as a table for other programs", cli_export},
    {"info", "what is in a data set or a run, and what training would cost", cli_info},
    {"split", "divide nodes into training, validation and test", cli_split},
    {"generate", "make a graph", cli_generate},
    {"list", "layers, models, optimizers, formats and what else there is by name",
     cli_list},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

const char *argp_program_version = "gnn " GNN_VERSION;

static void print_help(FILE *file) {
    fputs(
        "Usage: gnn COMMAND [options]\n\n"
        "Graph neural networks on ordinary CPUs: from a file of arcs to predictions and\n"
        "embeddings.\n\n",
        file);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(file, "  %-11s %s\n", commands[i].name, commands[i].help);
    fputs("\n`gnn COMMAND --help` tells all about a command, `gnn --version` the "
          "version.\n\n"
          "Example:\n"
          "  gnn train node --data cora --model gcn\n"
          "  gnn predict runs/cora-gcn --data cora --out predictions.tsv\n",
          file);
}

/* The command that the first words name, and how many words that takes. */
static const cli_command *find_command(int argc, char **argv, int *n_words) {
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *name = commands[i].name, *space = strchr(name, ' ');
        size_t length = space ? (size_t)(space - name) : strlen(name);
        if (strlen(argv[1]) != length || strncmp(argv[1], name, length) != 0) continue;
        if (space && (argc < 3 || strcmp(argv[2], space + 1) != 0)) continue;
        *n_words = space ? 2 : 1;
        return &commands[i];
    }
    return NULL;
}

static int unknown_command(int argc, char **argv) {
    const char *names[N_COMMANDS];
    for (size_t i = 0; i < N_COMMANDS; i++) names[i] = commands[i].name;
    char *words =
        strcmp(argv[1], "train") == 0
            ? cli_text("train%s%s", argc > 2 ? " " : "", argc > 2 ? argv[2] : "")
            : cli_copy(argv[1]);
    int code = cli_end(cli_unknown("command", words, N_COMMANDS, names));
    free(words);
    return code;
}

static bool asks_for_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
           strcmp(word, "help") == 0;
}

/* The command of two words whose first one stands alone, or before a call for help. */
static const cli_command *half_named(int argc, char **argv) {
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *space = strchr(commands[i].name, ' ');
        size_t length = space ? (size_t)(space - commands[i].name) : 0;
        if (space && strlen(argv[1]) == length &&
            strncmp(argv[1], commands[i].name, length) == 0 &&
            (argc == 2 || asks_for_help(argv[2])))
            return &commands[i];
    }
    return NULL;
}

static int run(int argc, char **argv) {
    if (argc < 2) {
        print_help(stderr);
        return CLI_OPTIONS;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts(argp_program_version);
        return CLI_DONE;
    }
    if (asks_for_help(argv[1])) {
        print_help(stdout);
        return CLI_DONE;
    }
    int n_words = 0;
    const cli_command *command = find_command(argc, argv, &n_words);
    if (!command && (command = half_named(argc, argv)) != NULL) {
        if (argc == 2)
            return cli_end(
                gnn_fail(GNN_ERR_ARGUMENT, "expected `gnn %s`", command->name));
        n_words = 1;
    }
    if (!command) return unknown_command(argc, argv);
    /* argp calls the program by argv[0] in its texts. */
    char *name = cli_text("gnn %s", command->name);
    argv[n_words] = name;
    int code = command->run(argc - n_words, argv + n_words);
    free(name);
    return code;
}

int main(int argc, char **argv) {
    argp_err_exit_status = CLI_OPTIONS;
    signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit is an error of its writer */
    return cli_flush(run(argc, argv));
}
