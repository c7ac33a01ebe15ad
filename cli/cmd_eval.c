/* gnn eval: metrics of a trained network on its own data or on others. */
#include <stdlib.h>
#include <string.h>

#include "embed_run.h"
#include "report.h"
#include "run_data.h"

typedef struct evaluation {
    cli_run run;
    gnn_model *model;
    data_nodes nodes;
    uint8_t *part;
    gnn_node_task task;
    gnn_tensor *outputs;
    gnn_metrics_scratch *scratch;
} evaluation;

static void evaluation_clear(evaluation *e) {
    gnn_metrics_scratch_free(e->scratch);
    gnn_tensor_free(e->outputs);
    free(e->part);
    data_nodes_clear(&e->nodes);
    gnn_model_free(e->model);
    cli_run_close(&e->run);
}

/* Metrics of one part into the result, if it has nodes. */
static gnn_status add_part(evaluation *e, const char *name, int part, cJSON *result) {
    int64_t n;
    gnn_metrics metrics;
    gnn_id *rows = cli_part_rows(&e->nodes, e->part, part, &n);
    gnn_status status =
        gnn_metrics_compute(e->task.kind, e->outputs, e->task.class_of, e->task.target, n,
                            rows, true, &e->scratch, &metrics);
    free(rows);
    if (status == GNN_OK) cli_json_add(result, name, cli_metrics_json(&metrics));
    return status;
}

static gnn_status print_confusion(const evaluation *e, int part) {
    int64_t n, k = e->task.n_outputs;
    gnn_id *rows = cli_part_rows(&e->nodes, e->part, part, &n);
    int64_t *counts = cli_alloc((size_t)(k * k), sizeof *counts);
    char buffer[32];
    gnn_status status =
        gnn_metrics_confusion(e->outputs, e->task.class_of, n, rows, counts);
    if (status != GNN_OK) goto done;
    printf("truth\\predicted");
    for (int64_t c = 0; c < k; c++)
        printf("\t%s", gnn_names_get(e->nodes.labels->classes, c, buffer));
    for (int64_t t = 0; t < k; t++) {
        printf("\n%s", gnn_names_get(e->nodes.labels->classes, t, buffer));
        for (int64_t p = 0; p < k; p++) printf("\t%lld", (long long)counts[t * k + p]);
    }
    putchar('\n');
done:
    free(counts);
    free(rows);
    return status;
}

static gnn_status evaluate(const char *path, const char *part_name, bool json,
                           bool confusion, const cli_settings *given,
                           cli_progress *progress) {
    gnn_status status = GNN_OK;
    evaluation e = {0};
    cJSON *result = cli_json(cJSON_CreateObject());
    int n_threads, part = CLI_PART_ALL;
    if (part_name) GNN_TRY(cli_part(part_name, &part));
    GNN_TRY(cli_run_open(path, &e.run));
    GNN_TRY(cli_run_model(&e.run, &e.model));
    GNN_TRY(cli_run_read(&e.run, given, !part_name || part != CLI_PART_ALL, progress,
                         &e.nodes, &e.part));
    GNN_TRY(cli_check_weights(&e.nodes, e.model));
    GNN_CHECK(e.nodes.labels, GNN_ERR_INPUT,
              "%s has no labels; give them with --labels FILE", e.nodes.name);
    GNN_CHECK(part == CLI_PART_ALL || e.part, GNN_ERR_ARGUMENT,
              "--part %s: %s has no split; give one with --split", part_name,
              e.nodes.name);
    cli_node_task(&e.nodes, e.part, &e.task);
    GNN_CHECK(!confusion || e.task.kind == GNN_TASK_CLASS, GNN_ERR_ARGUMENT,
              "--confusion is for classes");
    GNN_TRY(cli_machine(given, &n_threads));
    double start = cli_now();
    GNN_TRY(gnn_infer_nodes(e.model, e.nodes.graph, e.nodes.features, -1, n_threads,
                            cli_progress_callback, progress, &e.outputs));
    double seconds = cli_now() - start;
    cli_progress_end(progress);
    cli_json_text(result, "task",
                  cli_settings_get(&e.run.settings, "task")
                      ? cli_settings_get(&e.run.settings, "task")
                      : "class");
    cli_json_text(result, "model", e.run.kind);
    cli_json_text(result, "data", e.nodes.name);
    cli_json_number(result, "seed", (double)e.run.seed);
    cli_run_add_training(e.run.run, result);
    static const char *const names[] = {"train", "valid", "test"};
    for (int p = GNN_PART_TRAIN; p <= GNN_PART_TEST; p++) {
        bool wanted = e.part && (part == p || !part_name);
        if (wanted) GNN_TRY(add_part(&e, names[p - 1], p, result));
    }
    if (part == CLI_PART_REST) GNN_TRY(add_part(&e, "rest", part, result));
    if (!e.part || (part_name && part == CLI_PART_ALL))
        GNN_TRY(add_part(&e, "all", CLI_PART_ALL, result));
    cli_json_number(result, "seconds_total", seconds);
    cli_json_number(result, "items_per_second",
                    (double)gnn_graph_n_nodes(e.nodes.graph) /
                        (seconds > 0 ? seconds : 1e-9));
    cli_machine_json(result, n_threads);
    printf("%s on %s\n", e.run.kind, e.nodes.name);
    cli_print_parts(result);
    if (confusion)
        GNN_TRY(print_confusion(&e, part_name || !e.part ? part : GNN_PART_TEST));
    if (json) cli_print_json(result);
cleanup:
    cli_progress_end(progress);
    cJSON_Delete(result);
    evaluation_clear(&e);
    return status;
}

int cli_eval(int argc, char **argv) {
    cli_settings given = {0};
    cli_progress progress;
    const char *path = NULL, *part = NULL;
    bool json = false, quiet = false, confusion = false, is_embed;
    cli_embed_wish wish = {0};
    const cli_option node_table[] = {
        CLI_OPTIONS_HEADING("Runs of gnn train node:"),
        CLI_OPTION_TEXT('p', "part", "PART",
                        "train, valid, test, rest (nodes of no part) or all [those of "
                        "the split, each]",
                        &part),
        CLI_OPTION_FLAG(
            0, "confusion",
            "also a table of true against predicted classes (of test, unless --part "
            "says otherwise)",
            &confusion),
        CLI_OPTIONS_END,
    };
    const cli_option rank_table[] = {
        CLI_OPTIONS_HEADING("Runs of gnn embed:"),
        CLI_OPTION_SETTING('t', "triples", "SPEC",
                           "triples in place of all of the run's: a file, a folder with "
                           "train.txt, valid.txt and test.txt, or wordnet:triples; "
                           "without others they are ranked themselves"),
        CLI_OPTION_SETTING(0, "valid", "FILE",
                           "validation triples, to be ranked [the run's; valid.txt of "
                           "the folder]"),
        CLI_OPTION_SETTING(0, "test", "FILE",
                           "test triples, to be ranked [the run's; test.txt of the "
                           "folder]"),
        CLI_OPTION_FLAG(0, "raw", "other true triples compete, too (not filtered)",
                        &wish.raw),
        CLI_OPTION_TEXT(0, "ties", "RULE",
                        "what equal scores do to a rank: mean, optimistic or "
                        "pessimistic [mean]",
                        &wish.ties),
        CLI_OPTION_TEXT(0, "by", "WHAT",
                        "results apart by relation, or by kind of relation: "
                        "from one or many (N) heads to one or many tails",
                        &wish.by),
        CLI_OPTION_INTEGER(
            0, "sample", 1, INT32_MAX,
            "for very many entities: rank among N drawn for each question, with "
            "confidence intervals; no exact ranks, nor comparable with them",
            &wish.sample),
        CLI_OPTION_INTEGER(0, "sample-seed", 0, INT64_MAX, "of that draw [0]",
                           &wish.seed),
        CLI_OPTIONS_END,
    };
    const cli_option own[] = {
        CLI_OPTION_FLAG('j', "json", "print the result as one JSON object, last", &json),
        CLI_OPTION_FLAG('q', "quiet", "say nothing but results and errors", &quiet),
        CLI_OPTIONS_END,
    };
    const cli_option *const of_nodes[] = {node_table, cli_spec_table, cli_data_table,
                                          cli_run_split_table, NULL};
    const cli_option *const of_triples[] = {rank_table, NULL};
    cli_grammar grammar = {
        .arguments = "RUN",
        .least = 1,
        .most = 1,
        .words = &path,
        .settings = &given,
        .help =
            "Metrics of a trained network: on the data it was trained with, or on "
            "those that --data names. Columns, classes and transforms are those of "
            "the run. Of a run of gnn embed: how its held-out triples rank, or those of "
            "--test FILE, filtered by all that are known to be true.",
        .more = "Example:\n  gnn eval runs/cora-gcn --part test\n"
                "  gnn eval runs/FB15k-237-complex --ties pessimistic",
        .tables = {own, node_table, cli_spec_table, cli_data_table, cli_run_split_table,
                   rank_table, cli_machine_table}};
    gnn_status status = cli_parse(&grammar, argc, argv);
    if (status == GNN_OK) {
        cli_quiet(quiet);
        cli_stop_on_signals();
        cli_progress_begin(&progress, quiet);
        status = cli_kind_of_run(path, of_nodes, of_triples, &given, &is_embed);
        if (status == GNN_OK)
            status = is_embed ? cli_embed_eval(path, &given, &wish, json, &progress)
                              : evaluate(path, part, json, confusion, &given, &progress);
    }
    cli_settings_clear(&given);
    return cli_end(status);
}
