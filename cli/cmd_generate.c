/* gnn generate: graphs from igraph's generators, written as a data directory. */
#include <stdlib.h>
#include <string.h>

#include <datasets/generate.h>
#include <datasets/write.h>

#include "data.h"
#include "output.h"

static gnn_status generate(const char *kind, int n_parameters,
                           const char *const *parameters, const cli_settings *settings,
                           const char *out, cli_progress *progress) {
    gnn_status status = GNN_OK;
    data_options options;
    data_nodes nodes = {0};
    char *text = NULL;
    GNN_CHECK(out, GNN_ERR_ARGUMENT, "expected --out DIR");
    for (int i = 0; i < n_parameters; i++) {
        GNN_CHECK(strchr(parameters[i], '='), GNN_ERR_ARGUMENT,
                  "'%s': expected NAME=VALUE, as `gnn list generators` shows",
                  parameters[i]);
        cli_append(&text, ",", "%s", parameters[i]);
    }
    GNN_TRY(cli_data_options(settings, progress, &options));
    GNN_TRY(data_generate(kind, text, &options, &nodes));
    GNN_TRY(cli_make_parents(out));
    GNN_TRY(data_write_directory(out, &nodes));
    int64_t n = gnn_graph_n_nodes(nodes.graph), n_arcs = gnn_graph_n_arcs(nodes.graph);
    cli_note("%s: %lld node%s, %lld arc%s", out, (long long)n, cli_plural(n),
             (long long)n_arcs, cli_plural(n_arcs));
cleanup:
    cli_progress_end(progress);
    free(text);
    data_nodes_clear(&nodes);
    return status;
}

static char *help_text(void) {
    char *help =
        cli_copy("Make a graph and write it as a data directory. KIND is one of:\n");
    size_t n;
    const data_generator *const *generators = data_generators(&n);
    for (size_t i = 0; i < n; i++)
        cli_append(&help, "", "\n  %-14s %s", generators[i]->name,
                   generators[i]->parameters);
    return help;
}

int cli_generate(int argc, char **argv) {
    enum { MOST = 32 };
    cli_settings settings = {0};
    cli_progress progress;
    const char *out = NULL, *words[MOST];
    bool quiet = false;
    const cli_option own[] = {
        CLI_OPTION_TEXT('o', "out", "DIR", "the data directory to write", &out),
        CLI_OPTION_SETTING(0, "seed", "N", "of the random generators [0]"),
        CLI_OPTION_SETTING(0, "features", "KIND", "degree, onehot or random:D [none]"),
        CLI_OPTION_SETTING(0, "split", "SPLIT",
                           "random:TRAIN,VALID,TEST or per-class:TRAIN,VALID "
                           "[none]"),
        CLI_OPTION_SWITCH("directed", "make directed arcs, where the kind knows them"),
        CLI_OPTION_SETTING(0, "duplicates", "KIND",
                           "arcs made twice: auto, keep, sum, drop or error"),
        CLI_OPTION_FLAG('q', "quiet", "say nothing but errors", &quiet),
        CLI_OPTIONS_END,
    };
    char *help = help_text();
    cli_grammar grammar = {
        .arguments = "KIND [NAME=VALUE...]",
        .least = 1,
        .most = MOST,
        .words = words,
        .help = help,
        .more =
            "`gnn list generators` tells more of each kind. Lists are written with +.\n\n"
            "Example:\n"
            "  gnn generate sbm sizes=50+50 --features onehot --out blocks",
        .tables = {own, cli_machine_table},
        .settings = &settings};
    gnn_status status = cli_parse(&grammar, argc, argv);
    if (status == GNN_OK) {
        cli_quiet(quiet);
        cli_stop_on_signals();
        cli_progress_begin(&progress, quiet);
        status =
            generate(words[0], grammar.n_words - 1, words + 1, &settings, out, &progress);
    }
    free(help);
    cli_settings_clear(&settings);
    return cli_end(status);
}
