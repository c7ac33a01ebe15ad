/* gnn split: divide nodes into training, validation and test, by seed. */
#include <stdlib.h>
#include <sys/stat.h>

#include <datasets/write.h>

#include "data.h"
#include "output.h"

static gnn_status split(const cli_settings *settings, const char *out,
                        cli_progress *progress) {
    gnn_status status = GNN_OK;
    data_options options;
    data_nodes nodes = {0};
    char *path = NULL;
    const char *kind = cli_settings_get(settings, "split");
    GNN_CHECK(out, GNN_ERR_ARGUMENT, "expected --out FILE or --out DIR");
    GNN_TRY(cli_check_out(out));
    GNN_CHECK(cli_split_is_drawn(kind), GNN_ERR_ARGUMENT,
              "--split %s: expected random:TRAIN,VALID,TEST or per-class:TRAIN,VALID",
              kind);
    GNN_TRY(cli_data_options(settings, progress, &options));
    GNN_TRY(cli_data_read(settings, &options, &nodes));
    struct stat there;
    bool is_folder = stat(out, &there) == 0 && S_ISDIR(there.st_mode);
    path = is_folder ? cli_text("%s/split.tsv", out) : cli_copy(out);
    GNN_TRY(cli_make_parents(path));
    GNN_TRY(data_write_split(path, nodes.names, nodes.part));
    int64_t train = cli_count_part(&nodes, nodes.part, GNN_PART_TRAIN);
    cli_note("%s: %lld node%s to train, %lld to validate, %lld to test, of %lld", path,
             (long long)train, cli_plural(train),
             (long long)cli_count_part(&nodes, nodes.part, GNN_PART_VALID),
             (long long)cli_count_part(&nodes, nodes.part, GNN_PART_TEST),
             (long long)gnn_graph_n_nodes(nodes.graph));
cleanup:
    cli_progress_end(progress);
    free(path);
    data_nodes_clear(&nodes);
    return status;
}

int cli_split(int argc, char **argv) {
    cli_settings settings = {0};
    cli_progress progress;
    const char *out = NULL, *spec = NULL;
    bool quiet = false;
    const cli_option split_table[] = {
        CLI_OPTION_SETTING(0, "split", "SPLIT",
                           "random:TRAIN,VALID,TEST (ratios) or per-class:TRAIN,VALID "
                           "(nodes a class, the rest is test) [random:.6,.2,.2]"),
        CLI_OPTIONS_END,
    };
    const cli_option own[] = {
        CLI_OPTION_TEXT('o', "out", "PATH",
                        "split.tsv of this folder, or this file; - for standard "
                        "output",
                        &out),
        CLI_OPTION_SETTING(0, "seed", "N", "of the draw [0]"),
        CLI_OPTION_FLAG('q', "quiet", "say nothing but errors", &quiet),
        CLI_OPTIONS_END,
    };
    cli_grammar grammar = {
        .arguments = "SPEC",
        .least = 1,
        .most = 1,
        .words = &spec,
        .help =
            "Draw a split of the labelled nodes of a data set (all nodes when it has no "
            "labels) and write it as lines `node train|val|test`. The same seed draws "
            "the "
            "same split.",
        .more =
            "Example:\n  gnn split cora --split random:.6,.2,.2 --seed 1 --out split.tsv",
        .tables = {own, cli_data_table, split_table, cli_machine_table},
        .settings = &settings};
    gnn_status status = cli_parse(&grammar, argc, argv);
    if (status == GNN_OK) {
        cli_quiet(quiet);
        cli_stop_on_signals();
        cli_progress_begin(&progress, quiet);
        cli_settings_set(&settings, "data", spec);
        if (!cli_settings_get(&settings, "split"))
            cli_settings_set(&settings, "split", "random:.6,.2,.2");
        status = split(&settings, out, &progress);
    }
    cli_settings_clear(&settings);
    return cli_end(status);
}
